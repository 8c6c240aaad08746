import { createServer, type Server, type Socket } from 'node:net';
import { createSecureContext, createServer as createTlsServer, TLSSocket } from 'node:tls';
import { Ber, BerReader, BerWriter } from 'ldapts';
import type { Issued } from './certificates.ts';

/** An object of the fake directory; names in any case, values as text or bytes. */
export type FakeEntry = {
  readonly dn: string;
  readonly attributes: Readonly<Record<string, readonly (string | Buffer)[]>>;
};

/** A search as it came over the wire; `cookie` is undefined when no paging was asked for. */
export type FakeSearch = {
  readonly connection: number;
  readonly base: string;
  readonly scope: number;
  readonly attributes: readonly string[];
  readonly controls: ReadonlySet<string>;
  readonly cookie: string | undefined;
  readonly matches: (entry: FakeEntry) => boolean;
};

/** What to do instead of answering properly. */
export type Fault =
  | 'hang'
  | 'drop'
  | 'drop-midway'
  | 'garbage'
  | 'odd-message'
  | 'empty-page'
  | 'no-paging-answer'
  | 'repeat-cookie'
  | { readonly code: number; readonly message: string };

/** How the fake behaves; `entries` may change between searches. */
export type FakeScript = {
  readonly tls: Issued;
  readonly entries: () => readonly FakeEntry[];
  readonly password?: string;
  readonly pageSize?: number;
  /** Values of one attribute in one answer; more come as ranges, as AD does it. */
  readonly rangeSize?: number;
  readonly fault?: (search: FakeSearch) => Fault | undefined;
};

/** A running fake; `searches` and `binds` (password and whether encrypted) say what it saw. */
export type FakeServer = {
  readonly ldaps: string;
  readonly ldap: string;
  readonly searches: FakeSearch[];
  readonly binds: { readonly password: string; readonly encrypted: boolean }[];
  readonly stop: () => Promise<void>;
};

const PAGED = '1.2.840.113556.1.4.319';
const EXTENDED = '1.2.840.113556.1.4.529';
const SHOW_DELETED = '1.2.840.113556.1.4.417';
const RANGED = new Set(['member', 'memberof', 'proxyaddresses']);
const DN_VALUED = new Set(['member', 'memberof', 'distinguishedname']);
const OP = { bind: 0x60, search: 0x63, unbind: 0x42, extended: 0x77 } as const;

/** Starts an LDAP server on loopback, LDAPS on one port and plain with StartTLS on another, that can misbehave on demand. */
export async function startFakeLdap(script: FakeScript): Promise<FakeServer> {
  const searches: FakeSearch[] = [];
  const binds: { password: string; encrypted: boolean }[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  const accept = (socket: Socket) => {
    const connection = ++connections;
    sockets.add(socket);
    serve(socket, { script, searches, binds, connection, secure: socket instanceof TLSSocket, served: 0 });
  };
  const secure = createTlsServer({ cert: script.tls.cert, key: script.tls.key }, accept);
  secure.on('tlsClientError', () => undefined);
  const plain = createServer(accept);
  const ports = [await listen(secure), await listen(plain)];
  return {
    ldaps: `ldaps://127.0.0.1:${ports[0]}`,
    ldap: `ldap://127.0.0.1:${ports[1]}`,
    searches,
    binds,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await Promise.all([secure, plain].map(server => new Promise(done => server.close(done))));
    },
  };
}

type Line = {
  readonly script: FakeScript;
  readonly searches: FakeSearch[];
  readonly binds: { password: string; encrypted: boolean }[];
  readonly connection: number;
  readonly secure: boolean;
  served: number;
};

function serve(socket: Socket, line: Line): void {
  let pending: Buffer = Buffer.alloc(0);
  socket.on('error', () => undefined);
  socket.on('data', chunk => {
    pending = Buffer.concat([pending, chunk]);
    for (;;) {
      const reader = new BerReader(pending);
      if (reader.readSequence() === null || reader.remain < reader.length) return;
      const end = reader.offset + reader.length;
      const message = pending.subarray(0, end);
      pending = pending.subarray(end);
      answer(socket, line, message);
    }
  });
}

function answer(socket: Socket, line: Line, message: Buffer): void {
  const reader = new BerReader(message);
  reader.readSequence();
  const id = reader.readInt() ?? 0;
  const op = reader.peek();
  if (op === OP.unbind) socket.end();
  else if (op === OP.bind) {
    reader.readSequence(OP.bind);
    reader.readInt();
    reader.readString();
    const password = reader.readString(0x80) ?? '';
    line.binds.push({ password, encrypted: line.secure });
    const right = password === (line.script.password ?? 'secret');
    socket.write(
      result(
        id,
        0x61,
        right ? 0 : 49,
        right ? '' : '80090308: LdapErr: DSID-0C0903A9, comment: AcceptSecurityContext error, data 52e, v1db1\0',
      ),
    );
  } else if (op === OP.extended) {
    socket.write(result(id, 0x78, 0, ''), () => {
      socket.removeAllListeners('data');
      const context = createSecureContext({ cert: line.script.tls.cert, key: line.script.tls.key });
      serve(new TLSSocket(socket, { isServer: true, secureContext: context }), { ...line, secure: true });
    });
  } else if (op === OP.search) search(socket, line, id, reader);
}

function search(socket: Socket, line: Line, id: number, reader: BerReader): void {
  const { script } = line;
  const request = readSearch(reader, line.connection);
  line.searches.push(request);
  const fault = script.fault?.(request);
  if (fault === 'hang') return;
  if (fault === 'drop') return void socket.destroy();
  if (typeof fault === 'object') return void socket.write(result(id, 0x65, fault.code, fault.message));
  const entries = script
    .entries()
    .filter(entry => request.controls.has(SHOW_DELETED) || !valuesOf(entry, 'isDeleted').length);
  const inScope = entries.filter(entry => within(request, entry));
  if (request.base !== '' && !entries.some(entry => isBase(request.base, entry)))
    return void socket.write(result(id, 0x65, 32, '0000208D: NameErr: NO_OBJECT'));
  const hits = inScope.filter(request.matches);
  const from = Number(request.cookie?.split(':')[0] ?? 0);
  const emptyPage = fault === 'empty-page';
  const size = request.cookie === undefined ? hits.length : emptyPage ? 0 : (script.pageSize ?? 1000);
  const page = hits.slice(from, from + size);
  line.served += 1;
  const next =
    fault === 'repeat-cookie'
      ? '0:again'
      : from + size < hits.length || emptyPage
        ? `${from + size}:${line.served}`
        : '';
  const packets = page.map(entry => packetOf(id, request, entry, entries, script.rangeSize ?? 1500));
  if (fault === 'drop-midway') return void socket.write(Buffer.concat(packets.slice(0, 1)), () => socket.destroy());
  if (fault === 'garbage') return void socket.write(Buffer.concat([...packets.slice(0, 1), Buffer.alloc(64, 0xff)]));
  const paging = request.cookie === undefined || fault === 'no-paging-answer' ? undefined : next;
  const end = result(id, 0x65, 0, '', paging);
  if (fault === 'odd-message') {
    // A well-formed message that the library cannot make sense of, between two entries of one chunk; the end comes in a chunk of its own.
    const odd = Buffer.from([0x30, 0x05, 0x02, 0x01, 0x63, 0x7f, 0x00]);
    socket.write(Buffer.concat([...packets.slice(0, 1), odd, ...packets.slice(1)]));
    setTimeout(() => socket.write(end), 20);
  } else socket.write(Buffer.concat([...packets, end]));
}

function readSearch(reader: BerReader, connection: number): FakeSearch {
  reader.readSequence(OP.search);
  const base = reader.readString() ?? '';
  const scope = reader.readEnumeration() ?? 0;
  reader.readEnumeration();
  reader.readInt();
  reader.readInt();
  reader.readBoolean();
  const matches = readFilter(reader);
  const attributes: string[] = [];
  reader.readSequence();
  for (const end = reader.offset + reader.length; reader.offset < end; ) attributes.push(reader.readString() ?? '');
  const controls = new Set<string>();
  let cookie: string | undefined;
  if (reader.peek() === 0xa0) {
    reader.readSequence(0xa0);
    for (const end = reader.offset + reader.length; reader.offset < end; ) {
      reader.readSequence();
      const stop = reader.offset + reader.length;
      const oid = reader.readString() ?? '';
      controls.add(oid);
      if (reader.offset < stop && reader.peek() === Ber.Boolean) reader.readBoolean();
      if (reader.offset < stop) {
        const value = new BerReader(reader.readString(Ber.OctetString, true) ?? Buffer.alloc(0));
        if (oid === PAGED) {
          value.readSequence();
          value.readInt();
          cookie = value.readString() ?? '';
        }
      }
    }
  }
  return { connection, base, scope, attributes, controls, cookie, matches };
}

type Test = (entry: FakeEntry) => boolean;

function readFilter(reader: BerReader): Test {
  const tag = reader.peek() ?? 0;
  if (tag === 0x87) {
    const name = reader.readString(0x87) ?? '';
    return entry => valuesOf(entry, name).length > 0;
  }
  reader.readSequence();
  const end = reader.offset + reader.length;
  if (tag === 0xa0 || tag === 0xa1 || tag === 0xa2) {
    const tests: Test[] = [];
    while (reader.offset < end) tests.push(readFilter(reader));
    if (tag === 0xa2) return entry => !tests[0]?.(entry);
    return entry => (tag === 0xa0 ? tests.every(test => test(entry)) : tests.some(test => test(entry)));
  }
  if (tag === 0xa9) {
    const parts = new Map<number, string>();
    while (reader.offset < end) {
      const part = reader.peek() ?? 0;
      parts.set(part, reader.readString(part) ?? '');
    }
    const bit = Number(parts.get(0x83));
    return entry => valuesOf(entry, parts.get(0x82) ?? '').some(value => (Number(value) & bit) === bit);
  }
  const name = reader.readString() ?? '';
  if (tag === 0xa4) {
    reader.readSequence();
    const initial = (reader.readString(0x80) ?? '').toLowerCase();
    return entry => valuesOf(entry, name).some(value => value.toString().toLowerCase().startsWith(initial));
  }
  const wanted = reader.readString(Ber.OctetString, true) ?? Buffer.alloc(0);
  return entry =>
    valuesOf(entry, name).some(
      value =>
        value.equals(wanted) ||
        value.toString().toLowerCase() === wanted.toString().toLowerCase() ||
        (name === 'objectCategory' &&
          value.toString().toLowerCase().startsWith(`cn=${wanted.toString()}`.toLowerCase())),
    );
}

function valuesOf(entry: FakeEntry, name: string): Buffer[] {
  const key = Object.keys(entry.attributes).find(one => one.toLowerCase() === name.toLowerCase());
  return (key === undefined ? [] : (entry.attributes[key] ?? [])).map(value => Buffer.from(value));
}

function isBase(base: string, entry: FakeEntry): boolean {
  return /^<(GUID|SID)=[^>]+>$/.test(base)
    ? extended(entry).includes(base)
    : entry.dn.toLowerCase() === base.toLowerCase();
}

function within({ base, scope }: FakeSearch, entry: FakeEntry): boolean {
  if (scope === 0 || isBase(base, entry)) return scope !== 1 && isBase(base, entry);
  const below = `,${base.toLowerCase()}`;
  if (!entry.dn.toLowerCase().endsWith(below)) return false;
  return scope === 2 || !entry.dn.slice(0, -below.length).replaceAll('\\,', '').includes(',');
}

/** The extended form of an entry's DN; objectGUID and objectSid are taken from `fakeGuid` and `fakeSid` text when given, else left out. */
function extended(entry: FakeEntry): string {
  const [guid] = valuesOf(entry, 'fakeGuid');
  const [sid] = valuesOf(entry, 'fakeSid');
  return `${guid === undefined ? '' : `<GUID=${guid}>;`}${sid === undefined ? '' : `<SID=${sid}>;`}${entry.dn}`;
}

function packetOf(
  id: number,
  { attributes, controls }: FakeSearch,
  entry: FakeEntry,
  all: readonly FakeEntry[],
  rangeSize: number,
): Buffer {
  const writer = new BerWriter();
  writer.startSequence();
  writer.writeInt(id);
  writer.startSequence(0x64);
  writer.writeString(controls.has(EXTENDED) ? extended(entry) : entry.dn);
  writer.startSequence();
  for (const asked of attributes) {
    const [name = '', option] = asked.split(';range=');
    const from = Number(option?.split('-')[0] ?? 0);
    const held = name.toLowerCase() === 'distinguishedname' ? [Buffer.from(entry.dn)] : valuesOf(entry, name);
    const values = RANGED.has(name.toLowerCase()) ? held.slice(from, from + rangeSize) : held;
    if (values.length === 0) continue;
    const last = from + values.length >= held.length;
    const spelt = Object.keys(entry.attributes).find(one => one.toLowerCase() === name.toLowerCase()) ?? name;
    writer.startSequence();
    writer.writeString(last && from === 0 ? spelt : `${spelt};range=${from}-${last ? '*' : from + values.length - 1}`);
    writer.startSequence(0x31);
    for (const value of values) {
      const target =
        DN_VALUED.has(name.toLowerCase()) && controls.has(EXTENDED)
          ? value[0] === 0x3c
            ? undefined
            : all.find(one => one.dn === value.toString())
          : undefined;
      writer.writeBuffer(target === undefined ? value : Buffer.from(extended(target)), Ber.OctetString);
    }
    writer.endSequence();
    writer.endSequence();
  }
  for (let depth = 0; depth < 3; depth++) writer.endSequence();
  return writer.buffer;
}

function result(id: number, tag: number, code: number, message: string, cookie?: string): Buffer {
  const writer = new BerWriter();
  writer.startSequence();
  writer.writeInt(id);
  writer.startSequence(tag);
  writer.writeEnumeration(code);
  writer.writeString('');
  writer.writeString(message);
  writer.endSequence();
  if (cookie !== undefined) {
    const value = new BerWriter();
    value.startSequence();
    value.writeInt(0);
    value.writeString(cookie);
    value.endSequence();
    writer.startSequence(0xa0);
    writer.startSequence();
    writer.writeString(PAGED);
    writer.writeBuffer(value.buffer, Ber.OctetString);
    writer.endSequence();
    writer.endSequence();
  }
  writer.endSequence();
  return writer.buffer;
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      if (address === null || typeof address === 'string') reject(new Error('no port'));
      else resolve(address.port);
    });
  });
}
