import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './run.ts';

// Written straight into the database: some twenty times faster than LDAP, and the only way to choose an objectGUID
// or to backdate an object. A running server sees the rows at once.

/** The database of a domain controller: its state directory, its `smb.conf`, its `sam.ldb` and its domain (`DC=lab,DC=test`). */
export type Directory = {
  readonly path: string;
  readonly conf: string;
  readonly samDb: string;
  readonly base: string;
};

// Objects per transaction: Samba slows down with the square of it.
const CHUNK = 1000;

/** One object as text: attribute names in lower case with their decoded values, in the order of the server. */
export type Row = ReadonlyMap<string, readonly string[]>;

// What the directory sets by itself and refuses or ignores from others, even under its `relax` control.
// The spelling counts: below the rules, the server answers with the name that was written.
const STAMPS = new Map(['whenCreated', 'whenChanged', 'pwdLastSet'].map(name => [name.toLowerCase(), name]));

/**
 * Adds the objects of each LDIF text, text after text, so that a text may refer to objects of an earlier one.
 * Beyond the ordinary, these are taken as given: `objectGUID` (GUID text), `objectSid` (SID text; relative identifiers
 * from 10000 on never meet those that the server hands out), `nTSecurityDescriptor` (SDDL), `sIDHistory`,
 * `lastLogonTimestamp`, `whenCreated`, `whenChanged`, `pwdLastSet`; and a `member` may be named `<GUID=…>` or `<SID=…>`.
 */
export async function load(directory: Directory, texts: readonly string[]): Promise<void> {
  for (const text of texts) {
    const { entries, stamps } = separate(text);
    for (let from = 0; from < entries.length; from += CHUNK) {
      await feed(directory, 'ldbadd', directory.samDb, entries.slice(from, from + CHUNK).join('\n'));
    }
    if (stamps !== '') await stamp(directory, stamps);
  }
}

/** Applies LDIF change records (`changetype: modify`, `delete`, `modrdn`). */
export async function modify(directory: Directory, text: string): Promise<void> {
  await feed(directory, 'ldbmodify', directory.samDb, text);
}

/**
 * Overwrites attributes below the directory's rules, as no AD administrator could: no checks, no replication
 * metadata. For times of the past (`whenChanged`), once everything else is in place.
 */
export async function stamp(directory: Directory, changes: string): Promise<void> {
  const partition = join(directory.path, 'private', 'sam.ldb.d', `${directory.base.toUpperCase()}.ldb`);
  await feed(directory, 'ldbmodify', partition, changes);
}

/** Replaces the security descriptor of an object; children inherit at once. Only the parts that `sddl` names (`O:`, `D:`) change. */
export async function setDescriptor(directory: Directory, dn: string, sddl: string): Promise<void> {
  const flags =
    (/O:/.test(sddl) ? 1 : 0) | (/G:/.test(sddl) ? 2 : 0) | (/D:/.test(sddl) ? 4 : 0) | (/S:/.test(sddl) ? 8 : 0);
  const change = `dn: ${dn}\nchangetype: modify\nreplace: nTSecurityDescriptor\nnTSecurityDescriptor: ${sddl}\n`;
  await feed(directory, 'ldbmodify', directory.samDb, change, [`sd_flags:1:${flags}`, 'show_deleted:1']);
}

/** The security descriptor of an object as SDDL, DACL only. Rejects when there is no such object. */
export async function readDescriptor(directory: Directory, dn: string): Promise<string> {
  const rows = await find(directory, '(objectClass=*)', ['nTSecurityDescriptor'], {
    base: dn,
    scope: 'base',
    controls: ['sd_flags:1:4', 'show_deleted:1'],
  });
  const sddl = rows[0]?.get('ntsecuritydescriptor')?.[0];
  if (sddl === undefined) throw new Error(`${dn} has no security descriptor`);
  return sddl;
}

/** Puts access control entries (`(A;;RP;;;S-1-5-…)`) in front of those that an object has. */
export async function grant(directory: Directory, dn: string, aces: string): Promise<void> {
  const before = await readDescriptor(directory, dn);
  await setDescriptor(directory, dn, before.replace(/^(D:[A-Z_]*)/, `$1${aces}`));
}

/** Gives an account or group a privilege on the domain controller (`SeSecurityPrivilege`), from its next sign-in on. */
export async function empower(directory: Directory, sid: string, privilege: string): Promise<void> {
  const database = join(directory.path, 'private', 'privilege.ldb');
  const record = `dn: sid=${sid}\nobjectClass: privilege\nobjectSid: ${sid}\nprivilege: ${privilege}\n`;
  await feed(directory, 'ldbadd', database, record);
}

/** Switches the Recycle Bin of the forest on. The ldb tools take no change of the root entry, so that it is done by way of Samba's own library. */
export async function enableRecycleBin(directory: Directory): Promise<void> {
  await run('/usr/bin/python3', ['-c', RECYCLE_BIN, directory.conf, directory.samDb, directory.base]);
}

const RECYCLE_BIN = `
import sys, ldb
from samba.auth import system_session
from samba.param import LoadParm
from samba.samdb import SamDB
conf, url, base = sys.argv[1:]
lp = LoadParm()
lp.load(conf)
database = SamDB(url=url, session_info=system_session(), lp=lp)
message = ldb.Message()
message.dn = ldb.Dn(database, "")
feature = "CN=Partitions,CN=Configuration," + base + ":766ddcd8-acd0-445e-f3b9-a7f9b6744f2a"
message["enableOptionalFeature"] = ldb.MessageElement(feature, ldb.FLAG_MOD_ADD, "enableOptionalFeature")
database.modify(message)`;

/** Where to search, how deep, and with which controls of the ldb tools; the whole domain without. */
export type Scope = {
  readonly base?: string;
  readonly scope?: 'base' | 'one' | 'sub';
  readonly controls?: readonly string[];
};

/** Finds objects in the database itself, past any access control. */
export async function find(
  directory: Directory,
  filter: string,
  attributes: readonly string[],
  where: Scope = {},
): Promise<readonly Row[]> {
  const args = ['-b', where.base ?? directory.base, '-s', where.scope ?? 'sub', ...controls(where.controls ?? [])];
  const text = await run('ldbsearch', [...target(directory, directory.samDb), ...args, filter, ...attributes]);
  return parseRows(text);
}

/** The SID of the account with this `sAMAccountName`. Rejects when there is none. */
export async function sidOf(directory: Directory, account: string): Promise<string> {
  const rows = await find(directory, `(sAMAccountName=${account})`, ['objectSid']);
  const sid = rows[0]?.get('objectsid')?.[0];
  if (sid === undefined) throw new Error(`no account is called ${account}`);
  return sid;
}

/** The LDIF line that gives an account its password. */
export function passwordLine(password: string): string {
  return `unicodePwd:: ${Buffer.from(`"${password}"`, 'utf16le').toString('base64')}`;
}

/** Runs `ldbadd` or `ldbmodify` on a text. They keep what came before a record that they refuse, and call that a success: here it rejects. */
export async function feed(
  directory: Directory,
  program: 'ldbadd' | 'ldbmodify',
  database: string,
  text: string,
  extra: readonly string[] = [],
  options: readonly string[] = [],
): Promise<void> {
  const scratch = await mkdtemp(join(directory.path, 'ldif-'));
  try {
    const file = join(scratch, 'input.ldif');
    await writeFile(file, text.endsWith('\n') ? text : `${text}\n`);
    const own = database === directory.samDb ? controls(['relax:0', ...extra]) : [];
    await run(program, [...target(directory, database), '--nosync', ...options, ...own, file], {
      timeout: 300_000,
      failure: /^ERR/m,
    });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

function target(directory: Directory, database: string): readonly string[] {
  return [`--configfile=${directory.conf}`, '-H', database];
}

function controls(names: readonly string[]): readonly string[] {
  return names.length === 0 ? [] : [`--controls=${names.join(',')}`];
}

/** Takes the attributes that need `stamp` out of a text of additions and turns them into changes. */
function separate(text: string): { readonly entries: readonly string[]; readonly stamps: string } {
  const entries: string[] = [];
  const stamps: string[] = [];
  for (const block of text.split(/\r?\n(?:[ \t]*\r?\n)+/)) {
    const lines = unfold(block);
    const dn = lines.find(line => /^dn::? /i.test(line));
    if (dn === undefined) continue;
    const kept: string[] = [];
    const changes: string[] = [];
    for (const line of lines) {
      const colon = Math.max(0, line.indexOf(':'));
      const name = STAMPS.get(line.slice(0, colon).toLowerCase());
      if (name === undefined) kept.push(line);
      else changes.push(`replace: ${name}\n${name}${line.slice(colon)}\n-`);
    }
    entries.push(`${kept.join('\n')}\n`);
    if (changes.length > 0) stamps.push(`${dn}\nchangetype: modify\n${changes.join('\n')}\n`);
  }
  return { entries, stamps: stamps.join('\n') };
}

/** The lines of an LDIF record without comments, continuation lines joined. */
function unfold(block: string): readonly string[] {
  const joined = block.replaceAll(/\r?\n /g, '');
  return joined.split(/\r?\n/).filter(line => line.trim() !== '' && !line.startsWith('#'));
}

function parseRows(text: string): readonly Row[] {
  const rows: Row[] = [];
  for (const block of text.split('\n\n')) {
    const row = new Map<string, string[]>();
    for (const line of unfold(block)) {
      const match = /^([^:]+)(::?) ?(.*)$/.exec(line);
      const [, name, colons, value] = match ?? [];
      if (name === undefined || value === undefined) continue;
      const decoded = colons === '::' ? Buffer.from(value, 'base64').toString('utf8') : value;
      row.set(name.toLowerCase(), [...(row.get(name.toLowerCase()) ?? []), decoded]);
    }
    if (row.has('dn')) rows.push(row);
  }
  return rows;
}
