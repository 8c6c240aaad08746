import type { CloudGroup } from '../../tenant.ts';
import type { DirectoryEntry, Engine, Estate, Label, LabelIds } from '../estate.ts';

/** An AD object that writeback made, with what its markers name. */
export type Twin = {
  readonly entry: DirectoryEntry;
  readonly anchor: string;
  readonly external: string | undefined;
  readonly conflict: boolean;
  readonly cloud: CloudGroup | undefined;
  readonly flavour: Engine;
  readonly inContainer: boolean;
};

/** An estate read from scratch, without any knowledge of how it was made. */
export type Facts = {
  readonly estate: Estate;
  readonly asOf: number;
  readonly byGuid: ReadonlyMap<string, DirectoryEntry>;
  readonly bySid: ReadonlyMap<string, DirectoryEntry>;
  readonly cloudGroups: ReadonlyMap<string, CloudGroup>;
  readonly twins: readonly Twin[];
  readonly byAnchor: ReadonlyMap<string, readonly Twin[]>;
  /** Cloud id of a user or group → objectGUID of what it is in AD. */
  readonly principals: ReadonlyMap<string, string>;
  /** The other way round. */
  readonly cloudOf: ReadonlyMap<string, string>;
  /** Milliseconds that an engine may take. */
  readonly grace: (flavour: Engine) => number;
};

/** The kind of a cloud group. */
export function kindOf(group: CloudGroup): string {
  if (group.groupTypes.includes('Unified')) return 'microsoft365';
  if (group.securityEnabled === true) return group.mailEnabled === true ? 'mail-enabled-security' : 'security';
  return group.mailEnabled === true ? 'distribution' : 'other';
}

/** Whether AD owns a cloud group. */
export function isSynced(group: CloudGroup): boolean {
  return group.onPremisesSyncEnabled === true;
}

/** A violation. */
export function failure(invariant: string, ids: LabelIds, key?: string): Label {
  return { invariant, verdict: 'fail', ids, why: 'found by the judge', ...(key === undefined ? {} : { key }) };
}

/** The first value of an attribute. */
export function firstOf(entry: DirectoryEntry, name: string): string | undefined {
  return entry.attributes[name]?.[0];
}

/** The common name: the first part of the DN, unescaped. */
export function nameOf(entry: DirectoryEntry): string {
  const rdn = entry.dn.slice(0, entry.dn.length - entry.parent.length - 1);
  return rdn.slice(rdn.indexOf('=') + 1).replaceAll(/\\(.)/g, '$1');
}

function groupIdIn(text: string | undefined, prefix: 'group' | 'user'): string | undefined {
  const match = new RegExp(`^${prefix}_([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$`, 'i').exec(text ?? '');
  return match?.[1]?.toLowerCase();
}

/** Reads an estate. */
export function readFacts(estate: Estate): Facts {
  const { entries } = estate.directory;
  const cloudGroups = new Map(estate.tenant.groups.map(group => [group.id, group]));
  const bySid = new Map(entries.flatMap(entry => (entry.sid === null ? [] : [[entry.sid, entry] as const])));
  const twins = entries.flatMap(entry => readTwin(estate, cloudGroups, entry));
  const byAnchor = new Map<string, Twin[]>();
  for (const twin of twins) byAnchor.set(twin.anchor, [...(byAnchor.get(twin.anchor) ?? []), twin]);
  const principals = new Map([...readUsers(estate, bySid), ...readGroups(cloudGroups, byAnchor, bySid)]);
  const intervals = estate.tenant.jobs
    .filter(({ job }) => job.templateId.startsWith('AAD2ADGroupProvisioning'))
    .map(({ job }) => Number(/^PT(\d+)M$/.exec(job.schedule.interval)?.[1] ?? Number.NaN) * 60_000);
  return {
    estate,
    asOf: Date.parse(estate.asOf),
    byGuid: new Map(entries.map(entry => [entry.guid, entry])),
    bySid,
    cloudGroups,
    twins,
    byAnchor,
    principals,
    cloudOf: new Map([...principals].map(([cloud, guid]) => [guid, cloud])),
    grace: flavour => (flavour === 'cloud-sync' && intervals.length > 0 ? 3 * Math.max(...intervals) : 3_600_000),
  };
}

function readTwin(estate: Estate, cloudGroups: ReadonlyMap<string, CloudGroup>, entry: DirectoryEntry): Twin[] {
  if (entry.kind !== 'group') return [];
  const place = estate.config.containers.find(({ dn }) => entry.dn.toLowerCase().endsWith(`,${dn.toLowerCase()}`));
  const external = groupIdIn(firstOf(entry, 'msDS-ExternalDirectoryObjectId'), 'group');
  const described = groupIdIn(firstOf(entry, 'adminDescription'), 'group');
  const named = groupIdIn(nameOf(entry), 'group');
  const anchor = external ?? described ?? (place === undefined ? undefined : named);
  if (anchor === undefined) return [];
  const ids = new Set([external, described, named].filter(id => id !== undefined));
  const cloud = cloudGroups.get(anchor);
  const byMarker =
    external !== undefined
      ? 'cloud-sync'
      : cloud === undefined || kindOf(cloud) === 'microsoft365'
        ? 'connect-v1'
        : 'connect-v2';
  return [
    {
      entry,
      anchor,
      external,
      conflict: ids.size > 1,
      cloud,
      flavour: place?.flavour ?? byMarker,
      inContainer: place !== undefined,
    },
  ];
}

function readUsers(estate: Estate, bySid: ReadonlyMap<string, DirectoryEntry>): Map<string, string> {
  const accounts = estate.directory.entries.filter(entry => entry.kind === 'user');
  const byImmutable = new Map(accounts.map(entry => [base64Of(entry.consistencyGuid ?? entry.guid), entry]));
  const anchored = accounts.flatMap(entry => {
    const id = groupIdIn(
      firstOf(entry, 'msDS-ExternalDirectoryObjectId') ?? firstOf(entry, 'adminDescription'),
      'user',
    );
    return id === undefined ? [] : [[id, entry] as const];
  });
  const byAnchor = new Map(anchored);
  const found = new Map<string, string>();
  for (const user of estate.tenant.users) {
    const account =
      bySid.get(user.onPremisesSecurityIdentifier ?? '') ??
      byImmutable.get(user.onPremisesImmutableId ?? '') ??
      byAnchor.get(user.id);
    if (account !== undefined) found.set(user.id, account.guid);
  }
  return found;
}

function base64Of(guid: string): string {
  const view = new DataView(new ArrayBuffer(16));
  const [a = '', b = '', c = '', d = '', e = ''] = guid.split('-');
  view.setUint32(0, Number.parseInt(a, 16), true);
  view.setUint16(4, Number.parseInt(b, 16), true);
  view.setUint16(6, Number.parseInt(c, 16), true);
  view.setBigUint64(8, BigInt(`0x${d}${e}`));
  return Buffer.from(view.buffer).toString('base64');
}

function readGroups(
  cloudGroups: ReadonlyMap<string, CloudGroup>,
  byAnchor: ReadonlyMap<string, readonly Twin[]>,
  bySid: ReadonlyMap<string, DirectoryEntry>,
): Map<string, string> {
  const found = new Map<string, string>();
  for (const [id, group] of cloudGroups) {
    const sound = (byAnchor.get(id) ?? []).filter(twin => !twin.conflict);
    const native = isSynced(group) ? bySid.get(group.onPremisesSecurityIdentifier ?? '') : undefined;
    const guid = sound.length === 1 ? sound[0]?.entry.guid : native?.guid;
    if (guid !== undefined) found.set(id, guid);
  }
  return found;
}
