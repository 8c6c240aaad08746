import type { Row } from '../../src/snapshot/index.ts';
import { nameMappings } from './name-mappings.ts';
import type { SeenPair, View } from './reference-membership.ts';
import { AS_OF, type World } from './world.ts';
import { declaredActivations, declaredChildren } from './world-places.ts';

type Verdict = 'pass' | 'fail' | 'unknown';
type Book = Map<string, Verdict>;
type Job = Row<'cloud_job'>;
type CloudGroup = Row<'cloud_group'>;

const both = (one: ReadonlySet<string>, other: ReadonlySet<string>) =>
  new Set([...one].filter(each => other.has(each)));
const without = (one: ReadonlySet<string>, other: ReadonlySet<string>) =>
  new Set([...one].filter(each => !other.has(each)));
const verdict = (good: boolean): Verdict => (good ? 'pass' : 'fail');
const GUID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';
const HOUR = 3_600_000;

/** The verdicts on what lies where, under which name, and for how long. */
export function judgePlaces(world: World, view: View): [string, Book][] {
  return [
    ...judgeDomains(world, view),
    ['gpad-msds-anchor-present', judgeCloudSyncMarkers(world, view)],
    ['no-duplicate-cloud-name-collision', judgeNames(world)],
    ['container-only-writeback-objects', judgeChildren(world, view)],
    ['pim-managed-group-declared', judgeActivations(world, view)],
  ];
}

const jobsOf = (world: World): readonly Job[] =>
  world.cloud_job.filter(job => job.template_id.startsWith('AAD2ADGroupProvisioning'));
const pathOf = (dn: string): string =>
  dn
    .trim()
    .replace(/\s*([,=])\s*/g, '$1')
    .toLowerCase();
const isCandidate = (group: CloudGroup | undefined): boolean =>
  group?.security_enabled === true &&
  group.mail_enabled !== true &&
  !group.group_types.includes('Unified') &&
  group.on_premises_sync_enabled !== true;
const isAssigned = (world: World, job: Job, group: CloudGroup | undefined): boolean =>
  world.cloud_job_assignment.some(row => row.job_id === job.id && row.principal_id === group?.id);
/** Whether the filter of a job asks for more than the kind of a group. */
const isFiltered = ({ scope_filter: filter }: Job): boolean => filter !== null && !/securityEnabled/.test(filter);

/** Where a job writes: the domain of its container, else that of its settings. */
function domainOf({ target_container: container, target_domain: domain }: Job): string | undefined {
  const place = container === null ? undefined : pathOf(container).match(/(^|,)(dc=.*)$/)?.[2];
  return place ?? (domain === null ? undefined : `dc=${domain.toLowerCase().split('.').join(',dc=')}`);
}

function judgeDomains(world: World, { pairs }: View): [string, Book][] {
  const unique: Book = new Map();
  const places: Book = new Map();
  const jobs = jobsOf(world);
  const clear = jobs.every(job => domainOf(job) !== undefined && job.sync_all !== null);
  const read = new Set(world.ad_domain.map(row => row.dn.toLowerCase()));
  const flavoured = world.scope_flavour.some(row => row.flavour === 'cloud-sync');
  for (const [anchor = '', twins] of Map.groupBy(
    pairs.filter(pair => pair.anchored),
    pair => pair.anchor,
  )) {
    const group = twins[0]?.group;
    const written = new Set(twins.filter(isCloudSyncs).map(twin => twin.object?.domain_dn.toLowerCase() ?? ''));
    const held = new Set(twins.map(twin => twin.object?.domain_dn.toLowerCase() ?? ''));
    const takers = isCandidate(group) ? jobs.filter(job => job.sync_all === true || isAssigned(world, job, group)) : [];
    const targets = new Set(takers.flatMap(job => domainOf(job) ?? []));
    const sure = new Set(takers.filter(job => !isFiltered(job)).flatMap(job => domainOf(job) ?? []));
    // One object in each domain that jobs write it to, where several are.
    const several = twins.filter(isCloudSyncs).length > 1 && written.size > 1;
    const allowed = several ? Math.max(1, both(written, targets).size) : 1;
    const counted = several && !clear ? 'unknown' : verdict(twins.length <= allowed);
    unique.set(anchor, counted);
    const young = group?.created != null && AS_OF - group.created <= HOUR;
    if (!flavoured || group === undefined || young || written.size === 0 || counted === 'fail') continue;
    const absent = without(targets, held);
    const missing = both(both(absent, sure), read);
    if (counted === 'unknown' || !clear) places.set(anchor, 'unknown');
    else if (without(written, targets).size > 0 || missing.size > 0) places.set(anchor, 'fail');
    else places.set(anchor, absent.size > 0 ? 'unknown' : 'pass');
  }
  return [
    ['anchor-unique', unique],
    ['one-object-per-target-domain', places],
  ];
}

const isCloudSyncs = ({ object }: SeenPair): boolean =>
  new RegExp(`^group_${GUID}$`, 'i').test(object?.external_id ?? '');

function judgeCloudSyncMarkers(world: World, { pairs }: View): Book {
  const book: Book = new Map();
  const written = pairs.filter(pair => pair.anchored);
  const jobs = jobsOf(world);
  for (const pair of written) {
    const { group, match, anchor, key, flavour } = pair;
    if (group === undefined || match === 'sid' || written.filter(other => other.anchor === anchor).length > 1) continue;
    const candidate = isCandidate(group);
    const may = jobs.filter(job => job.sync_all !== false || isAssigned(world, job, group));
    const taken = may.some(job => !isFiltered(job) && (job.sync_all === true || isAssigned(world, job, group)));
    if (flavour !== 'cloud-sync' && (!candidate || may.length === 0)) continue;
    if (flavour !== 'cloud-sync' && !taken) book.set(key, 'unknown');
    else book.set(key, verdict(match === 'external'));
  }
  return book;
}

function judgeChildren(world: World, { pairs }: View): Book {
  const book: Book = new Map();
  const structural = ['organizationalUnit', 'container'];
  const marker = (text: string | null) => /^(takenover_)?group_/i.test(text ?? '');
  const person = (text: string | null) => new RegExp(`^user_${GUID}$`, 'i').test(text ?? '');
  const say = (guid: string, kind: string, written: boolean) =>
    book.set(guid, verdict(written || structural.includes(kind) || declaredChildren.includes(guid)));
  for (const { object, anchored } of pairs)
    if (object?.in_container)
      say(object.guid, object.object_class, anchored || marker(object.external_id) || marker(object.admin_description));
  for (const { guid, object_class: kind } of world.ad_child)
    say(
      guid,
      kind,
      world.ad_user.some(user => user.guid === guid && (person(user.external_id) || person(user.admin_description))),
    );
  return book;
}

function judgeActivations(world: World, { pairs }: View): Book {
  const book: Book = new Map();
  for (const { key, group, flavour } of pairs) {
    if (group === undefined || (flavour !== 'connect-v2' && flavour !== 'cloud-sync')) continue;
    const access = new Set(world.cloud_eligibility.filter(row => row.group_id === group.id).map(row => row.access));
    if (access.size === 0) continue;
    const short = [...access].every(kind => {
      const rules = world.cloud_pim_rule.filter(row => row.group_id === group.id && row.access === kind);
      return rules.length > 0 && rules.every(({ max_activation_seconds: most }) => most !== null && most <= 8 * 3600);
    });
    book.set(key, verdict(short && declaredActivations.includes(group.id)));
  }
  return book;
}

type Given = { readonly group: string; readonly value: string; readonly own: boolean };
type Source = { readonly job: Job; readonly attribute: string; readonly place: string; readonly placed: boolean };

function judgeNames(world: World): Book {
  const book: Book = new Map();
  const jobs = jobsOf(world);
  const whole = jobs.every(job => job.sync_all !== null);
  if (!whole) book.set('', 'unknown');
  const given: (Source & Given)[] = [];
  const unclear: Source[] = [];
  for (const job of jobs)
    for (const attribute of ['cn', 'samaccountname']) {
      const rule = world.cloud_job_mapping.find(row => row.job_id === job.id && row.target.toLowerCase() === attribute);
      if (rule === undefined && attribute !== 'cn') continue;
      const where = attribute === 'cn' ? job.target_container && pathOf(job.target_container) : domainOf(job);
      const source = { job, attribute, place: where ?? `job:${job.id}`, placed: where != null };
      const names = rule === undefined ? undefined : namesOf(world, job, rule);
      if (names === undefined) {
        unclear.push(source);
        book.set(`${attribute}/job:${job.id}`, 'unknown');
      } else given.push(...names.map(name => ({ ...source, ...name })));
    }
  for (const [key, alike] of Map.groupBy(given, each => `${each.attribute}/${each.place}/${each.value}`)) {
    const [one] = alike;
    if (one === undefined) continue;
    const groups = new Set(alike.map(each => each.group)).size;
    const namesakes = given.filter(each => each.attribute === one.attribute && each.value === one.value);
    const meets = namesakes.some(each => !each.placed) && new Set(namesakes.map(each => each.group)).size > 1;
    const hidden = unclear.some(
      each => each.attribute === one.attribute && (each.place === one.place || !each.placed || !one.placed),
    );
    if (alike.every(each => each.own)) book.set(key, 'pass');
    else if (one.placed && groups > 1) book.set(key, 'fail');
    else if (!whole || meets || hidden) book.set(key, 'unknown');
    else book.set(key, verdict(groups < 2));
  }
  return book;
}

/** The names that a mapping gives; undefined where nobody can say. */
function namesOf(world: World, job: Job, rule: Row<'cloud_job_mapping'>): readonly Given[] | undefined {
  const known = nameMappings.find(each => each.source === rule.source);
  const make = rule.constant ? () => rule.source : known?.make;
  if (make === undefined) return undefined;
  const taken = world.cloud_group.filter(
    group => isCandidate(group) && (job.sync_all === true || isAssigned(world, job, group)),
  );
  return taken.flatMap(group => {
    const value = make(group)?.trim().toLowerCase() ?? '';
    return value === '' ? [] : [{ group: group.id, value, own: !rule.constant && known?.own === true }];
  });
}
