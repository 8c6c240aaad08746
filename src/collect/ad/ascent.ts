import { EqualityFilter, OrFilter } from 'ldapts';
import { guidToBytes, sidToBytes } from '../../base/index.ts';
import { extendedDnControl, securityControl } from './controls.ts';
import { showsProperty } from './dacl-store.ts';
import { bytesOf, classOf, type Entry, guidOf, integerOf, sidOf, textOf, textsOf } from './entry.ts';
import { parseExtendedDn } from './extended-dn.ts';
import { oneLine } from './failure.ts';
import { type Forest, type Reading, runIn } from './forest.ts';
import { canTravel } from './group-row.ts';
import type { Viewer } from './listing.ts';
import { completeRanges } from './ranges.ts';
import { plural } from './run.ts';
import { parseSecurityDescriptor } from './security-descriptor.ts';

const FACET = 'ad.identities';
const BATCH = 100;
const ATTRIBUTES = [
  ...['objectGUID', 'objectSid', 'objectClass', 'sAMAccountName', 'cn', 'groupType', 'userAccountControl'],
  ...['primaryGroupID', 'adminCount', 'memberOf', 'nTSecurityDescriptor'],
];

/** An account or group on the way up, with what its own domain says of the groups above it. */
export type Node = {
  readonly guid: string;
  readonly dn: string;
  readonly sid: string | null;
  readonly name: string | null;
  readonly reading: Reading;
  /** objectGUIDs of the groups that it is a member of. */
  readonly above: readonly string[];
  /** False when the list of these may be hidden. */
  readonly told: boolean;
  /** Whether groups of other domains can contain it. */
  readonly travels: boolean;
  readonly entry: Entry;
};

/** The GUIDs by which an access list may speak of an attribute: its own and that of its property set. */
export type Spoken = ReadonlyMap<string, readonly string[]>;

/** What a way up needs to know: `viewers` are the SIDs that each domain holds against us. */
export type Walk = {
  readonly forest: Forest;
  readonly spoken: Spoken;
  readonly viewers: ReadonlyMap<Reading, Viewer>;
};

/** The object that bears a SID, from the domain that it belongs to; undefined when none that was read shows it. */
export async function findBySid(walk: Walk, sid: string): Promise<Node | undefined> {
  const { readings } = walk.forest;
  const home = readings.filter(({ run }) => sid.startsWith(`${run.domain.sid}-`));
  for (const reading of home.length > 0 ? home : sid.startsWith('S-1-5-32-') ? readings : []) {
    const [found] = await nodesBy(walk, reading, 'objectSid', [sidToBytes(sid)]);
    if (found !== undefined) return found;
  }
  return undefined;
}

async function nodesBy(
  walk: Walk,
  reading: Reading,
  attribute: 'objectSid' | 'objectGUID',
  values: readonly Buffer[],
): Promise<readonly Node[]> {
  const run = runIn(walk.forest, reading);
  const found = new Map<string, Node>();
  await run.directory.searchValues(
    {
      facet: FACET,
      base: run.domain.dn,
      scope: 'sub',
      attributes: ATTRIBUTES,
      controls: () => [extendedDnControl(), securityControl()],
    },
    attribute,
    values,
    async entries => {
      for (const sent of entries) {
        const guid = guidOf(sent, 'objectGUID');
        if (guid !== null) found.set(guid, await nodeOf(walk, reading, guid, sent));
      }
    },
  );
  return [...found.values()];
}

async function nodeOf(walk: Walk, reading: Reading, guid: string, sent: Entry): Promise<Node> {
  const { coverage } = walk.forest;
  const { entry, broken } = await completeRanges(reading.run.directory, FACET, sent);
  for (const reason of broken.values()) coverage.fail(FACET, reason);
  const values = textsOf(entry, 'memberOf').map(value => parseExtendedDn(value)?.guid ?? null);
  const above = values.flatMap(value => value ?? []);
  if (above.length < values.length)
    coverage.fail(
      FACET,
      `${plural(values.length - above.length, 'value', 'values')} of memberOf of ${oneLine(entry.dn)} came without an objectGUID`,
    );
  return {
    guid,
    dn: entry.dn,
    sid: sidOf(entry),
    name: textOf(entry, 'sAMAccountName') ?? textOf(entry, 'cn'),
    reading,
    above,
    told: above.length > 0 || shows(walk, reading, entry, 'memberOf'),
    travels: classOf(entry) !== 'group' || canTravel(integerOf(entry, 'groupType')),
    entry,
  };
}

/** Whether an attribute that is absent is surely not set: its access list, as far as it can be read, lets us read it. */
export function shows({ viewers, spoken }: Walk, reading: Reading, entry: Entry, attribute: string): boolean {
  const [bytes] = bytesOf(entry, 'nTSecurityDescriptor');
  if (bytes === undefined) return false;
  try {
    const { dacl } = parseSecurityDescriptor(bytes);
    return showsProperty(dacl, viewers.get(reading), spoken.get(attribute.toLowerCase()) ?? []);
  } catch (thrown) {
    if (thrown instanceof RangeError) return false;
    throw thrown;
  }
}

/** The groups above a node, without itself. `proven` says that what memberOf hides is known otherwise. */
export async function climb(walk: Walk, own: Node, proven: boolean): Promise<readonly Node[]> {
  const { coverage } = walk.forest;
  const reached = new Map<string, Node>([[own.guid, own]]);
  let frontier: readonly Node[] = [own];
  let primary = primaryOf(own);
  while (frontier.length > 0) {
    for (const { dn, told } of frontier)
      if (!told && !proven) coverage.fail(FACET, `memberOf of ${oneLine(dn)} is not surely shown to us: it needs Read`);
    const wanted = new Set(frontier.flatMap(({ above }) => above));
    for (const parent of await foreignParents(walk, frontier)) wanted.add(parent);
    const open = [...wanted].filter(guid => !reached.has(guid));
    const next = new Map<string, Node>();
    for (const reading of walk.forest.readings) {
      const missing = open.filter(guid => !next.has(guid)).map(guidToBytes);
      for (const node of await nodesBy(walk, reading, 'objectGUID', missing)) next.set(node.guid, node);
    }
    const lost = open.filter(guid => !next.has(guid));
    if (lost.length > 0)
      coverage.fail(
        FACET,
        `${plural(lost.length, 'group', 'groups')} above ${oneLine(own.dn)} outside the domain or not readable`,
      );
    if (primary !== undefined) {
      const group = await findBySid(walk, primary);
      if (group === undefined)
        coverage.fail(FACET, `${primary}, the primary group of ${oneLine(own.dn)}, is not readable`);
      else if (!reached.has(group.guid)) next.set(group.guid, group);
      primary = undefined;
    }
    for (const node of next.values()) reached.set(node.guid, node);
    frontier = [...next.values()];
  }
  reached.delete(own.guid);
  return [...reached.values()];
}

function primaryOf({ entry, reading }: Node): string | undefined {
  const rid = integerOf(entry, 'primaryGroupID');
  return rid === null ? undefined : `${reading.run.domain.sid}-${rid}`;
}

// A server knows the groups of its own domain, and universal ones of others at most.
async function foreignParents({ forest }: Walk, nodes: readonly Node[]): Promise<ReadonlySet<string>> {
  const parents = new Set<string>();
  for (const reading of forest.readings) {
    const run = runIn(forest, reading);
    const dns = nodes.flatMap(node => (node.travels && node.reading !== reading ? [node.dn] : []));
    for (let at = 0; at < dns.length; at += BATCH) {
      const filters = dns.slice(at, at + BATCH).map(value => new EqualityFilter({ attribute: 'member', value }));
      await run.directory.search(
        {
          facet: FACET,
          base: run.domain.dn,
          scope: 'sub',
          filter: new OrFilter({ filters }),
          attributes: ['objectGUID'],
        },
        entries => {
          for (const entry of entries) {
            const guid = guidOf(entry, 'objectGUID');
            if (guid === null) run.coverage.fail(FACET, `a group in ${run.domain.dn} shows no objectGUID`);
            else parents.add(guid);
          }
        },
      );
    }
  }
  return parents;
}
