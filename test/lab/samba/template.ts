import { createHash } from 'node:crypto';
import { cp, lstat, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Directory, feed, find, grant, load, passwordLine, stamp } from './directory.ts';
import { exchangeSchema } from './exchange-schema.ts';
import { atLeast, MODERN, type SambaInstall } from './install.ts';
import { run } from './run.ts';

/** What a domain controller is to look like before anything is loaded into it. */
export type Shape = {
  /** DNS name of the domain in upper case, `LAB.TEST`; its first label is the NetBIOS name. */
  readonly realm: string;
  /** Whether the schema carries the extension of Exchange 2016 CU23. */
  readonly exchange: boolean;
};

/** A user of the lab with its password; `user` is a user principal name. */
export type Account = { readonly user: string; readonly password: string };

const ADMIN_PASSWORD = 'Passw0rd.Lab1';
const AUDITOR_PASSWORD = 'Aud1tor.Lab1';
const AUDITOR_RID = 9001;
// Part of the cache key: raise it when the steps below change.
const RECIPE = 2;
const FOUNDED = '20240101000000.0Z';

/** `DC=lab,DC=test` for `LAB.TEST`. */
export function baseOf(realm: string): string {
  return realm
    .toLowerCase()
    .split('.')
    .map(label => `DC=${label}`)
    .join(',');
}

/** The built-in administrator. */
export function adminOf(realm: string): Account {
  return { user: `Administrator@${realm.toLowerCase()}`, password: ADMIN_PASSWORD };
}

/** A domain user without any right but to list the deleted objects. */
export function auditorOf(realm: string): Account {
  return { user: `auditor@${realm.toLowerCase()}`, password: AUDITOR_PASSWORD };
}

/** The SID of the domain, which follows from its name. */
export function domainSidOf(realm: string): string {
  const digest = createHash('sha256').update(`tallystick lab domain ${realm}`).digest();
  return `S-1-5-21-${[0, 4, 8].map(at => (digest.readUInt32BE(at) >>> 2) + 1_000_000_000).join('-')}`;
}

/** Copies a freshly provisioned domain of this shape to `path`, provisioning it once per version and shape. */
export async function restoreTemplate(install: SambaInstall, shape: Shape, path: string): Promise<void> {
  const template = await ensureTemplate(install, shape);
  await cp(template, path, { recursive: true, preserveTimestamps: true });
}

/** A domain controller's own name in capitals, `DC1`, and whether others may replicate from it. */
export type Seat = { readonly name: string; readonly replicated: boolean };

/** Writes the server's configuration for a state directory; `settings` are further lines of its global section. */
export async function writeConf(
  install: SambaInstall,
  shape: Shape,
  path: string,
  settings: readonly string[],
  seat: Seat = { name: 'DC1', replicated: false },
): Promise<string> {
  const conf = join(path, 'smb.conf');
  const lines = [
    `netbios name = ${seat.name}`,
    `realm = ${shape.realm}`,
    `workgroup = ${netbiosOf(shape.realm)}`,
    'server role = active directory domain controller',
    `server services = ${seat.replicated ? 'ldap, cldap, rpc' : 'ldap'}`,
    'bind interfaces only = yes',
    `private dir = ${join(path, 'private')}`,
    `state directory = ${join(path, 'state')}`,
    `cache directory = ${join(path, 'cache')}`,
    `lock directory = ${join(path, 'lock')}`,
    `pid directory = ${join(path, 'run')}`,
    `ncalrpc dir = ${join(path, 'run', 'ncalrpc')}`,
    `binddns dir = ${join(path, 'bind-dns')}`,
    ...(atLeast(install.version, MODERN) ? ['ad dc functional level = 2016'] : []),
    ...settings,
  ];
  await writeFile(conf, `[global]\n${lines.map(line => `\t${line}\n`).join('')}`);
  return conf;
}

/** The database below a state directory. */
export function directoryAt(shape: Shape, path: string): Directory {
  return { path, conf: join(path, 'smb.conf'), samDb: join(path, 'private', 'sam.ldb'), base: baseOf(shape.realm) };
}

/** `LAB` for `LAB.TEST`. */
export function netbiosOf(realm: string): string {
  return realm.split('.')[0] ?? realm;
}

function guidOf(text: string): string {
  const hex = createHash('sha256').update(`tallystick lab ${text}`).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

async function ensureTemplate(install: SambaInstall, shape: Shape): Promise<string> {
  const schema = shape.exchange ? JSON.stringify(exchangeSchema(baseOf(shape.realm))) : '';
  const key = createHash('sha256')
    .update(JSON.stringify([RECIPE, install.text, shape, schema]))
    .digest('hex');
  const place = join(tmpdir(), `tallystick-samba-template-${key.slice(0, 16)}`);
  if (await isOurs(place)) return place;
  const scratch = await mkdtemp(join(tmpdir(), 'tallystick-samba-build-'));
  try {
    await provision(install, shape, scratch);
    // Another process may have been as quick; its work is as good as ours.
    await rename(scratch, place).catch(async error => {
      if (!(await isOurs(place))) throw error;
    });
    return place;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

// The name is predictable and the temporary directory may be shared: what another user has put there is not used.
async function isOurs(place: string): Promise<boolean> {
  const found = await lstat(place).catch(() => undefined);
  if (found === undefined) return false;
  if (!found.isDirectory() || found.uid !== process.getuid?.() || (found.mode & 0o022) !== 0) {
    throw new Error(`${place} belongs to somebody else; remove it or set TMPDIR to a directory of your own`);
  }
  return true;
}

async function provision(install: SambaInstall, shape: Shape, path: string): Promise<void> {
  const empty = join(path, 'empty.conf');
  await writeFile(empty, '[global]\n'); // or the machine's own shares would be inherited
  const modern = atLeast(install.version, MODERN);
  const level = modern
    ? ['--function-level=2016', '--option=ad dc functional level=2016']
    : ['--function-level=2008_R2'];
  await run('/usr/bin/python3', [
    '-c',
    modern ? SAMBA_TOOL : `${OLD_SCHEMA}\n${SAMBA_TOOL}`,
    ...['domain', 'provision', '-s', empty, `--targetdir=${path}`],
    ...[`--realm=${shape.realm}`, `--domain=${netbiosOf(shape.realm)}`, '--server-role=dc', '--dns-backend=NONE'],
    ...[`--adminpass=${ADMIN_PASSWORD}`, '--host-name=dc1', '--host-ip=127.0.0.1'],
    ...[`--domain-sid=${domainSidOf(shape.realm)}`, `--domain-guid=${guidOf(`${shape.realm} domain`)}`],
    ...[`--invocationid=${guidOf(`${shape.realm} invocation`)}`, `--ntds-guid=${guidOf(`${shape.realm} ntds`)}`],
    ...['--option=interfaces=127.0.0.1/8', '--option=bind interfaces only=yes', ...level],
  ]);
  await addPlaces(path);
  await writeConf(install, shape, path, []);
  const directory = directoryAt(shape, path);
  if (shape.exchange) await extendSchema(directory);
  await addAuditor(directory, shape.realm);
  await settle(directory);
}

/** Makes the directories that a server needs and that provisioning leaves out. */
export async function addPlaces(path: string): Promise<void> {
  await Promise.all(['run', 'cache', 'lock'].map(name => mkdir(join(path, name), { recursive: true })));
}

const SAMBA_TOOL = `
import runpy, shutil, sys
sys.argv[0] = "samba-tool"
runpy.run_path(shutil.which("samba-tool"), run_name="__main__")`;

// Before 4.19 the schema of Windows Server 2016 is shipped but cannot be chosen: let it take the default's place.
const OLD_SCHEMA = `
import samba.schema
samba.schema.Schema.base_schemas["2012_R2"] = (
    "AD_DS_Attributes__Windows_Server_2016.ldf", "AD_DS_Classes__Windows_Server_2016.ldf", 87)`;

async function extendSchema(directory: Directory): Promise<void> {
  const { attributes, classes, changes, containers } = exchangeSchema(directory.base);
  const allowed = ['--option=dsdb:schema update allowed=yes'];
  await feed(directory, 'ldbadd', directory.samDb, attributes, [], allowed);
  await feed(directory, 'ldbadd', directory.samDb, classes, [], allowed);
  await feed(directory, 'ldbmodify', directory.samDb, changes, [], allowed);
  await feed(directory, 'ldbadd', directory.samDb, containers, [], allowed);
}

async function addAuditor(directory: Directory, realm: string): Promise<void> {
  const sid = `${domainSidOf(realm)}-${AUDITOR_RID}`;
  const auditor = [
    `dn: CN=auditor,CN=Users,${directory.base}`,
    'objectClass: user',
    'sAMAccountName: auditor',
    `userPrincipalName: ${auditorOf(realm).user}`,
    `objectGUID: ${guidOf(`${realm} auditor`)}`,
    `objectSid: ${sid}`,
    'userAccountControl: 66048', // an ordinary account whose password does not expire
    passwordLine(AUDITOR_PASSWORD),
  ];
  await load(directory, [auditor.join('\n')]);
  await grant(directory, `CN=Deleted Objects,${directory.base}`, `(A;;RPLC;;;${sid})`);
}

/** Dates all objects of the domain alike, so that two provisionings look the same. */
async function settle(directory: Directory): Promise<void> {
  const rows = await find(directory, '(objectClass=*)', ['whenCreated'], { controls: ['show_deleted:1'] });
  const records = rows.flatMap(row => {
    const dn = row.get('dn')?.[0];
    const times = ['whenCreated', 'whenChanged'].map(name => `replace: ${name}\n${name}: ${FOUNDED}\n-`);
    return dn === undefined ? [] : [`dn: ${dn}\nchangetype: modify\n${times.join('\n')}\n`];
  });
  await stamp(directory, records.join('\n'));
}
