import { type Bench, type Check, fail, type Outcome, ok, skipped, warn } from './outcome.ts';

const LITTLE = 100 * 1024 ** 2;
const SOME = 1024 ** 3;

/** What can be checked without asking anybody. */
export const configChecks: readonly Check[] = [
  {
    name: 'sources',
    of: 'config',
    run: ({ config: { ad, graph } }) => {
      if (!ad && !graph) return [fail('no source is configured: there is nothing to read')];
      const missing = ad ? 'graph' : 'ad';
      return ad && graph ? [ok('ad and graph')] : [warn(`only one side is configured, \`${missing}\` is not`)];
    },
    remedy: 'put `ad:` and `graph:` into tallystick.yaml; tallystick init writes a template',
  },
  {
    name: 'secrets',
    of: 'config',
    run: ({ secrets }) => (secrets.length > 0 ? secrets.map(fail) : [ok('all that are referred to are there')]),
    remedy: 'set the variable, or create the file, that the configuration refers to',
  },
  {
    name: 'policies',
    of: 'config',
    run: ({ readers, invariants }) => {
      if (readers === undefined) return [fail('there are mistakes in the policies')];
      return invariants === 0 ? [fail('there is no invariant to judge')] : [ok(`${invariants} invariants`)];
    },
    remedy: 'run tallystick check',
  },
  {
    name: 'flavour',
    of: 'config',
    run: ({ config: { flavours } }) =>
      flavours.length > 0 ? [ok(flavours.join(', '))] : [warn('the engine that writes back is not declared')],
    remedy: 'set `flavour`: without it groups are in scope only where their markers tell the engine',
  },
  {
    name: 'containers',
    of: 'config',
    run: ({ config: { ad } }) => {
      if (!ad) return [skipped('`ad` is not configured')];
      const { length } = ad.containers;
      return length > 0 ? [ok(`${length} configured`)] : [warn('no writeback container is configured')];
    },
    remedy: 'name the containers in ad.containers: without them only marked objects are found',
  },
  {
    name: 'declared facts',
    of: 'config',
    run: declaredFactsOf,
    remedy: 'correct or renew the file that `facts:` names; docs/declared-facts.md shows what it may hold',
  },
  { name: 'accepted gaps', of: 'config', run: acceptedGaps, remedy: 'renew or remove the entry of acceptUnknown' },
  {
    name: 'snapshots folder',
    of: 'config',
    run: ({ room: { folder, writable, bytes } }) => {
      if (!writable) return [fail(`${folder} cannot be written`)];
      if (bytes === null) return [ok(`${folder} can be written`)];
      const says = `${(bytes / SOME).toFixed(1)} GiB free at ${folder}`;
      return [bytes < LITTLE ? fail(says) : bytes < SOME ? warn(says) : ok(says)];
    },
    remedy: 'a snapshot takes about 100 MB per million memberships, and as much again while it is written',
  },
];

function declaredFactsOf({ facts, now }: Bench): readonly Outcome[] {
  if (facts === undefined) return [skipped('the configuration names no file of declared facts')];
  if (facts.facts === undefined)
    return facts.problems.map(({ message, at }) =>
      fail(`${at === undefined ? '' : `${at.file}:${at.line}:${at.column}: `}${message}`),
    );
  const { file, by, until, untilMs, declarations } = facts.facts;
  if (untilMs <= now) return [warn(`${file} could be relied on until ${until}: its facts are unknown now`)];
  return [ok(`${declarations.length} kinds, by ${by}, until ${until}`)];
}

function acceptedGaps({ config: { acceptUnknown }, now }: Bench): readonly Outcome[] {
  const expired = acceptUnknown.filter(({ until }) => Date.parse(until) < now);
  if (expired.length > 0)
    return expired.map(({ facet, until }) => warn(`the acceptance of ${facet} ended on ${until}`));
  return [ok(acceptUnknown.length === 0 ? 'none' : acceptUnknown.map(({ facet }) => facet).join(', '))];
}
