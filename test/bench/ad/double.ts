// A fake domain controller with a directory of the size asked for, until its standard input ends. Prints where it listens.
//   node test/bench/ad/double.ts <groups> <users> <members of each> <folder for its certificate>
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { argv, stdin, stdout } from 'node:process';
import { backbone, DOMAIN, DOMAIN_SID, descriptor, listable, object } from '../../collect/ad/forest.ts';
import { createAuthority, issue } from '../../lab/certificates.ts';
import { startFakeLdap } from '../../lab/ldap-fake/index.ts';
import { fakeEntries, WRITEBACK } from './estate.ts';

const [groups = 0, users = 0, members = 0] = argv.slice(2, 5).map(Number);
const authority = await createAuthority();
const tls = await issue(authority, { dns: [], ip: ['127.0.0.1'] });
const ca = join(argv[5] ?? '.', 'double-ca.pem');
await writeFile(ca, tls.ca);
const units = [WRITEBACK, 'OU=People'].map((ou, at) =>
  object(0xff00 + at, `${ou},${DOMAIN}`, ['organizationalUnit'], { nTSecurityDescriptor: [listable()] }),
);
const entries = Object.freeze([
  ...backbone().filter(({ dn }) => !dn.startsWith(WRITEBACK)),
  ...units,
  ...fakeEntries({ groups, users, members }, DOMAIN, DOMAIN_SID, descriptor()),
]);
const server = await startFakeLdap({ tls, entries: () => entries });
stdout.write(
  `${JSON.stringify({ url: server.ldaps, ca, user: 'audit@corp.test', password: 'secret', base: DOMAIN })}\n`,
);
stdin.resume().on('end', () => void server.stop());
