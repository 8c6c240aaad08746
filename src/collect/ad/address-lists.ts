import type { Row } from '../../snapshot/index.ts';
import type { Judge } from './absence.ts';
import { dnOf, guidOf, textOf } from './entry.ts';
import { readExchangePlace } from './exchange-organisations.ts';
import type { Run } from './run.ts';

const FACET = 'ad.addressLists';

/** Writes the address lists of Exchange and settles `ad.addressLists`. */
export async function readAddressLists(run: Run, judge: Judge): Promise<void> {
  const { coverage, recorder } = run;
  await coverage.attempt([FACET], async () => {
    const lists = await readExchangePlace(run, judge, {
      facet: FACET,
      path: ['Address Lists Container'],
      scope: 'sub',
      objectClass: 'addressBookContainer',
      attributes: ['displayName', 'name'],
    });
    const rows = lists.flatMap((entry): Row<'ad_address_list'>[] => {
      const guid = guidOf(entry, 'objectGUID');
      const dn = dnOf(entry, 'distinguishedName') ?? entry.dn;
      return guid === null ? [] : [{ guid, dn, name: textOf(entry, 'displayName') ?? textOf(entry, 'name') }];
    });
    await recorder.add('ad_address_list', rows);
    coverage.read(FACET, rows.length);
  });
}
