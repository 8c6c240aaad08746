import type { Row } from '../../snapshot/index.ts';
import type { Judge } from './absence.ts';
import { guidOf, integerOf, textOf } from './entry.ts';
import { readExchangePlace } from './exchange-organisations.ts';
import { oneLine } from './failure.ts';
import type { Run } from './run.ts';

const FACET = 'ad.exchangeServers';

/** Writes the Exchange servers of the forest and settles `ad.exchangeServers`. */
export async function readExchangeServers(run: Run, judge: Judge): Promise<void> {
  const { coverage, recorder } = run;
  await coverage.attempt([FACET], async () => {
    const servers = await readExchangePlace(run, judge, {
      facet: FACET,
      path: ['Administrative Groups', '*', 'Servers'],
      objectClass: 'msExchExchangeServer',
      attributes: ['cn', 'serialNumber', 'msExchCurrentServerRoles'],
    });
    const rows = servers.flatMap((entry): Row<'ad_exchange_server'>[] => {
      const guid = guidOf(entry, 'objectGUID');
      const version = textOf(entry, 'serialNumber');
      // Every server has one.
      if (version === null) coverage.fail(FACET, `${oneLine(entry.dn)} shows no serialNumber: it needs Read`);
      const name = textOf(entry, 'cn') ?? oneLine(entry.dn);
      return guid === null ? [] : [{ guid, name, version, server_role: integerOf(entry, 'msExchCurrentServerRoles') }];
    });
    await recorder.add('ad_exchange_server', rows);
    coverage.read(FACET, rows.length);
  });
}
