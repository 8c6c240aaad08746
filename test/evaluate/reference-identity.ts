import type { Row } from '../../src/snapshot/index.ts';
import type { View } from './reference-membership.ts';
import type { World } from './world.ts';

type Verdict = 'pass' | 'fail' | 'unknown';
type Book = Map<string, Verdict>;

const verdict = (good: boolean): Verdict => (good ? 'pass' : 'fail');
const GUID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';
const idIn = (text: string | null, begin: string): string | undefined =>
  new RegExp(`^${begin}(${GUID})$`, 'i').exec(text ?? '')?.[1]?.toLowerCase();
const beginsLikeOne = (text: string | null): boolean => /^(takenover_)?group_/i.test(text ?? '');

/** The verdicts on markers, names and the containers of Cloud Sync. */
export function judgeIdentity(world: World, view: View): [string, Book][] {
  return [
    ...judgeMarkers(world),
    ['name-suffix-matches-anchor', judgeTails(view)],
    ['container-not-well-known', judgeTargets(world)],
  ];
}

function judgeMarkers(world: World): [string, Book][] {
  const formats: Book = new Map();
  const existence: Book = new Map();
  const declared = world.ad_container.some(row => row.kind === 'writeback');
  const exists = (id: string) => [...world.cloud_group, ...world.cloud_deleted_group].some(row => row.id === id);
  for (const { guid, external_id: external, admin_description: admin, in_container: inside } of world.ad_group) {
    if (!beginsLikeOne(external) && !beginsLikeOne(admin)) continue;
    const [first, second, third] = [idIn(external, 'group_'), idIn(admin, 'group_'), idIn(admin, 'takenover_group_')];
    const torn = beginsLikeOne(external) && first === undefined;
    const tornToo = beginsLikeOne(admin) && second === undefined && third === undefined;
    formats.set(guid, verdict(!torn && !tornToo));
    const id = first ?? second ?? third;
    const byEngine = first !== undefined || second !== undefined;
    if (id !== undefined && (byEngine ? declared && !inside : true)) existence.set(guid, verdict(exists(id)));
  }
  return [
    ['anchor-format-valid', formats],
    ['anchor-resolvable', existence],
  ];
}

function judgeTails({ pairs }: View): Book {
  const book: Book = new Map();
  for (const { key, object, anchor } of pairs) {
    const tail = /_([0-9a-f]{12})$/i.exec(object?.cn ?? '')?.[1]?.toLowerCase();
    if (tail !== undefined && anchor !== undefined) book.set(key, verdict(anchor.endsWith(tail)));
  }
  return book;
}

const pathOf = (dn: string): string =>
  dn
    .trim()
    .replace(/\s*,\s*/g, ',')
    .toLowerCase();
const EVERY_DOMAIN = [
  ...['', 'cn=users,', 'cn=computers,', 'cn=builtin,', 'cn=system,', 'cn=foreignsecurityprincipals,'],
  'ou=domain controllers,',
];

function judgeTargets(world: World): Book {
  const book: Book = new Map();
  const flavours = world.scope_flavour.map(row => row.flavour);
  if (!flavours.includes('cloud-sync')) return book;
  const writes = (job: Row<'cloud_job'>) => job.template_id.startsWith('AAD2ADGroupProvisioning');
  const mapped = new Set(
    world.cloud_job.flatMap(job =>
      writes(job) && job.target_container !== null ? [pathOf(job.target_container)] : [],
    ),
  );
  const containers = world.ad_container.filter(row => row.kind === 'writeback');
  const own = containers.filter(
    ({ flavour }) => flavour === 'cloud-sync' || (flavour === null && flavours.length === 1),
  );
  for (const path of new Set([...mapped, ...own.map(row => pathOf(row.dn))])) {
    const common = world.ad_domain.some(({ dn }) => EVERY_DOMAIN.some(name => path === `${name}${dn.toLowerCase()}`));
    const declared = containers.find(row => pathOf(row.dn) === path);
    const below = containers.some(row => path.endsWith(`,${pathOf(row.dn)}`));
    if (common) book.set(path, 'fail');
    else if (declared !== undefined) book.set(path, verdict(declared.well_known !== true));
    else book.set(path, below ? 'pass' : 'unknown');
  }
  return book;
}
