import { dnsNameOf } from '../../base/index.ts';
import type { Row } from '../../snapshot/index.ts';
import { isAbsent, type Judge } from './absence.ts';
import { bytesOf, integerOf, textsOf } from './entry.ts';
import { type ExchangeFacts, readExchange } from './exchange.ts';
import { sourceError } from './failure.ts';
import type { Run } from './run.ts';
import { readSchemaGuids } from './schema.ts';
import { configurationOf, schemaOf } from './server.ts';

const RECYCLE_BIN = /^CN=Recycle Bin Feature,CN=Optional Features,/i;

/** Writes ad_domain, and settles `ad.domain` and `ad.exchange`; resolves with the schema GUIDs by name. */
export async function readDomainFacts(run: Run, judge: Judge): Promise<ReadonlyMap<string, Row<'ad_schema'>>> {
  const { coverage, recorder, rootDse, domain } = run;
  const schemaGuids = new Map<string, Row<'ad_schema'>>();
  let facts: DomainFacts = { schemaVersion: null, externalId: null, objectSoa: null, recycleBin: null };
  let exchange: ExchangeFacts = { schema: null, organisation: null, domain: null };
  await coverage.attempt(['ad.domain', 'ad.acl'], async () => readSchemaGuids(run, schemaGuids));
  await coverage.attempt(['ad.domain'], async () => {
    facts = await readForest(run, schemaGuids);
    coverage.read('ad.domain', 1);
  });
  let devices: boolean | null = null;
  await coverage.attempt(['ad.domain'], async () => {
    devices = await hasRegisteredDevices(run, judge);
  });
  if (run.asks('ad.exchange'))
    await coverage.attempt(['ad.exchange'], async () => {
      exchange = await readExchange(run);
      coverage.read('ad.exchange', 1);
    });
  await recorder.add('ad_domain', [
    {
      dn: domain.dn,
      dns_name: dnsNameOf(domain.dn),
      sid: domain.sid,
      guid: domain.guid,
      forest_dns_name: rootDse.rootDomainNamingContext === null ? null : dnsNameOf(rootDse.rootDomainNamingContext),
      domain_level: rootDse.domainLevel,
      schema_version: facts.schemaVersion,
      external_id_in_schema: facts.externalId,
      object_soa_in_schema: facts.objectSoa,
      recycle_bin: facts.recycleBin,
      registered_devices: devices,
      exchange_schema_version: exchange.schema,
      exchange_org_version: exchange.organisation,
      exchange_domain_version: exchange.domain,
    },
  ]);
  return schemaGuids;
}

type DomainFacts = {
  readonly schemaVersion: number | null;
  readonly externalId: boolean | null;
  readonly objectSoa: boolean | null;
  readonly recycleBin: boolean | null;
};

async function readForest(
  { directory, rootDse }: Run,
  schemaGuids: ReadonlyMap<string, Row<'ad_schema'>>,
): Promise<DomainFacts> {
  const schema = await directory.readOne({
    facet: 'ad.domain',
    base: schemaOf(rootDse),
    attributes: ['objectVersion'],
  });
  const partitions = await directory.readOne({
    facet: 'ad.domain',
    base: `CN=Partitions,${configurationOf(rootDse)}`,
    attributes: ['msDS-EnabledFeature', 'objectClass'],
  });
  if (partitions === undefined || bytesOf(partitions, 'objectClass').length === 0)
    throw sourceError('CN=Partitions is not readable');
  return {
    schemaVersion: schema === undefined ? null : integerOf(schema, 'objectVersion'),
    externalId: schemaGuids.has('member') ? schemaGuids.has('msDS-ExternalDirectoryObjectId') : null,
    objectSoa: schemaGuids.has('member') ? schemaGuids.has('msDS-ObjectSoa') : null,
    recycleBin: textsOf(partitions, 'msDS-EnabledFeature').some(feature => RECYCLE_BIN.test(feature)),
  };
}

// Device writeback keeps its objects there.
async function hasRegisteredDevices(run: Run, judge: Judge): Promise<boolean> {
  const base = `CN=RegisteredDevices,${run.domain.dn}`;
  const attributes = ['objectGUID'];
  const found = await run.directory.readOne({ facet: 'ad.domain', base, attributes, absent: 'empty' });
  if (found === undefined && !(await isAbsent(run, judge, 'ad.domain', base, run.domain.dn)))
    throw sourceError(`${base} may exist: it was not found, but what lies above it cannot be listed`);
  return found !== undefined;
}
