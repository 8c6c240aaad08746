import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import type { Owner } from '../journal/index.ts';

type Holder = { readonly host: string; readonly pid: number; readonly born: string };

/** This process as the owner of a state. Ids of processes are used again, so the time of birth belongs to it where the system tells it (Linux). */
export function thisProcess(): Owner {
  const own: Holder = { host: hostname(), pid: process.pid, born: bornOf(process.pid) ?? '' };
  return {
    self: JSON.stringify(own),
    isRunning: text => {
      const other = holderIn(text);
      if (other === undefined) return false;
      if (other.host !== own.host) return undefined;
      return isAlive(other.pid) && (bornOf(other.pid) ?? other.born) === other.born;
    },
  };
}

function holderIn(text: string): Holder | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return undefined;
    const { host, pid, born }: Readonly<Record<string, unknown>> = { ...value };
    const fits = typeof host === 'string' && Number.isSafeInteger(pid) && Number(pid) > 0 && typeof born === 'string';
    return fits ? { host, pid: Number(pid), born } : undefined;
  } catch {
    // Written by a process that was killed meanwhile.
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    // Not ours to signal, so there.
    return thrown instanceof Error && 'code' in thrown && thrown.code === 'EPERM';
  }
}

/** Field 22 of /proc/<pid>/stat: clock ticks since the machine started; the name before it may hold blanks and brackets. */
function bornOf(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')[19];
  } catch {
    return undefined;
  }
}
