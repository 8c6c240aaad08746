// How fast memberships and users are written, end to end: append, sort, Parquet, hash, fsync.
//   node test/bench/snapshot-writing.ts [memberships = 10,000,000] [users = 1,000,000] [memory = 1GB] [threads]
// Prints one JSON object. Numbers depend on the machine; they are for comparing two versions on one machine.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { argv, cpuUsage, resourceUsage, stdout } from 'node:process';
import { createSnapshot, openSnapshot, type Row, type SnapshotDraft } from '../../src/snapshot/index.ts';

const [memberships = 10_000_000, users = 1_000_000] = argv.slice(2, 4).map(Number);
const memory = argv[4] ?? '1GB';
const threads = argv[5] === undefined ? {} : { threads: Number(argv[5]) };
const directory = await mkdtemp(join(tmpdir(), 'tallystick-bench-'));

type Batch = (draft: SnapshotDraft) => Promise<void>;

/** Times the writing of all batches, not their making. */
async function measure(rows: number, batches: Iterable<Batch>) {
  const options = { directory, start: '2026-08-22T09:00:00Z', version: 'bench', memory, ...threads };
  const draft = await createSnapshot({ ...options, scope: { flavours: [], containers: [] } });
  let append = 0;
  let cpu = 0;
  for (const batch of batches) {
    const { ms, cpuMs } = await timed(() => batch(draft));
    append += ms;
    cpu += cpuMs;
  }
  const finish = await timed(() => draft.finish('2026-08-22T10:00:00Z'));
  const peakRssMb = Math.round(resourceUsage().maxRSS / 1024);
  const open = await timed(async () => (await openSnapshot(finish.value.path, { memory })).close());
  await rm(finish.value.path, { recursive: true });
  return {
    rows,
    appendSeconds: seconds(append),
    finishSeconds: seconds(finish.ms),
    verifyAndOpenSeconds: seconds(open.ms),
    rowsPerSecond: Math.round((rows / (append + finish.ms)) * 1000),
    cpuSeconds: seconds(cpu + finish.cpuMs),
    peakRssMb,
  };
}

async function timed<T>(
  work: () => Promise<T>,
): Promise<{ readonly value: T; readonly ms: number; readonly cpuMs: number }> {
  const start = performance.now();
  const cpu = cpuUsage();
  const value = await work();
  const used = cpuUsage(cpu);
  return { value, ms: performance.now() - start, cpuMs: (used.user + used.system) / 1000 };
}

function seconds(ms: number): number {
  return Math.round(ms) / 1000;
}

/** 32-bit numbers from a fixed seed. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
}

// Ten members per group on average, groups in random order, as pages of Graph bring them.
function* membershipBatches(): Generator<Batch> {
  const next = numbers(1);
  const batch = 20_000;
  const groups = new Uint8Array(batch * 16);
  const members = new Uint8Array(batch * 16);
  const kinds = new Uint8Array(batch);
  const words = new Uint32Array(members.buffer);
  const groupWords = new Uint32Array(groups.buffer);
  for (let done = 0; done < memberships; done += batch) {
    const size = Math.min(batch, memberships - done);
    for (let index = 0; index < size * 4; index++) words[index] = next();
    for (let edge = 0; edge < size; edge++) {
      if (edge % 10 === 0) for (let word = 0; word < 4; word++) groupWords[edge * 4 + word] = next();
      else groupWords.copyWithin(edge * 4, edge * 4 - 4, edge * 4);
    }
    const bytes = size * 16;
    yield draft =>
      draft.edges('cloud_member', groups.subarray(0, bytes), members.subarray(0, bytes), kinds.subarray(0, size));
  }
}

// Texts go through JSON, as those of Graph do, so that their making is not paid for by the writer.
function* userBatches(): Generator<Batch> {
  const next = numbers(2);
  const hex = (digits: number) => next().toString(16).padStart(8, '0').slice(0, digits);
  for (let done = 0; done < users; done += 1000) {
    const rows: Row<'cloud_user'>[] = [];
    for (let index = done; index < Math.min(done + 1000, users); index++) {
      const guid = `${hex(8)}-${hex(4)}-${hex(4)}-${hex(4)}-${hex(8)}${hex(4)}`;
      rows.push({
        id: guid,
        display_name: `Someone Somewhere ${index}`,
        upn: `someone.somewhere.${index}@contoso.com`,
        mail: `someone.somewhere.${index}@contoso.com`,
        enabled: index % 7 !== 0,
        user_type: 'Member',
        on_premises_sync_enabled: true,
        immutable_id: 'AAAAAAAAAAAAAAAAAAAAAA==',
        immutable_guid: guid,
        on_premises_sid: `S-1-5-21-1-2-3-${index}`,
        on_premises_sam_account_name: `user${index}`,
        on_premises_domain_name: 'contoso.com',
        on_premises_dn: `CN=Someone Somewhere ${index},OU=People,DC=contoso,DC=com`,
        on_premises_last_sync: 1_787_000_000_000 + index,
      });
    }
    const parsed: readonly Row<'cloud_user'>[] = JSON.parse(JSON.stringify(rows));
    yield draft => draft.add('cloud_user', parsed);
  }
}

try {
  const cloudUser = users > 0 ? await measure(users, userBatches()) : undefined;
  const cloudMember = memberships > 0 ? await measure(memberships, membershipBatches()) : undefined;
  stdout.write(`${JSON.stringify({ memory, ...threads, cloudUser, cloudMember }, undefined, 2)}\n`);
} finally {
  await rm(directory, { recursive: true, force: true });
}
