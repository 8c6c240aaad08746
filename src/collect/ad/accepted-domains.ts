import type { Row } from '../../snapshot/index.ts';
import type { Judge } from './absence.ts';
import { integerOf, textOf } from './entry.ts';
import { readExchangePlace } from './exchange-organisations.ts';
import { oneLine } from './failure.ts';
import type { Run } from './run.ts';

const FACET = 'ad.acceptedDomains';
/** The last two bits of msExchAcceptedDomainFlags (Microsoft.Exchange.Data.Directory.SystemConfiguration.AcceptedDomainType). */
const kinds = ['authoritative', 'external-relay', 'internal-relay', 'unknown'] as const;
const KIND = 3;

/** Writes the domains that Exchange accepts mail for and settles `ad.acceptedDomains`. */
export async function readAcceptedDomains(run: Run, judge: Judge): Promise<void> {
  const { coverage, recorder } = run;
  await coverage.attempt([FACET], async () => {
    const domains = await readExchangePlace(run, judge, {
      facet: FACET,
      path: ['Transport Settings', 'Accepted Domains'],
      objectClass: 'msExchAcceptedDomain',
      attributes: ['msExchAcceptedDomainName', 'msExchAcceptedDomainFlags'],
    });
    const rows = new Map<string, Row<'ad_accepted_domain'>>();
    for (const entry of domains) {
      const name = textOf(entry, 'msExchAcceptedDomainName')?.toLowerCase() ?? null;
      const flags = integerOf(entry, 'msExchAcceptedDomainFlags');
      const kind = flags === null ? 'unknown' : (kinds[flags & KIND] ?? 'unknown');
      if (name === null) coverage.fail(FACET, `${oneLine(entry.dn)} shows no msExchAcceptedDomainName: it needs Read`);
      else if (rows.has(name) && rows.get(name)?.flags !== flags)
        coverage.fail(FACET, `${oneLine(name)} is accepted twice, in different ways`);
      else rows.set(name, { name, kind, flags });
    }
    await recorder.add('ad_accepted_domain', [...rows.values()]);
    coverage.read(FACET, rows.size);
  });
}
