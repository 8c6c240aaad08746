import { X509Certificate } from 'node:crypto';
import { TLSSocket } from 'node:tls';
import { AuditError, reasonOf, type TlsFacts, tlsFactsOf } from '../../base/index.ts';
import type { AdSource } from '../../config/index.ts';
import type { FacetName, Row, TableName } from '../../snapshot/index.ts';
import { readContainers } from './containers.ts';
import { securityControl, showDeletedControl } from './controls.ts';
import { type Coverage, coverageOf } from './coverage.ts';
import { identityOf } from './credentials.ts';
import { daclStore, showsProperty } from './dacl-store.ts';
import { directoryOf } from './directory.ts';
import { readDomainFacts } from './domain.ts';
import { bytesOf, entryOf } from './entry.ts';
import { examineFurther } from './examination-further.ts';
import { explainConnection, resultCode, type Stage, stageOf } from './failure.ts';
import { listingJudge, readViewer, type Viewer } from './listing.ts';
import { everyAttributeRaw } from './raw-values.ts';
import type { Run } from './run.ts';
import { parseSecurityDescriptor } from './security-descriptor.ts';
import { readDomain, readRootDse } from './server.ts';
import type { Connection } from './servers.ts';
import { open, socketOf } from './session.ts';
import { type Plan, survey } from './survey.ts';

/** How one configured server answered: how far we came and why no further, or how it is secured. */
export type ServerExam = {
  readonly url: string;
  readonly failure: { readonly stage: Stage; readonly says: string } | undefined;
  readonly tls: TlsFacts | undefined;
};

/** What one domain showed; gaps are clauses, none when all is well. */
export type DomainExam = {
  readonly dnsName: string;
  /** Clock of the server minus ours, in whole seconds of milliseconds. */
  readonly clockSkewMs: number | null;
  readonly facts: Row<'ad_domain'> | undefined;
  readonly containers: readonly Row<'ad_container'>[];
  /** Configured containers and the domain itself, where what lies in them is not shown to us for certain. */
  readonly hidden: readonly string[];
  readonly gapsOf: (facet: FacetName) => readonly string[];
  /** Containers in which a group does not surely show us its members. */
  readonly memberless: readonly string[];
  readonly deletedReadable: boolean;
};

/** What came of looking at Active Directory without collecting anything. */
export type AdExam = {
  /** As whom we sign in. */
  readonly identity: string;
  /** When the certificate that we sign in with ends, in milliseconds since 1970; undefined with a password. */
  readonly credentialEnds: number | undefined;
  readonly servers: readonly ServerExam[];
  readonly domains: readonly DomainExam[];
  /** Domains that cannot be read, and why; the forest as a whole when even that is not known. */
  readonly unread: readonly { readonly domain: string; readonly says: string }[];
};

type Context = { readonly now: () => number; readonly signal: AbortSignal };

/** Looks at every configured server and at what each domain shows, by the readers of a collection, and keeps nothing. Rejects only when `signal` stops it. */
export async function examineActiveDirectory(source: AdSource, context: Context): Promise<AdExam> {
  const { bind } = source;
  const own = {
    identity: identityOf(source),
    credentialEnds: 'user' in bind ? undefined : Date.parse(new X509Certificate(bind.certificate).validTo),
  };
  const servers: ServerExam[] = [];
  for (const url of source.urls) {
    const exam = await examineServer(source, url, context.signal);
    servers.push(exam);
    // Another attempt would be one more step towards a lock-out.
    if (exam.failure?.stage === 'sign-in') return { ...own, servers, domains: [], unread: [] };
  }
  if (servers.every(({ failure }) => failure !== undefined)) return { ...own, servers, domains: [], unread: [] };
  const domains: DomainExam[] = [];
  const unread: { domain: string; says: string }[] = [];
  const missed = (domain: string, thrown: unknown) => {
    if (!(thrown instanceof AuditError)) throw thrown;
    context.signal.throwIfAborted();
    unread.push({ domain, says: reasonOf(thrown) });
  };
  const plans = await survey(source, { ...context, recorder: { query: () => {} } }).then(
    ({ plans: found }) => found,
    thrown => {
      missed('the forest', thrown);
      return [];
    },
  );
  for (const plan of plans)
    try {
      domains.push(await examineDomain(plan, plans.length === 1, source, context));
    } catch (thrown) {
      missed(plan.domain.dnsName, thrown);
    }
  return { ...own, servers, domains, unread };
}

async function examineServer(source: AdSource, url: string, signal: AbortSignal): Promise<ServerExam> {
  try {
    const session = await open(source, { url, serverName: source.serverName }, signal);
    const socket = socketOf(session.client);
    const tls = socket instanceof TLSSocket ? tlsFactsOf(socket) : undefined;
    await session.close();
    return { url, failure: undefined, tls };
  } catch (thrown) {
    signal.throwIfAborted();
    if (thrown instanceof AuditError && thrown.kind !== 'source') throw thrown;
    return { url, failure: { stage: stageOf(thrown), says: explainConnection(thrown) }, tls: undefined };
  }
}

async function examineDomain(plan: Plan, alone: boolean, source: AdSource, context: Context): Promise<DomainExam> {
  const connection = plan.connection ?? (await plan.servers.next());
  plan.connection = undefined;
  const rows: { readonly table: TableName; readonly row: unknown }[] = [];
  const recorder: Run['recorder'] = {
    add: async (table, more) => {
      for (const row of more) rows.push({ table, row });
    },
  };
  const coverage = coverageOf();
  const directory = directoryOf(connection, {
    ...context,
    source,
    recorder: { query: () => {} },
    replace: async () => false,
  });
  try {
    const asked = context.now();
    const rootDse = await readRootDse(directory);
    const answered = context.now();
    const run: Run = {
      source,
      recorder,
      directory,
      coverage,
      rootDse,
      domain: await readDomain(directory, plan.domain.dn),
      netbiosName: plan.domain.netbiosName,
      containers: plan.containers,
      dacls: daclStore(recorder, coverage),
      alone,
      asks: () => true,
      elsewhere: () => false,
      progress: () => {},
    };
    const viewer = await readViewer(run);
    const judge = listingJudge(viewer);
    const schema = await readDomainFacts(run, judge);
    const found = await readContainers(run, judge);
    await examineFurther(run, schema, { viewer, containers: found });
    const guids = ['member', 'Membership'].flatMap(name => schema.get(name)?.guid ?? []);
    const of = <N extends TableName>(name: N) =>
      rows.filter(({ table }) => table === name).map(({ row }) => row as Row<N>);
    return {
      dnsName: plan.domain.dnsName,
      clockSkewMs:
        rootDse.currentTime === null ? null : Math.round((rootDse.currentTime - (asked + answered) / 2) / 1000) * 1000,
      facts: of('ad_domain')[0],
      containers: of('ad_container').filter(({ kind }) => kind === 'writeback'),
      hidden: await hiddenOf(run, judge, [run.domain.dn, ...found]),
      gapsOf: facet => gapsOf(coverage, facet),
      memberless: await memberlessOf(connection, found, viewer, guids),
      deletedReadable: await isDeletedReadable(run),
    };
  } finally {
    await directory.close();
  }
}

function gapsOf(coverage: Coverage, facet: FacetName): readonly string[] {
  const { reasons, objects } = coverage.told(facet);
  return [...reasons, ...objects.values()];
}

async function hiddenOf(
  run: Run,
  judge: ReturnType<typeof listingJudge>,
  places: readonly string[],
): Promise<readonly string[]> {
  const hidden: string[] = [];
  for (const base of places) {
    const attributes = ['nTSecurityDescriptor'];
    const controls = () => [securityControl()];
    const entry = await run.directory.readOne({ facet: 'ad.groups', base, attributes, controls, absent: 'empty' });
    if (entry === undefined || judge(entry) !== 'whole') hidden.push(base);
  }
  return hidden;
}

// One group of each container stands for the others: what hides members is as a rule inherited.
async function memberlessOf(
  { session: { client } }: Connection,
  containers: readonly string[],
  viewer: Viewer,
  guids: readonly string[],
): Promise<readonly string[]> {
  const memberless: string[] = [];
  for (const base of containers) {
    try {
      // A size limit cuts the answer without a word, which is what is wanted here and nowhere else.
      const { searchEntries } = await client.search(
        base,
        {
          scope: 'sub',
          filter: '(objectClass=group)',
          attributes: ['nTSecurityDescriptor'],
          explicitBufferAttributes: everyAttributeRaw,
          sizeLimit: 1,
          timeLimit: 0,
        },
        [securityControl()],
      );
      const [first] = searchEntries;
      if (first === undefined) continue;
      const [bytes] = bytesOf(entryOf(first), 'nTSecurityDescriptor');
      if (bytes === undefined || !showsProperty(parseSecurityDescriptor(bytes).dacl, viewer, guids))
        memberless.push(base);
    } catch (thrown) {
      if (resultCode(thrown) === undefined && !(thrown instanceof RangeError)) throw thrown;
      memberless.push(base);
    }
  }
  return memberless;
}

async function isDeletedReadable({ directory, domain }: Run): Promise<boolean> {
  const container = await directory.readOne({
    facet: 'ad.deleted',
    base: `CN=Deleted Objects,${domain.dn}`,
    attributes: ['objectGUID'],
    controls: () => [showDeletedControl()],
    absent: 'empty',
  });
  return container !== undefined && bytesOf(container, 'objectGUID').length > 0;
}
