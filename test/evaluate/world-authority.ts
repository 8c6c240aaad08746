import type { Row } from '../../src/snapshot/index.ts';
import type { Random } from '../lab/generator/random.ts';
import type { World } from './world.ts';

/** What the rest of a world is made with. */
export type Making = {
  readonly id: (kind: string, island: number, number: number) => string;
  readonly asOf: number;
  readonly domainSid: string;
  readonly base: string;
};

const MINUTE = 60_000;
const DAY = 1440 * MINUTE;
const AGENT = 1105;

/** Ids of cloud groups that worlds declare to be managed in the cloud, as the parameter has them. */
export function declaredConverted(id: Making['id']): readonly string[] {
  return Array.from({ length: 30 }, (_, island) => [0, 1, 2].map(number => id('g', island, number))).flat();
}

/** Adds to the islands of a world who has authority over their groups, what was deleted, and how long groups are kept. */
export function addAuthority(world: World, random: Random, making: Making): void {
  tieOriginals(world, random);
  addForestGroups(world, random, making);
  addChanges(world, random, making);
  addTombstones(world, random, making);
  addEnforcement(world, random, making);
  const { pick, chance } = random;
  world.cloud_group = world.cloud_group.map(row => ({
    ...row,
    expiration: pick([null, making.asOf + DAY]),
    renewed: pick([null, null, making.asOf - 89 * DAY, making.asOf - 91 * DAY]),
    extension_attributes: chance(0.2) ? ['extensionAttribute1'] : [],
  }));
  world.ad_group = world.ad_group.map(row => ({
    ...row,
    object_soa: pick([null, 'Cloud', 'Cloud', 'cloud']),
    created: chance(0.3) ? making.asOf - 100 * DAY : row.created,
  }));
  for (const { guid } of world.ad_group)
    if (chance(0.15)) {
      const changed = making.asOf - pick([1, 89, 91]) * DAY;
      world.ad_member_change.push({
        ...{ group_guid: guid, member_dn: `CN=gone,CN=Users,${making.base}`, member_guid: null, created: changed },
        ...{ deleted: changed, version: 2, changed, invocation_id: null, server: null, usn: null },
      });
    }
}

/** Lets Cloud Sync find some of the originals of converted groups. */
function tieOriginals(world: World, random: Random): void {
  const sids = new Map(world.cloud_group.map(each => [each.id, each.on_premises_sid]));
  for (const { group_id: group } of world.cloud_managed_group) {
    const sid = sids.get(group) ?? null;
    if (sid !== null && random.chance(0.3))
      world.ad_group = world.ad_group.map(row =>
        row.sid === sid && row.object_class === 'group' ? { ...row, external_id: `Group_${group}` } : row,
      );
  }
}

/** Every group that worlds have, and those of which the cloud alone knows the SID. */
function addForestGroups(world: World, random: Random, { id, base }: Making): void {
  const { pick, chance } = random;
  const attributes = () => (chance(0.2) ? [`extensionAttribute${pick([1, 13])}`] : []);
  const living = new Set<string>();
  for (const row of world.ad_group) {
    const { guid, sid, dn, group_type, admin_description, external_id, mail, object_class } = row;
    if (object_class !== 'group') continue;
    if (sid !== null) living.add(sid);
    const more = { mail, extension_attributes: attributes() };
    world.ad_forest_group.push({ guid, sid, dn, group_type, admin_description, external_id, ...more });
  }
  const known = new Set(world.cloud_group.flatMap(each => each.on_premises_sid ?? []));
  for (const [number, sid] of [...known]
    .filter(each => !living.has(each))
    .sort()
    .entries()) {
    const fate = pick(['lives', 'lives', 'deleted', 'gone']);
    if (fate === 'lives')
      world.ad_forest_group.push({
        ...{ guid: id('n', 0, number), sid, dn: `CN=native ${number},OU=Else,${base}` },
        ...{ group_type: pick([8, -2147483640, -2147483646, -2147483644]), admin_description: null, external_id: null },
        ...{ mail: chance(0.3) ? `n${number}@ex.com` : null, extension_attributes: attributes() },
      });
    if (fate === 'deleted')
      world.ad_deleted.push(deletedRow(id('x', 0, number), base, { sid, cn: `native ${number}` }));
  }
}

function deletedRow(guid: string, base: string, more: Partial<Row<'ad_deleted'>>): Row<'ad_deleted'> {
  return {
    ...{ guid, sid: null, dn: `CN=${guid},CN=Deleted Objects,${base}`, object_class: 'group', cn: null },
    ...{ last_known_parent: `OU=Else,${base}`, admin_description: null, external_id: null },
    ...{ created: null, changed: null, ...more },
  };
}

function addChanges(world: World, random: Random, { id, asOf }: Making): void {
  const activities = [
    'Change Source of Authority from AD to cloud',
    'Undo changes to Source of Authority from AD DS to cloud',
    'Add member to group',
  ];
  let number = 0;
  for (const { id: group, on_premises_sid: sid } of world.cloud_group)
    while (sid !== null && random.chance(0.4)) {
      number += 1;
      world.cloud_audit_event.push({
        ...{ id: id('e', 0, number), activity: random.pick(activities), group_id: group, member_id: null },
        ...{ at: asOf - random.pick([5, 60, 61, 9000]) * MINUTE, result: random.pick([null, 'success', 'failure']) },
        ...{ actor_id: null, actor_name: random.pick([null, 'admin']), actor_kind: 'user' },
      });
    }
}

/** Deleted objects that name groups of the islands, with every kind of marker. */
function addTombstones(world: World, random: Random, { id, asOf, base, domainSid }: Making): void {
  const { pick, chance } = random;
  const groups = [...world.cloud_group, ...world.cloud_deleted_group].map(each => each.id);
  // As AD spells them.
  const spelled = (dn: string) => dn.replaceAll(/([^\\\s])\s*,\s*/g, '$1,');
  const containers = world.ad_container.filter(({ kind }) => kind === 'writeback').map(({ dn }) => spelled(dn));
  const parents = [`OU=Else,${base}`, ...containers, ...containers.map(dn => `OU=Sub,${dn}`)];
  for (const [number, group] of groups.entries()) {
    if (!chance(0.3)) continue;
    const marker = `Group_${group}`;
    const style = pick(['external', 'admin', 'both', 'name', 'none', 'broken']);
    world.ad_deleted.push(
      deletedRow(id('y', 0, number), base, {
        sid: `${domainSid}-${900_000 + number}`,
        cn: style === 'name' ? marker : `dead ${number}`,
        last_known_parent: pick(parents),
        external_id: style === 'external' || style === 'both' ? marker : null,
        admin_description:
          style === 'admin' || style === 'both' ? marker.toUpperCase() : style === 'broken' ? 'Group_x' : null,
        created: asOf - pick([1, 5, 9000, 9001]) * MINUTE,
        changed: pick([null, asOf - DAY, asOf - 30 * DAY, asOf - 31 * DAY]),
      }),
    );
  }
}

function addEnforcement(world: World, random: Random, { id, asOf, base, domainSid }: Making): void {
  const { pick, chance } = random;
  const agent = `${domainSid}-${AGENT}`;
  if (chance(0.9)) {
    world.ad_identity.push({ role: 'sync', name: 'provAgentgMSA$', sid: chance(0.9) ? agent : null, guessed: true });
    world.ad_trustee.push({ sid: agent, name: 'provAgentgMSA$', object_class: null, dn: null });
  }
  const stale = `${domainSid}-9999`;
  world.ad_trustee.push({ sid: stale, name: null, object_class: null, dn: null });
  const extra = (): readonly string[] =>
    chance(0.85) ? [] : [pick([stale, 'nobody', `${domainSid}-1999`, `${domainSid}-7777`])];
  for (const [number, name] of (['Cloud', 'CloudSyncSOAPolicy'] as const).entries())
    if (chance(number === 0 ? 0.7 : 0.2))
      world.ad_soa_policy.push({
        ...{ domain_dn: base, dn: `CN=${name},CN=SOA-Policies,CN=System,${base}`, name, guid: id('k', 0, number) },
        ...{
          mode: pick(['Enforced', 'Enforced', 'Enforced', 'enforced', 'Audit', null]),
          sids: [...(chance(0.9) ? [agent] : []), ...extra()],
        },
      });
  const versions = ['10.0 (20348)', '10.0 (20348)', '10.0 (26100)', '10.0 (17763)', null];
  for (let number = 1; number < 5; number += 1) {
    const [name, version] = [`dc${number}.ex.com`, pick(versions)];
    world.ad_domain_controller.push({
      ...{ guid: id('q', 0, number), domain_dn: base, dns_name: name, operating_system: null },
      ...{ operating_system_version: version, read_only: chance(0.2) },
    });
    const build = /\((\d+)\)/.exec(version ?? '')?.[1] ?? '20348';
    if (chance(0.7))
      world.declared_dc_build.push({
        dns_name: name,
        build: `10.0.${pick([build, build, '1'])}.${pick([5256, 5257, 40000])}`,
      });
  }
  if (chance(0.7))
    world.declared_statement.push({
      name: 'enforcementPrevents',
      value: pick(['', 'modify,rename', 'modify, DELETE']),
    });
  world.cloud_log_window.push({ log: 'audit', since: asOf - 30 * DAY, until: asOf });
}
