import type { Fault } from '../lab/ldap-fake/index.ts';

/** What one occurrence of a fault costs: `nothing`, because it passes or is read again; `facets`, those that the search was for; `server`, everything from there on. */
export type Cost = 'nothing' | 'facets' | 'server';

type Kind = {
  readonly about: string;
  /** What a single one costs. */
  readonly cost: Cost;
  readonly fault: Fault;
  /** Set where the server that comes back is another one. */
  readonly turns?: 'certificate' | 'controller' | 'restored';
  /** Such that only lists, or only attributes in ranges, can suffer it. */
  readonly only?: 'lists' | 'ranges';
};

const refuses = (code: number, about: string, message = 'refused'): Kind => ({
  about: `result code ${code}: ${about}`,
  cost: 'facets',
  fault: { code, message },
});
const breaks = (fault: Fault, about: string): Kind => ({ about, cost: 'nothing', fault });

/** Every fault of AD, alone or in combination. */
export const adFaults = {
  hang: breaks('hang', 'no answer'),
  drop: breaks('drop', 'closes instead of an answer'),
  'drop-midway': breaks('drop-midway', 'closes after the first entry'),
  'drop-mid-entry': breaks('drop-mid-entry', 'closes in the middle of an entry'),
  'drop-after': breaks('drop-after', 'closes between two pages'),
  garbage: breaks('garbage', 'bytes that are no LDAP'),
  'odd-message': breaks('odd-message', 'a message that cannot be decoded among others in one chunk'),
  oversized: breaks('oversized', 'a message without end'),
  busy: { ...refuses(51, 'busy'), cost: 'nothing' },
  unavailable: { ...refuses(52, 'unavailable'), cost: 'nothing' },
  'operations-error': refuses(1, 'operations error'),
  'time-limit': refuses(3, 'time limit exceeded'),
  'size-limit': refuses(4, 'size limit exceeded'),
  'admin-limit': refuses(11, 'administrative limit exceeded'),
  'unknown-control': refuses(12, 'critical control not supported'),
  denied: refuses(50, 'insufficient rights'),
  unwilling: refuses(53, 'unwilling to perform'),
  other: refuses(80, 'other'),
  'forget-sign-in': breaks('forget-sign-in', 'the sign-in of the connection is lost'),
  referral: { about: 'result code 10, a referral instead of an answer', cost: 'facets', fault: 'referral' },
  reference: { about: 'a continuation reference instead of entries', cost: 'facets', fault: 'reference' },
  'empty-page': { about: 'an empty page with a cookie', cost: 'nothing', fault: 'empty-page', only: 'lists' },
  'no-paging-answer': { about: 'paging control ignored', cost: 'facets', fault: 'no-paging-answer', only: 'lists' },
  'repeat-cookie': { about: 'the same cookie again', cost: 'nothing', fault: 'repeat-cookie', only: 'lists' },
  'repeat-page': {
    about: 'the same page again under a new cookie',
    cost: 'nothing',
    fault: 'repeat-page',
    only: 'lists',
  },
  'range-hole': { about: 'values left out between ranges', cost: 'facets', fault: 'range-hole', only: 'ranges' },
  'range-shifted': {
    about: 'a range with the values of another',
    cost: 'nothing',
    fault: 'range-shifted',
    only: 'ranges',
  },
  'range-repeated': { about: 'an earlier range again', cost: 'facets', fault: 'range-repeated', only: 'ranges' },
  'range-empty': { about: 'a range without values', cost: 'facets', fault: 'range-empty', only: 'ranges' },
  'range-endless': { about: 'ranges without end', cost: 'facets', fault: 'range-endless', only: 'ranges' },
  'new-certificate': {
    about: 'after a drop another certificate, which nobody vouches for',
    cost: 'server',
    fault: 'drop',
    turns: 'certificate',
  },
  'new-controller': {
    about: 'after a drop another domain controller under the same name, which lags behind',
    cost: 'nothing',
    fault: 'drop',
    turns: 'controller',
  },
  restored: {
    about: 'after a drop the same domain controller with a restored database',
    cost: 'nothing',
    fault: 'drop',
    turns: 'restored',
  },
} as const satisfies Readonly<Record<string, Kind>>;

/** Name of a fault of AD. */
export type AdFaultName = keyof typeof adFaults;

/** The same, in its full shape. */
export function adFault(name: AdFaultName): Kind {
  return adFaults[name];
}

/** All names. */
export const adFaultNames = Object.keys(adFaults) as readonly AdFaultName[];
