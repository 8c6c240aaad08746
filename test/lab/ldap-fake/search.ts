import type { Socket } from 'node:net';
import type { BerReader } from 'ldapts';
import { OID, pagingAnswer } from './controls.ts';
import type { Line } from './conversation.ts';
import { answerEntry } from './entry.ts';
import { sendSpoilt } from './faults.ts';
import { resultPacket } from './packet.ts';
import { readSearch } from './request.ts';
import { isBase, valuesOf, within } from './tree.ts';

const DONE = 0x65;

/** Answers one search, or does to it what the script's fault says. */
export function answerSearch(socket: Socket, line: Line, id: number, reader: BerReader): void {
  const { script } = line;
  const request = readSearch(reader, line.connection);
  line.searches.push(request);
  const fault = script.fault?.(request);
  if (fault === 'hang') return;
  if (fault === 'drop') return void socket.destroy();
  if (typeof fault === 'object') return void socket.write(resultPacket(id, DONE, fault.code, fault.message));
  const entries = script
    .entries()
    .filter(entry => request.controls.has(OID.showDeleted) || !valuesOf(entry, 'isDeleted').length);
  if (request.base !== '' && !entries.some(entry => isBase(request.base, entry)))
    return void socket.write(resultPacket(id, DONE, 32, '0000208D: NameErr: NO_OBJECT'));
  const hits = entries.filter(entry => within(request, entry)).filter(request.matches);
  const from = Number(request.cookie?.split(':')[0] ?? 0);
  const size = request.cookie === undefined ? hits.length : fault === 'empty-page' ? 0 : (script.pageSize ?? 1000);
  line.served += 1;
  const more = from + size < hits.length || fault === 'empty-page';
  const next = fault === 'repeat-cookie' ? '0:again' : more ? `${from + size}:${line.served}` : '';
  const packets = hits
    .slice(from, from + size)
    .map(entry => answerEntry(id, request, entry, entries, script.rangeSize ?? 1500));
  const unpaged = request.cookie === undefined || fault === 'no-paging-answer';
  const end = resultPacket(id, DONE, 0, '', unpaged ? [] : [pagingAnswer(next)]);
  if (!sendSpoilt(socket, fault, packets, end)) socket.write(Buffer.concat([...packets, end]));
}
