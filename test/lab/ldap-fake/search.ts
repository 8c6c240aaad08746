import type { Socket } from 'node:net';
import type { BerReader } from 'ldapts';
import { needsSignIn, seenBy } from './client-certificate.ts';
import { pagingAnswer } from './controls.ts';
import type { Line } from './conversation.ts';
import { answerEntry } from './entry.ts';
import { sendSpoilt } from './faults.ts';
import { defaultPolicies, exchangeCookie } from './limits.ts';
import { referencePacket, resultPacket } from './packet.ts';
import { continuationsOf, referralFor } from './referral.ts';
import { readSearch } from './request.ts';
import type { FakePolicies, FakeSearch, Fault } from './script.ts';
import { type View, viewOf } from './view.ts';

const DONE = 0x65;
const REFERRAL = '0000202B: RefErr: DSID-0310084A, data 0, 1 access points\n\tref 1';

/** Answers one search, or does to it what the script's fault says. */
export function answerSearch(socket: Socket, line: Line, id: number, reader: BerReader): void {
  const request = readSearch(reader, line.connection);
  line.searches.push(request);
  const fault = line.script.fault?.(request);
  if (fault === 'hang') return;
  if (fault === 'drop') return void socket.destroy();
  if (fault === 'forget-sign-in') line.forgotten = true;
  const { entries, end } = answerTo(line, id, request, fault);
  if (!sendSpoilt(socket, fault, entries, end)) socket.write(Buffer.concat([...entries, end]));
}

type Answer = { readonly entries: readonly Buffer[]; readonly end: Buffer };

function answerTo(line: Line, id: number, request: FakeSearch, fault: Fault | undefined): Answer {
  const refuse = (code: number, message: string, referrals: readonly string[] = []): Answer => ({
    entries: [],
    end: resultPacket(id, DONE, code, message, [], referrals),
  });
  if (typeof fault === 'object') return refuse(fault.code, fault.message);
  if (fault === 'referral') return refuse(10, REFERRAL, [`ldap://other.example/${request.base}`]);
  if (fault === 'reference')
    return {
      entries: [referencePacket(id, [`ldap://other.example/${request.base}`])],
      end: resultPacket(id, DONE, 0, '', request.cookie === undefined ? [] : [pagingAnswer('')]),
    };
  if (needsSignIn(line, request.base))
    return refuse(
      1,
      '000004DC: LdapErr: DSID-0C090A5C, comment: In order to perform this operation a successful bind must be completed',
    );
  const view = viewOf(seenBy(line, line.script.entries()), line.port);
  const referral = line.port === 'catalog' ? undefined : referralFor(view.forest, request.base);
  if (referral !== undefined) return refuse(10, REFERRAL, [referral]);
  if (!view.holds(request.base))
    return refuse(32, '0000208D: NameErr: DSID-0310028D, problem 2001 (NO_OBJECT), data 0');
  if (request.cookie !== undefined && request.cookie !== '' && !line.cookies.has(request.cookie))
    return refuse(12, '00000057: LdapErr: DSID-0C0907F4, comment: Error processing control, data 0');
  const page = pageOf(line, view, request, fault);
  const packets = page.entries.map(entry => answerEntry(id, request, entry, view, page.policies.MaxValRange, fault));
  const shown = packets.filter(packet => packet !== undefined);
  if (shown.length < packets.length) return refuse(1, '00002121: SvcErr: DSID-031006F6, problem 5012 (DIR_ERROR)');
  const references = page.next === '' ? page.continuations.map(uri => referencePacket(id, [uri])) : [];
  const unpaged = request.cookie === undefined || fault === 'no-paging-answer';
  const end = resultPacket(id, DONE, page.code, '', unpaged ? [] : [pagingAnswer(page.next)]);
  return { entries: [...shown, ...references], end };
}

function policiesOf({ script }: Line): FakePolicies {
  return {
    ...defaultPolicies,
    ...(script.pageSize === undefined ? {} : { MaxPageSize: script.pageSize }),
    ...(script.rangeSize === undefined ? {} : { MaxValRange: script.rangeSize }),
    ...script.policies,
  };
}

// Without paging, what does not fit in one answer is cut, with code 4; with it, the size asked for counts up to the server's own.
function pageOf(line: Line, view: View, request: FakeSearch, fault: Fault | undefined) {
  const policies = policiesOf(line);
  const hits = view.find(request);
  const paged = request.cookie !== undefined;
  const from = Number(request.cookie?.split(':')[0] ?? 0);
  const asked = Math.min(
    ...[request.pageSize ?? 0, request.sizeLimit].filter(size => size > 0),
    request.scope === 0 && !paged ? Number.POSITIVE_INFINITY : policies.MaxPageSize,
  );
  const size = fault === 'empty-page' && paged ? 0 : asked;
  const cut = from + size < hits.length;
  line.served += 1;
  const again = fault === 'repeat-page';
  const more = paged && (cut || again || fault === 'empty-page');
  const next = fault === 'repeat-cookie' ? '0:again' : more ? `${again ? from : from + size}:${line.served}` : '';
  if (paged) exchangeCookie(line.cookies, request.cookie, next, policies.MaxResultSetsPerConn);
  return {
    policies,
    entries: hits.slice(from, from + size),
    next,
    code: cut && !paged ? 4 : 0,
    continuations:
      line.port === 'catalog'
        ? []
        : [
            ...continuationsOf(view.forest, request.base, request.scope),
            ...(request.scope === 0 ? [] : [line.script.strayReferral ?? []].flat()),
          ],
  };
}
