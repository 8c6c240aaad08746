import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bringUp, type DomainController, type DomainControllerOptions } from './domain-controller.ts';
import { run } from './run.ts';
import { addPlaces, netbiosOf, type Shape } from './template.ts';

/**
 * Starts one more domain controller of the domain of `first`, which must have been started as `replicated`. It holds
 * what the first one held when it joined; whatever changes later on either stays there until `replicate` is called.
 */
export async function startSecondController(
  first: DomainController,
  options: Pick<DomainControllerOptions, 'authority' | 'address' | 'expired'> = {},
): Promise<DomainController> {
  const shape: Shape = { realm: first.realm, exchange: true };
  const kind = { samba: first.samba, shape, seat: { name: 'DC2', replicated: true } };
  return bringUp(kind, options, async (path, address) => {
    const conf = join(path, 'join.conf');
    const lines = ['netbios name = DC2', `realm = ${first.realm}`, `workgroup = ${netbiosOf(first.realm)}`];
    const listening = [`interfaces = ${address}/8`, 'bind interfaces only = yes'];
    await writeFile(conf, `[global]\n${[...lines, ...listening].map(line => `\t${line}\n`).join('')}`);
    await mkdir(join(path, 'etc'), { recursive: true });
    // By address and without Kerberos, so that neither name service nor key distribution is needed.
    const where = [`--server=${first.address}`, '--dns-backend=NONE', '--no-dns-updates', `--targetdir=${path}`];
    await run('samba-tool', [
      'domain',
      'join',
      first.realm.toLowerCase(),
      'DC',
      '-s',
      conf,
      ...where,
      ...signIn(first),
    ]);
    await addPlaces(path);
  });
}

/** Brings to `to` what has changed in the domain on `from`, as the two would by themselves some time. */
export async function replicate(from: DomainController, to: DomainController): Promise<void> {
  const route = ['drs', 'replicate', to.address, from.address, from.base, '--local'];
  await run('samba-tool', [...route, '-s', join(to.path, 'smb.conf'), ...signIn(from)]);
}

function signIn({ admin }: DomainController): readonly string[] {
  const [name = ''] = admin.user.split('@');
  return ['-U', `${name}%${admin.password}`, '--use-kerberos=off'];
}
