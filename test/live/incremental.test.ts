import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { type Manifest, openSnapshot, verifySnapshot } from '../../src/snapshot/index.ts';
import { MAIN } from '../cli/built.ts';
import { generate } from '../lab/generator/index.ts';
import { type Random, randomFrom } from '../lab/generator/random.ts';
import { type Lab, startLab } from '../lab/lab.ts';

const MINUTES = 60_000;

let lab: Lab | undefined;
afterEach(async () => {
  await lab?.stop();
  lab = undefined;
});

type Ended = { readonly code: number | null; readonly out: string; readonly err: string };

function collect(at: Lab, ...args: readonly string[]): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, ...at.env, NO_COLOR: '1', NODE_OPTIONS: '' };
    const given = ['collect', '--incremental', '--config', at.configPath, ...args];
    const child = spawn(process.execPath, [MAIN, ...given], { cwd: at.folder, env });
    const text = { out: '', err: '' };
    child.stdout.on('data', (data: Buffer) => {
      text.out += data.toString('utf8');
    });
    child.stderr.on('data', (data: Buffer) => {
      text.err += data.toString('utf8');
    });
    child.on('error', reject);
    child.on('close', code => resolve({ code, ...text }));
  });
}

async function manifestOf(at: Lab, { out }: Ended): Promise<Manifest> {
  return (await verifySnapshot(join(at.folder, out.trim()))).manifest;
}

/** A lab whose directory has no replication metadata of values, which Samba does not show. */
async function prepare(seed: number): Promise<Lab> {
  const estate = generate({ seed, groups: 150, users: 260, memberships: 1200, drift: 'every invariant' });
  const at = await startLab({ estate });
  await writeFile(at.configPath, at.configText.replace('ad:\n', 'ad:\n  replicationMetadata: false\n'));
  return at;
}

/** DN of a user whom a snapshot holds. */
async function someUserIn(at: Lab, { out }: Ended): Promise<string> {
  const snapshot = await openSnapshot(join(at.folder, out.trim()));
  try {
    // Accounts with rights are read again in any case.
    const sql =
      "SELECT dn FROM ad_user WHERE object_class = 'user' AND dn LIKE '%OU=%' AND guid IN (SELECT member_guid FROM ad_member) ORDER BY guid DESC LIMIT 1";
    const [row] = await snapshot.rows(sql);
    return String(row?.dn);
  } finally {
    await snapshot.close();
  }
}

/** What the directory holds just now: DNs. */
type Stock = {
  readonly users: readonly string[];
  readonly groups: readonly string[];
  readonly units: readonly string[];
};

async function stockOf({ domainController }: Lab): Promise<Stock> {
  const dns = async (filter: string) =>
    (await domainController.find(filter, ['distinguishedName'])).flatMap(row => row.get('distinguishedname') ?? []);
  const [users, groups, units] = await Promise.all([
    dns('(&(objectClass=user)(!(objectClass=computer))(!(isCriticalSystemObject=TRUE)))'),
    dns('(&(objectClass=group)(!(isCriticalSystemObject=TRUE)))'),
    dns('(objectClass=organizationalUnit)'),
  ]);
  return { users, groups, units };
}

type Change = (random: Random, stock: Stock, serial: number) => string;
const modify = (dn: string, text: string): string => `dn: ${dn}\nchangetype: modify\n${text}\n\n`;
const written = ({ groups }: Stock) => groups.filter(dn => /Writeback|CloudSync/.test(dn));
const rdn = (dn: string) => dn.split(/(?<!\\),/)[0] ?? '';
const above = (dn: string) => dn.slice(rdn(dn).length + 1);

/** Everything that happens in a directory and that an incremental reading could miss; the last two touch what others inherit from. */
const changes: Readonly<Record<string, Change>> = {
  'a member added': (random, stock) =>
    modify(random.pick(written(stock)), `add: member\nmember: ${random.pick(stock.users)}`),
  'all members removed': (random, stock) => modify(random.pick(written(stock)), 'delete: member'),
  'members replaced': (random, stock) =>
    modify(
      random.pick(written(stock)),
      `replace: member\n${random
        .sample(stock.users, 4)
        .map(dn => `member: ${dn}`)
        .join('\n')}`,
    ),
  'a group nested': (random, stock) => {
    const [inner = '', outer = ''] = random.sample(stock.groups, 2);
    return modify(outer, `add: member\nmember: ${inner}`);
  },
  'a user deleted': (random, stock) => `dn: ${random.pick(stock.users)}\nchangetype: delete\n\n`,
  'a group deleted': (random, stock) => `dn: ${random.pick(written(stock))}\nchangetype: delete\n\n`,
  'a user renamed': (random, stock, serial) =>
    `dn: ${random.pick(stock.users)}\nchangetype: modrdn\nnewrdn: CN=Renamed ${serial}\ndeleteoldrdn: 1\n\n`,
  'a user moved': (random, stock) => {
    const dn = random.pick(stock.users);
    const unit = random.pick(stock.units.filter(one => one !== above(dn)));
    return `dn: ${dn}\nchangetype: modrdn\nnewrdn: ${rdn(dn)}\ndeleteoldrdn: 0\nnewsuperior: ${unit}\n\n`;
  },
  'a user changed': (random, stock, serial) =>
    modify(
      random.pick(stock.users),
      `replace: mail\nmail: changed.${serial}@contoso.com\n-\nreplace: userAccountControl\nuserAccountControl: 514`,
    ),
  'an address removed': (random, stock) => modify(random.pick(stock.users), 'replace: mail'),
  'a group changed': (random, stock, serial) =>
    modify(random.pick(written(stock)), `replace: description\ndescription: changed ${serial}`),
  'a marker gone': (random, stock) => modify(random.pick(written(stock)), 'replace: adminDescription'),
  'a user created': (random, stock, serial) =>
    `dn: CN=New ${serial},${above(random.pick(stock.users))}\nchangetype: add\nobjectClass: user\nsAMAccountName: new${serial}\nuserAccountControl: 514\nmail: new.${serial}@contoso.com\n\n`,
  'a contact created and added': (random, stock, serial) => {
    const dn = `CN=Contact ${serial},${above(random.pick(stock.users))}`;
    return `dn: ${dn}\nchangetype: add\nobjectClass: contact\nmail: contact.${serial}@contoso.com\n\n${modify(random.pick(written(stock)), `add: member\nmember: ${dn}`)}`;
  },
  'a group created': (random, stock, serial) =>
    `dn: CN=Group_New ${serial},${above(random.pick(written(stock)))}\nchangetype: add\nobjectClass: group\nsAMAccountName: group${serial}\ngroupType: -2147483640\n\n`,
  'a unit renamed': (random, stock, serial) =>
    `dn: ${random.pick(stock.units.filter(dn => !/Writeback|CloudSync|Domain Controllers/.test(dn)))}\nchangetype: modrdn\nnewrdn: OU=Unit ${serial}\ndeleteoldrdn: 1\n\n`,
  'a unit changed': (random, stock, serial) =>
    modify(random.pick(stock.units), `replace: description\ndescription: changed ${serial}`),
};
const names = Object.keys(changes);

/** Applies some changes one after the other; those that the directory refuses count for nothing. */
async function applyChanges(at: Lab, random: Random, wanted: readonly string[]): Promise<readonly string[]> {
  const done: string[] = [];
  for (const name of wanted) {
    const text = changes[name]?.(random, await stockOf(at), random.below(1_000_000_000)) ?? '';
    const refused = await at.domainController.modify(text).then(
      () => false,
      () => true,
    );
    if (!refused) done.push(name);
  }
  return done;
}

test(
  'whatever changes in AD, an incremental reading gives the tables of a full one, byte for byte, or the proof finds it',
  async () => {
    lab = await prepare(21);
    const at = lab;
    const random = randomFrom(2026);
    const first = await collect(at);
    expect(first).toMatchObject({ code: 0 });
    expect(first.err).toContain('there is no earlier snapshot');
    // A change of which the directory tells nothing is found by the proof alone, by table and key.
    const user = await someUserIn(at, first);
    // Below the directory's rules: no USN moves.
    await at.domainController.stamp(modify(user, 'replace: displayName\ndisplayName: Mallory'));
    const blind = await collect(at);
    expect(blind).toMatchObject({ code: 0 });
    const { proven, end } = await manifestOf(at, blind);
    expect(Date.parse(proven ?? '')).toBeLessThan(Date.parse(end));
    const ended = await collect(at, '--prove');
    expect(ended).toMatchObject({ code: 5, out: '' });
    expect(ended.err).toMatch(/differs from a full one in ad_user \([0-9a-f-]{36}\), 2 times/);
    // By the directory's rules again, so that the next reading learns of it.
    await at.domainController.modify(modify(user, 'replace: displayName\ndisplayName: Alice'));

    const queue = random.sample(names.slice(0, -2), names.length);
    const rounds = [queue.slice(0, 7), queue.slice(7), random.sample(names.slice(-2), 2)];
    for (const round of rounds) {
      const done = await applyChanges(at, random, round);
      expect(done.length).toBeGreaterThan(round.length / 2);
      const ended = await collect(at, '--prove');
      expect({ done, ...ended }).toMatchObject({ code: 0 });
      const manifest = await manifestOf(at, ended);
      expect(manifest).toMatchObject({ continues: {}, proven: manifest.end });
      const inFull = ended.err.includes('Reads in full') && !done.some(name => name.startsWith('a unit'));
      expect({ done, inFull, err: ended.err }).toMatchObject({ inFull: false });
    }

    // What does not fit is read in full, and that is said; a snapshot whose marks were altered is refused.
    const config = at.configText.replace('ad:\n', 'ad:\n  replicationMetadata: false\n');
    await writeFile(at.configPath, config.replace(/syncIdentities: .*/, 'syncIdentities: []'));
    const other = await collect(at);
    expect(other.code).toBe(0);
    await writeFile(join(at.folder, other.out.trim(), '.ad-dirsync.json'), '{}');
    expect(await collect(at)).toMatchObject({ code: 5 });
    expect(other.err).toContain('other settings (ad.syncIdentities)');
  },
  5 * MINUTES,
);
