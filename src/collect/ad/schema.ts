import { guidText, guidToBytes } from '../../base/index.ts';
import type { Row, SchemaKind } from '../../snapshot/index.ts';
import { classOf, type Entry, guidOf, integerOf, textOf } from './entry.ts';
import { sourceError } from './failure.ts';
import type { Run } from './run.ts';
import { configurationOf, schemaOf } from './server.ts';

const laterNames = ['msDS-ExternalDirectoryObjectId', 'msDS-ObjectSoa'];
const schemaNames = ['group', 'user', 'member', 'adminDescription', ...laterNames];
const rightNames = ['Membership', 'Personal-Information', 'Self-Membership'];
const SCHEMA_ATTRIBUTES = ['lDAPDisplayName', 'schemaIDGUID', 'objectClass'];
const RIGHT_ATTRIBUTES = ['cn', 'rightsGuid', 'validAccesses'];
/** Rights that a control access right stands for (validAccesses, MS-ADTS 5.1.3.2.1): control access, and the validated write. */
const CONTROL_ACCESS = 0x100;
const VALIDATED_WRITE = 0x8;

type Named = Row<'ad_schema'>;

/** Reads the GUIDs that the policies name into `found`, by name. Rejects when one that every AD has is not shown; `found` holds the others. */
export async function readSchemaGuids({ directory, rootDse }: Run, found: Map<string, Named>): Promise<void> {
  const keep =
    (wanted: readonly string[], named: (entry: Entry) => Named | undefined) => (entries: readonly Entry[]) => {
      for (const entry of entries) {
        const one = named(entry);
        const spelt = wanted.find(name => name.toLowerCase() === one?.name.toLowerCase());
        if (spelt !== undefined && one !== undefined) found.set(spelt, { ...one, name: spelt });
      }
    };
  await directory.search(
    {
      facet: 'ad.domain',
      base: schemaOf(rootDse),
      scope: 'one',
      filter: `(|${schemaNames.map(name => `(lDAPDisplayName=${name})`).join('')})`,
      attributes: SCHEMA_ATTRIBUTES,
    },
    keep(schemaNames, schemaObject),
  );
  await directory.search(
    {
      facet: 'ad.domain',
      base: `CN=Extended-Rights,${configurationOf(rootDse)}`,
      scope: 'one',
      filter: `(|${rightNames.map(name => `(cn=${name})`).join('')})`,
      attributes: RIGHT_ATTRIBUTES,
    },
    keep(rightNames, accessRight),
  );
  const missing = [...schemaNames, ...rightNames].filter(name => !found.has(name) && !laterNames.includes(name));
  if (missing.length > 0) throw sourceError(`the schema does not show ${missing.join(', ')}`);
}

/** Adds to ad_schema what `guids` of access control entries stand for, besides what is there by `known` names. One that nothing bears gets no row. */
export async function readTypeNames(
  { directory, rootDse, recorder }: Run,
  guids: ReadonlySet<string>,
  known: ReadonlyMap<string, Named>,
): Promise<void> {
  const keyOf = ({ name, kind }: Named) => `${kind} ${name}`;
  const written = new Set([...known.values()].map(keyOf));
  const take = (named: (entry: Entry) => Named | undefined) => async (entries: readonly Entry[]) => {
    const rows = new Map(entries.flatMap(entry => named(entry) ?? []).map(one => [keyOf(one), one] as const));
    for (const key of rows.keys()) if (written.has(key)) rows.delete(key);
    for (const key of rows.keys()) written.add(key);
    await recorder.add('ad_schema', [...rows.values()]);
  };
  const types = [...guids].sort();
  const search = { facet: 'ad.domain', scope: 'one' } as const;
  await directory.searchValues(
    { ...search, base: schemaOf(rootDse), attributes: SCHEMA_ATTRIBUTES },
    'schemaIDGUID',
    types.map(guidToBytes),
    take(schemaObject),
  );
  await directory.searchValues(
    { ...search, base: `CN=Extended-Rights,${configurationOf(rootDse)}`, attributes: RIGHT_ATTRIBUTES },
    'rightsGuid',
    types.map(type => Buffer.from(type)),
    take(accessRight),
  );
}

function schemaObject(entry: Entry): Named | undefined {
  const [name, guid] = [textOf(entry, 'lDAPDisplayName'), guidOf(entry, 'schemaIDGUID')];
  if (name === null || guid === null) return undefined;
  return { name, kind: classOf(entry) === 'classSchema' ? 'class' : 'attribute', guid };
}

function accessRight(entry: Entry): Named | undefined {
  const [name, guid] = [textOf(entry, 'cn'), guidText(textOf(entry, 'rightsGuid') ?? '')];
  if (name === null || guid === undefined) return undefined;
  return { name, kind: kindOf(integerOf(entry, 'validAccesses') ?? 0), guid };
}

function kindOf(accesses: number): SchemaKind {
  if ((accesses & CONTROL_ACCESS) !== 0) return 'extended-right';
  return (accesses & VALIDATED_WRITE) !== 0 ? 'validated-write' : 'property-set';
}
