import { relative, resolve, sep } from 'node:path';
import type { Problem } from '../base/index.ts';
import type { WaiverUse } from '../findings/index.ts';
import { problemAt, readBytes, readDocument } from '../yaml/index.ts';

/** Waivers of a file that cover nothing in a result, and could not either, each as a warning at its place; `uses` is what became of them there. */
export function idleWaivers(path: string, cwd: string, uses: readonly WaiverUse[]): readonly Problem[] {
  const absolute = resolve(cwd, path);
  const shown = relative(cwd, absolute).split(sep).join('/');
  const read = readBytes(absolute, shown);
  const reading = 'problem' in read ? undefined : readDocument(read.bytes, shown);
  if (reading?.ok !== true) return [];
  const { document } = reading;
  const byId = new Map(uses.map(use => [use.id, use]));
  return idsIn(document.value).flatMap((id, index): Problem[] => {
    const use = typeof id === 'string' ? byId.get(id) : undefined;
    const words = use && wordsFor(use);
    if (words === undefined) return [];
    const at = document.at(`/waivers/${index}/${words.key}`);
    const { code, message, hint } = words;
    return [problemAt(document, at, { code, level: 'warning', message, hint })];
  });
}

function idsIn(value: unknown): readonly unknown[] {
  const own = (holder: unknown, name: string): unknown =>
    typeof holder === 'object' && holder !== null ? Object.getOwnPropertyDescriptor(holder, name)?.value : undefined;
  const list = own(value, 'waivers');
  return Array.isArray(list) ? list.map(each => own(each, 'id')) : [];
}

type Words = { readonly key: string; readonly code: string; readonly message: string; readonly hint: string };

const rules: Readonly<Partial<Record<WaiverUse['state'], { key: string; says: string; hint: string }>>> = {
  'self-approved': {
    key: 'approver',
    says: 'was approved by its owner',
    hint: 'name somebody else who accepts the risk',
  },
  'too-long': { key: 'expires', says: 'holds for longer than its severity allows', hint: 'let it expire sooner' },
  'too-broad': { key: 'subject', says: 'selects more than waivers may', hint: 'narrow what it selects' },
};

/** One that is not yet in force may still come to cover something; one whose invariant did not run cannot be judged. */
function wordsFor({ id, state, invariant, expires }: WaiverUse): Words | undefined {
  if (state === 'expired')
    return {
      key: 'expires',
      code: 'expired-waiver',
      message: `the waiver \`${id}\` ended ${expires}: it covers nothing any more`,
      hint: 'remove it, or have it approved again',
    };
  const broken = rules[state];
  if (broken !== undefined)
    return {
      key: broken.key,
      code: `${state}-waiver`,
      message: `the waiver \`${id}\` ${broken.says}: it covers nothing`,
      hint: broken.hint,
    };
  if (state !== 'unmatched') return undefined;
  return {
    key: 'subject',
    code: 'unmatched-waiver',
    message: `the waiver \`${id}\` matches nothing: no finding of ${invariant} in this snapshot has this subject`,
    hint: 'remove it when what it excused is gone, else take ids or the fingerprint from results.json',
  };
}
