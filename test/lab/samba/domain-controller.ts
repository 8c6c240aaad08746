import { existsSync, rmSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Authority, createAuthority, issue } from '../certificates.ts';
import { freeAddress, mustBeFree, releaseAddress } from './address.ts';
import * as directory from './directory.ts';
import { ensureSamba, type SambaInstall } from './install.ts';
import { end, launch, type Server, untilReady } from './server.ts';
import {
  type Account,
  adminOf,
  auditorOf,
  directoryAt,
  domainSidOf,
  restoreTemplate,
  type Seat,
  type Shape,
  writeConf,
} from './template.ts';

const PREFIX = 'tallystick-samba-run-';

/** How a domain controller is to be; everything has a default. */
export type DomainControllerOptions = {
  /** DNS name of the domain in upper case; default `LAB.TEST`. Each has its own SIDs and GUIDs, always the same ones. */
  readonly realm?: string;
  /** Loopback address to listen on; default one that is free and belongs to this process. */
  readonly address?: string;
  /** Whether the Exchange 2016 CU23 schema is there; default true. */
  readonly exchange?: boolean;
  /** Who issues the certificate; default an authority of its own. */
  readonly authority?: Authority;
  /** Issue a certificate that has run out. */
  readonly expired?: boolean;
  /** Let simple binds through without TLS; default false, as domain controllers are set up today. */
  readonly plaintext?: boolean;
  /** Let other domain controllers join and replicate; default false, since it needs more ports. */
  readonly replicated?: boolean;
};

/** A running domain controller. Everything it has lies below `path`, which goes with it when it stops. */
export type DomainController = {
  readonly ldaps: string;
  readonly ldap: string;
  readonly address: string;
  /** The DNS name in its certificate, which no resolver knows. */
  readonly host: string;
  readonly ca: { readonly path: string; readonly pem: string };
  readonly realm: string;
  readonly base: string;
  readonly domainSid: string;
  readonly admin: Account;
  readonly auditor: Account;
  readonly samba: SambaInstall;
  readonly path: string;
  readonly samDb: string;
  readonly log: string;
  readonly pid: number;
  /** Adds objects from LDIF texts; see `directory.ts` for what may be given. */
  load(texts: readonly string[]): Promise<void>;
  /** Applies LDIF change records. */
  modify(text: string): Promise<void>;
  /** Applies LDIF change records below the directory's rules. */
  stamp(text: string): Promise<void>;
  /** Replaces the parts of a security descriptor that the SDDL text names. */
  sddl(dn: string, sddl: string): Promise<void>;
  /** Puts access control entries in front of those that an object has. */
  grant(dn: string, aces: string): Promise<void>;
  /** Gives an account or group, by SID, a privilege on this domain controller. */
  empower(sid: string, privilege: string): Promise<void>;
  /** Switches the Recycle Bin on; as in AD, for good. */
  enableRecycleBin(): Promise<void>;
  /** The security descriptor of an object in SDDL, DACL only. */
  descriptor(dn: string): Promise<string>;
  /** Finds objects past any access control. */
  find(filter: string, attributes: readonly string[], where?: directory.Scope): Promise<readonly directory.Row[]>;
  /** The SID of an account by its `sAMAccountName`. */
  sid(account: string): Promise<string>;
  /** Ends the server and removes its files; more than once does no harm. */
  stop(): Promise<void>;
};

/** Starts a domain controller on loopback; needs root, because its ports are fixed. Rejects with what the server said when it does not come up. */
export async function startDomainController(options: DomainControllerOptions = {}): Promise<DomainController> {
  if (process.getuid?.() !== 0) throw new Error('the Samba lab listens on ports 389 and 636 and must be run as root');
  const samba = await ensureSamba();
  const shape: Shape = { realm: options.realm ?? 'LAB.TEST', exchange: options.exchange ?? true };
  const seat: Seat = { name: 'DC1', replicated: options.replicated ?? false };
  return bringUp({ samba, shape, seat }, options, path => restoreTemplate(samba, shape, path));
}

/** What a domain controller is, apart from where. */
export type Kind = { readonly samba: SambaInstall; readonly shape: Shape; readonly seat: Seat };

/** Starts a domain controller in a directory of its own, whose databases `fill` has put there for the given address. */
export async function bringUp(
  kind: Kind,
  options: DomainControllerOptions,
  fill: (path: string, address: string) => Promise<void>,
): Promise<DomainController> {
  const { samba, shape, seat } = kind;
  await sweep();
  const path = await mkdtemp(join(tmpdir(), `${PREFIX}${process.pid}-`));
  const forget = removeAtExit(path);
  try {
    const address = options.address ?? (await freeAddress());
    if (options.address !== undefined) await mustBeFree(address);
    await fill(path, address);
    const host = hostOf(kind);
    const tls = await writeCertificates(path, host, address, options);
    const settings = [
      `interfaces = ${address}/8`,
      `tls cafile = ${tls.path}`,
      `tls certfile = ${join(path, 'server.pem')}`,
      `tls keyfile = ${join(path, 'server.key')}`,
      `ldap server require strong auth = ${options.plaintext === true ? 'no' : 'yes'}`,
    ];
    await writeConf(samba, shape, path, settings, seat);
    const server = await launch(path, address);
    try {
      await untilReady(server, address, options.expired === true ? undefined : tls.pem);
    } catch (error) {
      await end(server);
      throw error;
    }
    return describe({ ...kind, path, address, ca: tls, server, forget });
  } catch (error) {
    await forget();
    throw error;
  }
}

type Running = Kind & {
  readonly path: string;
  readonly address: string;
  readonly ca: DomainController['ca'];
  readonly server: Server;
  readonly forget: () => Promise<void>;
};

function describe(running: Running): DomainController {
  const { samba, shape, path, address, ca, server, forget } = running;
  const database = directoryAt(shape, path);
  return {
    ldaps: `ldaps://${address}:636`,
    ldap: `ldap://${address}:389`,
    address,
    host: hostOf(running),
    ca,
    realm: shape.realm,
    base: database.base,
    domainSid: domainSidOf(shape.realm),
    admin: adminOf(shape.realm),
    auditor: auditorOf(shape.realm),
    samba,
    path,
    samDb: database.samDb,
    log: server.log,
    pid: server.pid,
    load: texts => directory.load(database, texts),
    modify: text => directory.modify(database, text),
    stamp: text => directory.stamp(database, text),
    sddl: (dn, sddl) => directory.setDescriptor(database, dn, sddl),
    grant: (dn, aces) => directory.grant(database, dn, aces),
    empower: (sid, privilege) => directory.empower(database, sid, privilege),
    enableRecycleBin: () => directory.enableRecycleBin(database),
    descriptor: dn => directory.readDescriptor(database, dn),
    find: (filter, attributes, where) => directory.find(database, filter, attributes, where),
    sid: account => directory.sidOf(database, account),
    stop: async () => {
      await end(server);
      releaseAddress(address);
      await forget();
    },
  };
}

function hostOf({ seat, shape }: Kind): string {
  return `${seat.name}.${shape.realm}`.toLowerCase();
}

async function writeCertificates(
  path: string,
  host: string,
  address: string,
  options: DomainControllerOptions,
): Promise<DomainController['ca']> {
  const authority = options.authority ?? (await createAuthority());
  const issued = await issue(authority, {
    dns: [host],
    ip: [address],
    ...(options.expired === undefined ? {} : { expired: options.expired }),
  });
  const ca = join(path, 'ca.pem');
  await writeFile(ca, issued.ca);
  await writeFile(join(path, 'server.pem'), issued.cert);
  await writeFile(join(path, 'server.key'), issued.key, { mode: 0o600 }); // the server refuses a readable key
  return { path: ca, pem: issued.ca };
}

/** Sees to it that `path` goes when this process ends in order; answers how to remove it before. */
function removeAtExit(path: string): () => Promise<void> {
  const remove = () => rmSync(path, { recursive: true, force: true });
  process.once('exit', remove);
  return async () => {
    process.removeListener('exit', remove);
    await rm(path, { recursive: true, force: true, maxRetries: 3 });
  };
}

/** Removes what killed runs have left behind. A directory carries the id of the process that made it. */
async function sweep(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const owner = new RegExp(`^${PREFIX}(\\d+)-`).exec(name)?.[1];
    if (owner === undefined || existsSync(`/proc/${owner}`)) continue;
    await rm(join(tmpdir(), name), { recursive: true, force: true }).catch(() => undefined);
  }
}
