import { isSid } from '../../base/index.ts';
import type { Row } from '../../snapshot/index.ts';
import type { Judge } from './absence.ts';
import { showsProperty } from './dacl-store.ts';
import { bytesOf, dnOf, type Entry, guidOf, textsOf } from './entry.ts';
import { oneLine } from './failure.ts';
import type { Viewer } from './listing.ts';
import { readPlace } from './place.ts';
import { completeRanges } from './ranges.ts';
import type { Run } from './run.ts';
import { parseSecurityDescriptor } from './security-descriptor.ts';

const FACET = 'ad.soaPolicy';
/** The policy object, by the name that is documented now and the one before (learn.microsoft.com, how-to-active-directory-object-enforcement, how-to-ad-group-enforcement). */
const POLICY = /^CN=(Cloud|CloudSyncSOAPolicy),/i;
const EARLIER = /^CN=CloudSyncSOAPolicy,/i;
const MODE = /^(Enforced|Audit)$/i;

/**
 * Writes the policy that says who may change objects which the cloud is authoritative for, and settles `ad.soaPolicy` for the domain. Its SIDs are the
 * values of msDS-Settings; its mode is documented as a keyword of the object, and looked for among the settings as well.
 */
export async function readSoaPolicy(run: Run, judge: Judge, viewer: Viewer): Promise<void> {
  const { coverage, domain, recorder } = run;
  await coverage.attempt([FACET], async () => {
    const place = {
      facet: FACET,
      base: `CN=SOA-Policies,CN=System,${domain.dn}`,
      root: domain.dn,
      attributes: ['msDS-Settings', 'keywords'],
    } as const;
    const rows: Row<'ad_soa_policy'>[] = [];
    for (const sent of await readPlace(run, judge, place)) {
      if (!POLICY.test(sent.dn)) continue;
      const { entry, broken } = await completeRanges(run.directory, FACET, sent);
      for (const reason of broken.values()) coverage.fail(FACET, reason);
      const row = rowOf(run, entry);
      if (row === undefined) continue;
      if ((row.mode === null || row.sids.length === 0) && broken.size === 0 && !showsAll(entry, viewer))
        coverage.fail(FACET, `what ${oneLine(entry.dn)} holds is not surely shown to us: it needs Read`);
      rows.push(row);
      // Who these are is asked together with the trustees of access lists.
      for (const sid of row.sids.map(text => text.toUpperCase()).filter(isSid)) run.dacls.note(sid);
    }
    await recorder.add('ad_soa_policy', rows);
    coverage.read(FACET, rows.length);
  });
}

function rowOf({ domain, coverage }: Run, entry: Entry): Row<'ad_soa_policy'> | undefined {
  const guid = guidOf(entry, 'objectGUID');
  if (guid === null) return undefined;
  const settings = textsOf(entry, 'msDS-Settings');
  const modes = [...textsOf(entry, 'keywords'), ...settings].filter(text => MODE.test(text));
  if (new Set(modes.map(mode => mode.toLowerCase())).size > 1)
    coverage.fail(FACET, `${oneLine(entry.dn)} names two modes, ${modes.join(' and ')}`);
  return {
    domain_dn: domain.dn,
    dn: dnOf(entry, 'distinguishedName') ?? entry.dn,
    name: EARLIER.test(entry.dn) ? 'CloudSyncSOAPolicy' : 'Cloud',
    guid,
    mode: modes[0] ?? null,
    sids: settings.filter(text => !MODE.test(text)),
  };
}

function showsAll(entry: Entry, viewer: Viewer): boolean {
  const [bytes] = bytesOf(entry, 'nTSecurityDescriptor');
  if (bytes === undefined) return false;
  try {
    return showsProperty(parseSecurityDescriptor(bytes).dacl, viewer, []);
  } catch (thrown) {
    if (thrown instanceof RangeError) return false;
    throw thrown;
  }
}
