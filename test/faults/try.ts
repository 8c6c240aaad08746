import { createCredentials, startAdLab } from './ad-lab.ts';
import { adFault, adFaultNames } from './ad-faults.ts';
import { newGaps } from './honesty.ts';
import { judgeRun, readTruths } from './ad-runs.ts';
const creds = await createCredentials();
const lab = await startAdLab(creds);
const truths = await readTruths(lab);
const clean = await lab.run({ topology: 'one', startTls: false, faults: new Map() });
console.log(clean.searches.length);
const seen = new Map<string, number>();
clean.searches.forEach((s,i)=>{ const k=s.key.replace(/range=\d+/,'range')+(s.cookie?'+':''); if(!seen.has(k)) seen.set(k,i); });
console.log(seen.size);
const only = process.argv[2];
const t=performance.now(); let n=0;
const c=process.cpuUsage();
for (const name of adFaultNames) {
  if (only && !name.includes(only)) continue;
  const ends: Record<string,number> = {}; const odd: string[]=[];
  const topology = adFault(name).turns ? 'switched' : 'one';
  for (const at of seen.values()) {
    if (/oversized|hang/.test(name) && at % 9) continue;
    const run = await lab.run({ topology, startTls: false, faults: new Map([[at, name]]) });
    const j = judgeRun(run, truths[topology]); n++;
    ends[j.ending]=(ends[j.ending]??0)+1;
    const s = clean.searches[at];
    const gaps = j.truth ? newGaps(run.recorder, j.truth) : [];
    if (j.ending==='wrong' || (adFault(name).cost==='nothing' && j.ending!=='right')) odd.push(`  ${name} at ${at} ${s.scope} ${s.base.slice(0,40)} ${s.attributes.slice(0,3)}: ${j.ending} ${j.lies[0]??''} ${run.failure?.message ?? ''} ${gaps.join(' ')}`.slice(0,420));
  }
  console.log(name, JSON.stringify(ends)); odd.slice(0,6).forEach(x=>console.log(x));
}
const d=process.cpuUsage(c);
console.log(n, 'runs', performance.now()-t, (d.user+d.system)/1000/n);
await lab.stop();
