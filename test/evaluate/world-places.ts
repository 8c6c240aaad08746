import type { Random } from '../lab/generator/random.ts';
import { mailNames, nameMappings } from './name-mappings.ts';
import { AS_OF, idOf, type World } from './world.ts';

const SECOND = 'DC=sub,DC=ex,DC=com';
const HOUR = 3_600_000;
const PLAIN = '{"groups":[{"clauses":[{"operatorName":"IS TRUE","sourceOperandName":"securityEnabled"}]}]}';
const FILTER = '{"groups":[{"clauses":[{"operatorName":"EQUALS","sourceOperandName":"displayName"}]}]}';

/** Groups of random worlds that may be written back although their memberships are activated for a time. */
export const declaredActivations: readonly string[] = Array.from({ length: 90 }, (_, island) =>
  [0, 1, 3].map(number => idOf('g', island, number)),
).flat();

/** Objects of random worlds that lie in a container on purpose. */
export const declaredChildren: readonly string[] = [idOf('h', 0, 1), idOf('h', 0, 4)];

/** Further domains, what Cloud Sync jobs map and take, what else lies in containers, and who may activate a membership. */
export function addPlaces(world: World, random: Random): void {
  addDomains(world, random);
  addMappings(world, random);
  addChildren(world, random);
  addActivations(world, random);
  world.cloud_group = world.cloud_group.map(group =>
    random.chance(0.1) ? { ...group, created: AS_OF - random.pick([HOUR, HOUR + 1]) } : group,
  );
}

function addDomains(world: World, { chance }: Random): void {
  const [first] = world.ad_domain;
  if (first && chance(0.5))
    world.ad_domain.push({
      ...first,
      dn: SECOND,
      dns_name: 'sub.ex.com',
      sid: `${first.sid}-9`,
      guid: idOf('d', 0, 1),
    });
  if (chance(0.5))
    world.ad_group = world.ad_group.map(row => (chance(0.2) ? { ...row, domain_dn: SECOND.toLowerCase() } : row));
}

function addMappings(world: World, { pick, chance }: Random): void {
  const told = chance(0.85);
  const everywhere = chance(0.5);
  world.cloud_job = world.cloud_job.map(job => ({
    ...job,
    target_domain: pick([null, 'ex.com', 'sub.ex.com', 'EX.com']),
    target_container: chance(0.2) ? `OU=A , ${SECOND}` : job.target_container,
    scope_filter: pick([null, null, null, PLAIN, FILTER]),
    sync_all: job.sync_all ?? (told ? everywhere : null),
  }));
  const row = (job: string, target: string, source: string, constant: boolean) =>
    world.cloud_job_mapping.push({
      ...{ job_id: job, rule: 0, object: 'group', target, source, flow_type: 'Always', constant },
    });
  const same = pick(nameMappings).source;
  for (const { id, target_container: container } of world.cloud_job) {
    const source = () => (chance(0.5) ? same : pick(nameMappings).source);
    if (chance(0.9)) row(id, 'cn', source(), false);
    if (chance(0.4)) row(id, 'sAMAccountName', chance(0.2) ? 'Same' : source(), chance(0.2));
    if (container !== null) row(id, 'parentDistinguishedName', container, true);
  }
  world.cloud_group = world.cloud_group.map(group =>
    chance(0.3) ? { ...group, mail_nickname: pick(mailNames) } : group,
  );
}

function addChildren(world: World, { pick, chance, sample, below }: Random): void {
  const containers = world.ad_container.filter(row => row.kind === 'writeback' && row.found);
  for (const { dn } of containers)
    for (let number = below(4); number > 0; number -= 1) {
      const guid = idOf('h', 0, world.ad_child.length);
      const kind = pick(['computer', 'contact', 'organizationalUnit', 'container']);
      world.ad_child.push({
        guid,
        container_dn: dn,
        dn: `CN=x${number},${dn}`,
        object_class: kind,
        cn: pick([null, 'x']),
      });
    }
  const [container] = containers;
  if (container === undefined || chance(0.5)) return;
  for (const user of sample(world.ad_user, below(6)))
    world.ad_child.push({
      ...{ guid: user.guid, container_dn: container.dn, dn: `CN=u,${container.dn}`, cn: 'u' },
      object_class: user.object_class,
    });
}

function addActivations(world: World, { pick, chance, sample, below }: Random): void {
  for (const group of sample(world.cloud_group, below(Math.max(1, world.cloud_group.length))))
    for (const access of chance(0.8) ? ['member'] : ['member', 'owner']) {
      const principal = world.cloud_user[0]?.id;
      if (principal === undefined) continue;
      world.cloud_eligibility.push({ group_id: group.id, principal_id: principal, access, ends: pick([null, AS_OF]) });
      if (chance(0.85))
        world.cloud_pim_rule.push({
          ...{ group_id: group.id, access, max_activation_seconds: pick([null, 3600, 28_800, 28_800, 28_801]) },
        });
    }
}
