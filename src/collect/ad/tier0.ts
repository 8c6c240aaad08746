import type { Row } from '../../snapshot/index.ts';
import type { Judge } from './absence.ts';
import { readWellKnown } from './containers.ts';
import { securityControl } from './controls.ts';
import { classOf, dnOf, type Entry, guidOf } from './entry.ts';
import { oneLine, sourceError } from './failure.ts';
import { type Forest, runIn } from './forest.ts';
import { readPlace } from './place.ts';
import type { Run } from './run.ts';
import { configurationOf, schemaOf } from './server.ts';

const FACET = 'ad.tier0';
const ATTRIBUTES = ['objectGUID', 'objectClass', 'distinguishedName', 'nTSecurityDescriptor'];
/** The id under which a domain lists the place of its domain controllers (MS-ADTS 6.1.1.4). */
const DOMAIN_CONTROLLERS = 'a361b2ffffd211d1aa4b00c04fd7d83a';

type Kind = 'configuration' | 'schema' | 'domain-controllers' | 'policies' | 'gpo';

/** Writes the places of a domain whose control is control of the domain, with their security: Domain Controllers, the policies and each group policy object. Settles `ad.tier0` for it. */
export async function readTier0(run: Run, judge: Judge): Promise<void> {
  const { coverage, domain } = run;
  await coverage.attempt([FACET], async () => {
    const places = await readWellKnown(run, FACET);
    const controllers = places.find(({ id }) => id === DOMAIN_CONTROLLERS);
    if (controllers === undefined) throw sourceError(`${domain.dn} does not list the place of its domain controllers`);
    await readObject(run, 'domain-controllers', controllers.dn);
  });
  const base = `CN=Policies,CN=System,${domain.dn}`;
  await coverage.attempt([FACET], async () => readObject(run, 'policies', base));
  await coverage.attempt([FACET], async () => {
    const place = { facet: FACET, base, root: domain.dn, attributes: ATTRIBUTES } as const;
    for (const entry of await readPlace(run, judge, place))
      if (classOf(entry) === 'groupPolicyContainer') await add(run, 'gpo', entry);
    coverage.read(FACET, 0);
  });
}

/** Writes the configuration and the schema, which all domains share, and settles `ad.tier0` for the forest. */
export async function readForestTier0(forest: Forest): Promise<void> {
  const [first] = forest.readings;
  if (first === undefined) return;
  const run = runIn(forest, first);
  for (const kind of ['configuration', 'schema'] as const)
    await forest.coverage.attempt([FACET], async () => {
      const base = kind === 'schema' ? schemaOf(run.rootDse) : configurationOf(run.rootDse);
      await readObject(run, kind, base);
    });
}

async function readObject(run: Run, kind: Kind, base: string): Promise<void> {
  const controls = () => [securityControl()];
  const entry = await run.directory.readOne({ facet: FACET, base, attributes: ATTRIBUTES, controls });
  if (entry === undefined) throw sourceError(`${oneLine(base)} could not be read`);
  await add(run, kind, entry);
}

async function add(run: Run, kind: Kind, entry: Entry): Promise<void> {
  const guid = guidOf(entry, 'objectGUID');
  if (guid === null) throw sourceError(`${oneLine(entry.dn)} shows no objectGUID: it needs Read`);
  const row: Row<'ad_container'> = {
    kind,
    dn: dnOf(entry, 'distinguishedName') ?? entry.dn,
    flavour: null,
    found: true,
    guid,
    object_class: classOf(entry),
    well_known: kind === 'domain-controllers',
  };
  await run.recorder.add('ad_container', [row]);
  run.coverage.read(FACET, 1);
  await run.dacls.add(guid, entry);
}
