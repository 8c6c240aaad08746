import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Ber, BerWriter, Client, Control, type SearchOptions } from 'ldapts';
import { createAuthority } from '../lab/certificates.ts';
import { type DomainController, startDomainController } from '../lab/samba/domain-controller.ts';

const GUID = '5d0cf1d4-7f5e-4a3b-9e1c-0000000000';
const OU = 'OU=GroupWriteback,DC=lab,DC=test';

let dc: DomainController;

beforeAll(async () => {
  dc = await startDomainController();
  await dc.load([containers(), people(), groups()]);
}, 300_000);

afterAll(async () => {
  await dc?.stop();
});

function containers(): string {
  return `dn: ${OU}\nobjectClass: organizationalUnit\n\ndn: OU=People,DC=lab,DC=test\nobjectClass: organizationalUnit\n`;
}

function people(): string {
  return ['ada', 'ben', 'cleo']
    .map(
      (name, index) => `dn: CN=${name},OU=People,DC=lab,DC=test
objectClass: user
sAMAccountName: ${name}
userPrincipalName: ${name}@lab.test
userAccountControl: 512
objectGUID: ${GUID}a${index}
objectSid: ${dc.domainSid}-${10_001 + index}
whenCreated: 20210304050607.0Z
whenChanged: 20220304050607.0Z
pwdLastSet: 132000000000000000
`,
    )
    .join('\n');
}

function groups(): string {
  return ['one', 'two', 'three']
    .map(
      (name, index) => `dn: CN=${name},${OU}
objectClass: group
sAMAccountName: ${name}
groupType: -2147483640
objectGUID: ${GUID}b${index}
objectSid: ${dc.domainSid}-${10_101 + index}
adminDescription: Group_${GUID}b${index}
msDS-ExternalDirectoryObjectId: Group_${GUID}b${index}
mailNickname: ${name}
msExchRecipientTypeDetails: 8796093022208
msExchRequireAuthToSendTo: TRUE
extensionAttribute15: fifteen
nTSecurityDescriptor: O:DAG:DAD:(A;;GA;;;DA)(A;;RPLCLORC;;;AU)(A;;GA;;;S-1-5-21-1-2-3-4)
member: <GUID=${GUID}a0>
member: <SID=${dc.domainSid}-10003>
`,
    )
    .join('\n');
}

/** A control whose value is a sequence of one integer, as SD_FLAGS and extended DN have it. */
class IntegerControl extends Control {
  readonly number: number;
  constructor(type: string, number: number) {
    super(type, { critical: true });
    this.number = number;
  }
  override writeControl(writer: BerWriter): void {
    const value = new BerWriter();
    value.startSequence();
    value.writeInt(this.number);
    value.endSequence();
    writer.writeBuffer(value.buffer, Ber.OctetString);
  }
}

const extendedDn = () => new IntegerControl('1.2.840.113556.1.4.529', 1);
const sdFlags = (flags: number) => new IntegerControl('1.2.840.113556.1.4.801', flags);
const showDeleted = () => new Control('1.2.840.113556.1.4.417', { critical: true });

async function bound<T>(use: (client: Client) => Promise<T>, account = dc.auditor): Promise<T> {
  const client = new Client({ url: dc.ldaps, timeout: 10_000, connectTimeout: 5000, tlsOptions: { ca: [dc.ca.pem] } });
  try {
    await client.bind(account.user, account.password);
    return await use(client);
  } finally {
    await client.unbind();
  }
}

function search(client: Client, base: string, options: SearchOptions, controls: Control[] = []) {
  return client.search(base, options, controls).then(result => result.searchEntries);
}

describe('the directory', () => {
  test('shows members with GUID and SID', async () => {
    const [group] = await bound(client =>
      search(client, `CN=one,${OU}`, { scope: 'base', attributes: ['member'] }, [extendedDn()]),
    );

    expect([group?.member].flat().toSorted()).toEqual([
      `<GUID=${GUID}a0>;<SID=${dc.domainSid}-10001>;CN=ada,OU=People,DC=lab,DC=test`,
      `<GUID=${GUID}a2>;<SID=${dc.domainSid}-10003>;CN=cleo,OU=People,DC=lab,DC=test`,
    ]);
  });

  test('keeps what it was given: identity, times, markers and the attributes of Exchange', async () => {
    const attributes = ['objectGUID', 'whenCreated', 'whenChanged', 'pwdLastSet'];
    const [ada] = await bound(client =>
      search(client, 'OU=People,DC=lab,DC=test', {
        filter: '(sAMAccountName=ada)',
        attributes,
        explicitBufferAttributes: ['objectGUID'],
      }),
    );
    expect(ada).toMatchObject({
      whenCreated: '20210304050607.0Z',
      whenChanged: '20220304050607.0Z',
      pwdLastSet: '132000000000000000',
    });
    const guid = ada?.objectGUID;
    expect(Buffer.isBuffer(guid) ? guid.toString('hex') : guid).toBe('d4f10c5d5e7f3b4a9e1c0000000000a0');

    const [two] = await bound(client => search(client, OU, { filter: '(sAMAccountName=two)' }));
    expect(two).toMatchObject({
      adminDescription: `Group_${GUID}b1`,
      'msDS-ExternalDirectoryObjectId': `Group_${GUID}b1`,
      mailNickname: 'two',
      msExchRecipientTypeDetails: '8796093022208',
      msExchRequireAuthToSendTo: 'TRUE',
      extensionAttribute15: 'fifteen',
    });
  });

  test('carries the versions of Exchange 2016 CU23 and a schema of 2016 or newer', async () => {
    const configuration = `CN=Configuration,${dc.base}`;
    const read = (dn: string, attribute: string) =>
      bound(client => search(client, dn, { scope: 'base', attributes: [attribute] })).then(
        ([entry]) => entry?.[attribute],
      );

    expect(await read(`CN=ms-Exch-Schema-Version-Pt,CN=Schema,${configuration}`, 'rangeUpper')).toBe('15334');
    const exchange = `CN=Microsoft Exchange,CN=Services,${configuration}`;
    expect(await read(`CN=Lab Organization,${exchange}`, 'objectVersion')).toBe('16223');
    expect(await read(`CN=Microsoft Exchange System Objects,${dc.base}`, 'objectVersion')).toBe('13243');
    expect(Number(await read(`CN=Schema,${configuration}`, 'objectVersion'))).toBeGreaterThanOrEqual(87);
  });

  test('hands the DACL to an ordinary user only who asks for it without the SACL', async () => {
    const read = (controls: Control[]) =>
      bound(client =>
        search(
          client,
          `CN=one,${OU}`,
          { scope: 'base', attributes: ['nTSecurityDescriptor'], explicitBufferAttributes: ['nTSecurityDescriptor'] },
          controls,
        ),
      ).then(([entry]) => entry?.nTSecurityDescriptor);

    expect(await read([])).toEqual([]);
    const descriptor = await read([sdFlags(4)]);
    expect(Buffer.isBuffer(descriptor)).toBe(true);
    // S-1-5-21-1-2-3-4: the foreign trustee that was put in.
    const trustee = Buffer.from('010500000000000515000000010000000200000003000000' + '04000000', 'hex');
    expect(Buffer.isBuffer(descriptor) && descriptor.includes(trustee)).toBe(true);
  });

  test('replaces and extends descriptors, and children inherit at once', async () => {
    await dc.grant(
      OU,
      '(OA;CIIO;WP;bf9679c0-0de6-11d0-a285-00aa003049e2;bf967a9c-0de6-11d0-a285-00aa003049e2;S-1-5-21-9-9-9-9)',
    );
    expect(await dc.descriptor(`CN=two,${OU}`)).toContain(
      '(OA;CIID;WP;bf9679c0-0de6-11d0-a285-00aa003049e2;bf967a9c-0de6-11d0-a285-00aa003049e2;S-1-5-21-9-9-9-9)',
    );

    await dc.sddl(`CN=two,${OU}`, 'D:P(A;;GA;;;DA)(A;;RPLCLORC;;;AU)');
    expect(ordered(await dc.descriptor(`CN=two,${OU}`))).toBe(
      ordered('D:P(A;;CCDCLCSWRPWPDTLOCRSDRCWDWO;;;DA)(A;;LCRPLORC;;;AU)'),
    );
  });

  test('shows deleted objects to the auditor', async () => {
    await dc.modify(`dn: CN=three,${OU}\nchangetype: delete\n`);
    const deleted = await bound(client =>
      search(
        client,
        dc.base,
        { filter: '(&(isDeleted=TRUE)(sAMAccountName=three))', attributes: ['lastKnownParent', 'objectSid'] },
        [showDeleted()],
      ),
    );

    expect(deleted).toHaveLength(1);
    expect(deleted[0]?.dn).toContain(`CN=three\\0ADEL:${GUID}b2,CN=Deleted Objects,`);
    expect(deleted[0]?.lastKnownParent).toBe(OU);
  });

  test('refuses the auditor every change', async () => {
    const attempt = bound(client => client.add(`CN=four,${OU}`, { objectClass: 'group', sAMAccountName: 'four' }));
    await expect(attempt).rejects.toMatchObject({ code: 50 });
  });
});

describe('the connection', () => {
  test('is refused by a client that trusts another authority', async () => {
    const other = await createAuthority();
    const client = new Client({ url: dc.ldaps, connectTimeout: 5000, tlsOptions: { ca: [other.ca] } });
    await expect(client.bind(dc.auditor.user, dc.auditor.password)).rejects.toMatchObject({
      code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    });
    await client.unbind();
  });

  test('can be secured with StartTLS, and carries no password without', async () => {
    const open = new Client({ url: dc.ldap, connectTimeout: 5000 });
    await expect(open.bind(dc.auditor.user, dc.auditor.password)).rejects.toMatchObject({ code: 8 });
    await open.unbind();

    const client = new Client({ url: dc.ldap, connectTimeout: 5000 });
    await client.startTLS({ ca: [dc.ca.pem], host: dc.address });
    await client.bind(dc.auditor.user, dc.auditor.password);
    const [root] = await search(client, '', { scope: 'base', attributes: ['dnsHostName'] });
    expect(root?.dnsHostName).toBe(dc.host);
    await client.unbind();
  });

  test('answers a wrong password as AD does', async () => {
    const attempt = bound(() => Promise.resolve(), { ...dc.auditor, password: 'wrong' });
    await expect(attempt).rejects.toMatchObject({ code: 49, message: expect.stringContaining('data 52e') });
  });
});

describe('the process', () => {
  test('ends with its files when asked to, twice without harm', async () => {
    const plain = await startDomainController({ realm: dc.realm });
    await expect(plain.sid('auditor')).resolves.toBe(`${dc.domainSid}-9001`);
    await plain.stop();
    await plain.stop();

    expect(existsSync(plain.path)).toBe(false);
    await untilGone(plain.pid);
  }, 60_000);

  test('does not share an address', async () => {
    await expect(startDomainController({ address: dc.address })).rejects.toThrow(
      `cannot listen on ${dc.address}: port 389, 636, 3268, 3269 is in use`,
    );
  });

  test('can show an expired certificate and take passwords in clear', async () => {
    const old = await startDomainController({ expired: true, plaintext: true });
    try {
      const client = new Client({ url: old.ldaps, connectTimeout: 5000, tlsOptions: { ca: [old.ca.pem] } });
      await expect(client.bind(old.auditor.user, old.auditor.password)).rejects.toMatchObject({
        code: 'CERT_HAS_EXPIRED',
      });
      await client.unbind();

      const open = new Client({ url: old.ldap, connectTimeout: 5000 });
      await open.bind(old.auditor.user, old.auditor.password);
      await open.unbind();
    } finally {
      await old.stop();
    }
  }, 60_000);

  test('does not outlive a run that is killed, and the next start clears what it left', async () => {
    const script = `
      const { startDomainController } = await import(process.argv[1]);
      const dc = await startDomainController();
      console.log(JSON.stringify([dc.pid, dc.path]));
      setInterval(() => undefined, 1000);`;
    const module = fileURLToPath(new URL('../lab/samba/domain-controller.ts', import.meta.url));
    const child = spawn(process.execPath, ['--input-type=module', '-e', script, module], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    const [line] = await firstLine(child.stdout);
    const [pid, path] = JSON.parse(line ?? '[]') as [number, string];
    expect(await readFile(`/proc/${pid}/cmdline`, 'utf8')).toContain('samba');

    child.kill('SIGKILL');
    await untilGone(pid);

    expect(existsSync(path)).toBe(true);
    const next = await startDomainController();
    expect(existsSync(path)).toBe(false);
    await next.stop();
  }, 60_000);
});

/** SDDL with the rights of each entry in alphabetical order; releases of Samba differ in theirs. */
function ordered(sddl: string): string {
  return sddl.replaceAll(/(?<=^|\(A;;)([A-Z]+)(?=;)/g, rights => (rights.match(/../g) ?? []).toSorted().join(''));
}

async function firstLine(stream: NodeJS.ReadableStream): Promise<readonly string[]> {
  for await (const line of createInterface({ input: stream })) return [line];
  return [];
}

/** Waits up to five seconds until no process of this id runs Samba. */
async function untilGone(pid: number): Promise<void> {
  for (let round = 0; round < 100; round += 1) {
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (!command.includes('samba')) return;
    await delay(50);
  }
  throw new Error(`process ${pid} still runs`);
}
