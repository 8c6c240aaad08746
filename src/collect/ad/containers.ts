import { normalizeDn } from '../../base/index.ts';
import type { FacetName } from '../../snapshot/index.ts';
import { isAbsent, type Judge } from './absence.ts';
import { securityControl } from './controls.ts';
import { classOf, dnOf, type Entry, guidOf, textsOf } from './entry.ts';
import { oneLine, sourceError } from './failure.ts';
import type { Run } from './run.ts';

const ATTRIBUTES = ['objectGUID', 'objectClass', 'distinguishedName', 'nTSecurityDescriptor'];

/** Writes ad_container and the security of the containers, settles `ad.containers`; resolves with the DNs of the configured containers that exist. */
export async function readContainers(run: Run, judge: Judge): Promise<string[]> {
  const { coverage, recorder, containers, domain } = run;
  const found: string[] = [];
  const wellKnown = new Set<string>();
  await coverage.attempt(['ad.containers'], async () => {
    for (const { dn } of await readWellKnown(run, 'ad.containers')) wellKnown.add(normalizeDn(dn));
    coverage.read('ad.containers', 0);
  });
  const listed = (dn: string) => wellKnown.has(normalizeDn(dn));
  const seen = new Set<string>();
  for (const { dn, flavour } of containers) {
    if (seen.has(normalizeDn(dn))) continue;
    seen.add(normalizeDn(dn));
    // A container that cannot be read leaves a gap in everything that lies in it.
    await coverage.attempt(
      [
        ...(['ad.containers', 'ad.groups', 'ad.members', 'ad.memberOf', 'ad.acl', 'ad.replication'] as const),
        ...(['ad.children', 'ad.auditing'] as const),
      ],
      async () => {
        const entry = await readObject(run, dn, 'empty');
        if (entry === undefined && !(await isAbsent(run, judge, 'ad.containers', dn, domain.dn)))
          throw sourceError(`${oneLine(dn)} may exist: it was not found, but what lies above it cannot be listed`);
        const guid = entry === undefined ? null : guidOf(entry, 'objectGUID');
        await recorder.add('ad_container', [
          {
            kind: 'writeback',
            dn,
            flavour: flavour ?? null,
            found: entry !== undefined,
            guid,
            object_class: entry === undefined ? null : classOf(entry),
            well_known: entry === undefined ? null : listed(dn),
          },
        ]);
        coverage.read('ad.containers', 1);
        if (entry === undefined) return;
        found.push(dnOf(entry, 'distinguishedName') ?? dn);
        if (guid === null)
          for (const facet of ['ad.containers', 'ad.groups', 'ad.acl'] as const)
            coverage.fail(facet, `${oneLine(dn)} shows no objectGUID: it needs Read`);
        else await run.dacls.add(guid, entry);
      },
    );
  }
  await coverage.attempt(['ad.containers', 'ad.acl'], async () => addOwn(run, 'domain', domain.dn, listed));
  await coverage.attempt(['ad.containers', 'ad.acl'], async () =>
    addOwn(run, 'adminsdholder', `CN=AdminSDHolder,CN=System,${domain.dn}`, listed),
  );
  coverage.read('ad.acl', 0);
  return found;
}

async function addOwn(
  run: Run,
  kind: 'domain' | 'adminsdholder',
  dn: string,
  listed: (dn: string) => boolean,
): Promise<void> {
  const entry = await readObject(run, dn, 'error');
  const guid = entry === undefined ? null : guidOf(entry, 'objectGUID');
  if (entry === undefined || guid === null) throw sourceError(`${oneLine(dn)} shows no objectGUID`);
  await run.recorder.add('ad_container', [
    {
      kind,
      dn: dnOf(entry, 'distinguishedName') ?? dn,
      flavour: null,
      found: true,
      guid,
      object_class: classOf(entry),
      well_known: listed(dn),
    },
  ]);
  run.coverage.read('ad.containers', 1);
  await run.dacls.add(guid, entry);
}

function readObject({ directory }: Run, base: string, absent: 'empty' | 'error'): Promise<Entry | undefined> {
  return directory.readOne({
    facet: 'ad.containers',
    base,
    attributes: ATTRIBUTES,
    controls: () => [securityControl()],
    absent,
  });
}

/** The places that the domain lists by fixed ids: 32 hexadecimal digits in lower case. Rejects when it shows none. */
export async function readWellKnown(
  { directory, domain }: Run,
  facet: FacetName,
): Promise<readonly { readonly id: string; readonly dn: string }[]> {
  const attributes = ['wellKnownObjects', 'otherWellKnownObjects'];
  const entry = await directory.readOne({ facet, base: domain.dn, attributes });
  if (entry === undefined) return [];
  const places = attributes
    .flatMap(name => textsOf(entry, name))
    .flatMap(value => {
      const [, id = '', dn = ''] = /^B:32:([0-9a-f]{32}):(.+)$/is.exec(value) ?? [];
      return dn === '' ? [] : [{ id: id.toLowerCase(), dn }];
    });
  if (places.length === 0) throw sourceError('the domain shows no wellKnownObjects');
  return places;
}
