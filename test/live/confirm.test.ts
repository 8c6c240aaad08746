import { spawn } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from '@jest/globals';
import { MAIN } from '../cli/built.ts';
import { type Estate, generate, type Label, type LabelIds, labelText } from '../lab/generator/index.ts';
import { type Lab, startLab } from '../lab/lab.ts';
import type { CloudTenant } from '../lab/tenant.ts';
import { differingTables } from '../resume/kill.ts';

const MINUTES = 60_000;

let lab: Lab | undefined;
afterEach(async () => {
  await lab?.stop();
  lab = undefined;
});

// Of the other invariants the labels say nothing.
const planted = fileURLToPath(new URL('../lab/planted.yaml', import.meta.url));

type Ended = { readonly code: number | null; readonly err: string };

/** Audits the lab with --confirm; `meanwhile` runs once, while changes are given time to settle. */
function auditConfirming(at: Lab, args: readonly string[], meanwhile: () => Promise<void>): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, ...at.env, NO_COLOR: '1', NODE_OPTIONS: '' };
    const given = [
      'audit',
      '--confirm',
      ...args,
      '--config',
      at.configPath,
      '--format',
      'json,sarif,markdown,summary',
      '--profile',
      planted,
    ];
    const child = spawn(process.execPath, [MAIN, ...given], {
      cwd: at.folder,
      env,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let err = '';
    let done: Promise<void> | undefined;
    child.stderr.on('data', (data: Buffer) => {
      err += data.toString('utf8');
      if (done === undefined && err.includes('changes on their way are given')) done = meanwhile().catch(reject);
    });
    child.on('error', reject);
    child.on('close', code => (done ?? Promise.resolve()).then(() => resolve({ code, err }), reject));
  });
}

type Finding = {
  readonly fingerprint: string;
  readonly invariant: string;
  readonly verdict: string;
  readonly subject: { readonly key: string; readonly ids: LabelIds };
};
type Results = {
  readonly run: { readonly exitCode: number; readonly asOf: string; readonly snapshot: { readonly id: string } };
  readonly invariants: readonly {
    readonly id: string;
    readonly counts: Readonly<Record<'subjects' | 'outOfScope' | 'pass' | 'fail' | 'unknown', number>>;
  }[];
  readonly findings: readonly Finding[];
  readonly confirmation?: {
    readonly snapshot: string;
    readonly confirmed: number;
    readonly inFlight: readonly Finding[];
    readonly standing: readonly { readonly fingerprint: string; readonly reason: string }[];
  };
};

const textOf = ({ invariant, subject }: Finding): string =>
  labelText({ invariant, ids: subject.ids, key: subject.key });

async function readResults(at: Lab): Promise<Results> {
  return JSON.parse(await readFile(join(at.folder, 'out', 'results.json'), 'utf8'));
}

function labelled(at: Lab, invariant: string, where: (label: Label) => boolean = () => true): Label {
  const found = at.labels.find(label => label.invariant === invariant && where(label));
  if (found === undefined) throw new Error(`the estate has no ${invariant}`);
  return found;
}

function dnOf({ directory }: Estate, guid: string | undefined): string {
  const entry = directory.entries.find(one => one.guid === guid);
  if (entry === undefined) throw new Error(`the estate has no ${guid}`);
  return entry.dn;
}

function withMember(tenant: CloudTenant, group: string | undefined, id: string | undefined): CloudTenant {
  const member = { id: id ?? '', '@odata.type': '#microsoft.graph.user' } as const;
  return {
    ...tenant,
    groups: tenant.groups.map(one => (one.id === group ? { ...one, members: [...one.members, member] } : one)),
  };
}

const nothing = async (): Promise<void> => undefined;

const change = (dn: string, text: string): string => `dn: ${dn}\n${text}\n\n`;

test(
  'what reaches the other side meanwhile is in flight, what does not is a finding, and counts are exact',
  async () => {
    // Logs are read for the last weeks: their events have to be of today.
    const asOf = Math.floor(Date.now() / 1000) * 1000;
    const estate = generate({ seed: 11, groups: 150, users: 300, memberships: 1200, drift: 'every invariant', asOf });
    const declared = Object.entries(estate.config.params).flatMap(([name, value]) => ['--param', `${name}=${value}`]);
    const common = ['--as-of', estate.asOf, '--out', 'out', ...declared];
    lab = await startLab({ estate });
    const at = lab;
    const elsewhere = (ids: LabelIds) => (label: Label) => label.ids.cloudGroup !== ids.cloudGroup;
    // On the way to AD, on the way to the cloud, gone, and one that goes wrong only now in a group that is read again.
    const users = new Set(estate.directory.entries.flatMap(({ kind, guid }) => (kind === 'user' ? [guid] : [])));
    const named = new Set(at.labels.flatMap(({ ids }) => [ids.adPrincipal ?? '', ids.cloudPrincipal ?? '']));
    const inOrder = ({ ids }: Label) =>
      estate.directory.entries
        .find(({ guid }) => guid === ids.adGroup)
        ?.members.find(guid => users.has(guid) && !named.has(guid));
    const missing = labelled(
      at,
      'member-missing-in-ad',
      label => label.ids.adPrincipal !== undefined && inOrder(label) !== undefined,
    );
    const victim = inOrder(missing);
    const extra = labelled(
      at,
      'member-extra-in-ad',
      ({ ids }) => ids.cloudPrincipal !== undefined && elsewhere(missing.ids)({ ...missing, ids }),
    );
    const orphan = labelled(at, 'hard-deleted-still-in-ad');
    const address = labelled(at, 'proxy-unique-forest');
    const gone = at.labels.filter(({ ids }) => ids.adGroup !== undefined && ids.adGroup === orphan.ids.adGroup);
    const holders = estate.directory.entries.filter(({ attributes }) =>
      [...(attributes.proxyAddresses ?? []).map(one => one.replace(/^smtp:/i, '')), ...(attributes.mail ?? [])].some(
        one => one.toLowerCase() === address.ids.address,
      ),
    );
    const spare =
      holders.find(({ guid, kind }) => kind !== 'group' || !at.labels.some(({ ids }) => ids.adGroup === guid)) ??
      holders.at(-1);
    // Nothing changes yet: everything is confirmed, and the tables that were partly read again are equal to the byte.
    expect(await auditConfirming(at, [...common, '--settle', '0'], nothing)).toMatchObject({ code: 1 });
    const calm = await readResults(at);
    expect({ inFlight: calm.confirmation?.inFlight, found: calm.findings.map(textOf).sort() }).toEqual({
      inFlight: [],
      found: at.labels.map(labelText).sort(),
    });
    const [one = '', two = ''] = await readdir(join(at.folder, 'snapshots'));
    expect(await differingTables(join(at.folder, 'snapshots', one), join(at.folder, 'snapshots', two))).toEqual([]);

    // One side of a pair cannot be read again: neither is taken, and the finding stands, with the reason.
    const refused = { path: `/v1.0/groups/${missing.ids.cloudGroup}/members` };
    const half = await auditConfirming(at, [...common, '--settle', '1s'], async () => {
      at.graph.faults.add({ kind: 'inner-403', match: refused, times: 1000 });
    });
    expect({ code: half.code, hits: at.graph.faults.hits('inner-403') > 0 }).toEqual({ code: 1, hits: true });
    const standing = await readResults(at);
    expect(standing.findings.map(textOf).sort()).toEqual(at.labels.map(labelText).sort());
    const why = new Map(standing.confirmation?.standing.map(({ fingerprint, reason }) => [fingerprint, reason]));
    const ofGroup = standing.findings.filter(({ subject }) => subject.ids.cloudGroup === missing.ids.cloudGroup);
    for (const { fingerprint } of ofGroup) expect(why.get(fingerprint)).toContain('refused');
    at.graph.faults.clear();

    const ended = await auditConfirming(at, [...common, '--settle', '3s'], async () => {
      const dn = dnOf(estate, missing.ids.adGroup);
      await at.domainController.modify(
        [
          change(dn, `changetype: modify\nadd: member\nmember: ${dnOf(estate, missing.ids.adPrincipal)}`),
          change(dn, `changetype: modify\ndelete: member\nmember: ${dnOf(estate, victim)}`),
          change(dnOf(estate, orphan.ids.adGroup), 'changetype: delete'),
          ...(spare === undefined
            ? []
            : [
                change(
                  spare.dn,
                  `changetype: modify\n${['proxyAddresses', 'mail']
                    .filter(name => spare.attributes[name] !== undefined)
                    .map(name => `delete: ${name}\n-`)
                    .join('\n')}`,
                ),
              ]),
        ].join(''),
      );
      at.graph.replace(withMember(estate.tenant, extra.ids.cloudGroup, extra.ids.cloudPrincipal));
    });
    expect(ended).toMatchObject({ code: 1 });
    const results = await readResults(at);
    const { confirmation } = results;
    const inFlight = (confirmation?.inFlight ?? []).map(textOf).sort();
    const healed = [missing, extra, address, ...gone].map(labelText);
    expect(inFlight).toEqual([...new Set(healed)].sort());
    const fails = results.findings.filter(({ verdict }) => verdict === 'fail');
    const before = at.labels.map(labelText).filter(text => !healed.includes(text));
    const appeared = fails.filter(finding => !before.includes(textOf(finding)));
    expect(appeared.map(({ invariant, subject }) => [invariant, subject.ids.adGroup, subject.ids.adPrincipal])).toEqual(
      // Somebody changed the group just now, while no engine ran.
      [
        ['member-missing-in-ad', missing.ids.adGroup, victim],
        ['object-changed-outside-cycle', missing.ids.adGroup, undefined],
      ],
    );
    expect(
      fails
        .map(textOf)
        .filter(text => before.includes(text))
        .sort(),
    ).toEqual([...before].sort());
    for (const { id, counts } of results.invariants)
      expect({ id, fail: fails.filter(({ invariant }) => invariant === id).length }).toEqual({ id, fail: counts.fail });
    expect(confirmation?.confirmed).toBe(before.length - (confirmation?.standing.length ?? 0));
    for (const { reason } of confirmation?.standing ?? []) expect(reason).toMatch(/not read again$/);
    const sarif = await readFile(join(at.folder, 'out', 'results.sarif'), 'utf8');
    expect(sarif).toContain('"in-flight"');
    expect(await readFile(join(at.folder, 'out', 'results.md'), 'utf8')).toContain('## In flight');
    expect(ended.err).toContain(`${inFlight.length} in flight`);

    // A source that went away confirms nothing, and hides nothing.
    const found = results.findings.map(textOf).sort();
    const lost = await auditConfirming(at, [...common, '--settle', '1s'], () => at.domainController.stop());
    const unread = await readResults(at);
    expect({ code: lost.code, found: unread.findings.map(textOf).sort() }).toEqual({ code: 1, found });
    expect(unread.confirmation).toMatchObject({ confirmed: 0, inFlight: [] });
    expect(unread.confirmation?.standing).toHaveLength(found.length);
  },
  5 * MINUTES,
);
