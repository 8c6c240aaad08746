import { once } from 'node:events';
import { createServer } from 'node:net';

// Where AD listens; Samba has the numbers in its code.
const PORTS = [389, 636, 3268, 3269] as const;

// Addresses of this process, also of servers that do not listen yet.
const taken = new Set<string>();

/** An address of the loopback network with all ports free. It is made from the process id, so that two runs do not meet. */
export async function freeAddress(): Promise<string> {
  for (let third = 64; third < 128; third += 1) {
    const address = `127.${third}.${(process.pid >>> 8) & 0xff}.${process.pid & 0xff || 1}`;
    if (taken.has(address)) continue;
    taken.add(address);
    if ((await busyPorts(address)).length === 0) return address;
    taken.delete(address);
  }
  throw new Error('no loopback address has the ports 389, 636, 3268 and 3269 free');
}

/** Rejects with the ports in use unless a server can listen on `address`. */
export async function mustBeFree(address: string): Promise<void> {
  const busy = await busyPorts(address);
  if (busy.length === 0) return;
  throw new Error(
    `the lab cannot listen on ${address}: port ${busy.join(', ')} is in use; stop that server or choose another 127.x.y.z`,
  );
}

async function busyPorts(address: string): Promise<readonly number[]> {
  const free = await Promise.all(PORTS.map(port => isFree(address, port)));
  return PORTS.filter((_, index) => free[index] !== true);
}

async function isFree(address: string, port: number): Promise<boolean> {
  const probe = createServer();
  try {
    probe.listen(port, address);
    await once(probe, 'listening');
    return true;
  } catch {
    return false;
  } finally {
    probe.close();
  }
}

/** Gives back an address that `freeAddress` answered; any other is ignored. */
export function releaseAddress(address: string): void {
  taken.delete(address);
}
