import type { FakeEntry } from './script.ts';
import { isBelow, textOf, valuesOf } from './tree.ts';

/** What a crossRef object says: the DN of a naming context, and the DNS name under which a server holds it. */
export type CrossRef = { readonly context: string; readonly root: string };

const SUBTREE = 2;
const ONE_LEVEL = 1;

/** The naming contexts of the forest, from its crossRef objects. */
export function crossRefsOf(forest: readonly FakeEntry[]): readonly CrossRef[] {
  return forest.flatMap(entry => {
    const context = textOf(entry, 'nCName');
    return context === undefined ? [] : [{ context, root: textOf(entry, 'dnsRoot') ?? dnsNameOf(context) }];
  });
}

/** The naming contexts that the server says it holds, in lower case; undefined when it does not say. */
export function heldContexts(forest: readonly FakeEntry[]): readonly string[] | undefined {
  const root = forest.find(entry => entry.dn === '');
  const held = root === undefined ? [] : valuesOf(root, 'namingContexts');
  return held.length === 0 ? undefined : held.map(value => value.toString().toLowerCase());
}

/** The naming context that a DN lies in: the longest that fits. */
export function holderOf(references: readonly CrossRef[], dn: string): CrossRef | undefined {
  const name = dn.toLowerCase();
  return references
    .filter(({ context }) => name === context.toLowerCase() || isBelow(name, context.toLowerCase()))
    .sort((a, b) => b.context.length - a.context.length)[0];
}

/**
 * Where a domain controller sends those who search below a base that it does not hold ([MS-ADTS] 3.1.1.4.6): to the
 * holder of the naming context, or, outside the forest, to the domain that the DN spells. Undefined when it holds it.
 */
export function referralFor(forest: readonly FakeEntry[], base: string): string | undefined {
  const held = heldContexts(forest);
  if (held === undefined || base === '' || base.startsWith('<')) return undefined;
  const holder = holderOf(crossRefsOf(forest), base);
  const context = holder?.context.toLowerCase() ?? '';
  const name = base.toLowerCase();
  if (holder === undefined ? held.some(one => name === one || isBelow(name, one)) : held.includes(context))
    return undefined;
  return `ldap://${holder?.root ?? dnsNameOf(base)}/${base}`;
}

/** The naming contexts right below the one searched that the search would have gone into ([MS-ADTS] 3.1.1.4.7). */
export function continuationsOf(forest: readonly FakeEntry[], base: string, scope: number): readonly string[] {
  if (heldContexts(forest) === undefined || base === '' || base.startsWith('<')) return [];
  const references = crossRefsOf(forest);
  const own = holderOf(references, base)?.context.toLowerCase();
  return references.flatMap(({ context, root }) => {
    const above = context.slice(context.indexOf(',') + 1);
    const isNext = holderOf(references, above)?.context.toLowerCase() === own;
    const within =
      scope === SUBTREE
        ? isBelow(context.toLowerCase(), base.toLowerCase())
        : scope === ONE_LEVEL && above.toLowerCase() === base.toLowerCase();
    return isNext && within ? [`ldap://${root}/${context}`] : [];
  });
}

function dnsNameOf(dn: string): string {
  return [...dn.matchAll(/(?:^|,)DC=([^,]*)/gi)].map(([, label]) => label).join('.');
}
