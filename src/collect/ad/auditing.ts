import type { Row } from '../../snapshot/index.ts';
import { parseAuditing } from './audit-list.ts';
import { auditControl } from './controls.ts';
import { bytesOf, guidOf } from './entry.ts';
import { isSourceFailure, oneLine, resultCode } from './failure.ts';
import type { Run } from './run.ts';

const FACET = 'ad.auditing';
const NO_RIGHT = 50;

/**
 * Writes the audit entries of the containers that exist and settles `ad.auditing` for the domain. Only who holds SeSecurityPrivilege on the domain
 * controller may read them: to anybody else the server sends no descriptor when they are asked for, which is a gap of the container.
 */
export async function readAuditing(run: Run, found: readonly string[]): Promise<void> {
  const { coverage, recorder } = run;
  coverage.read(FACET, 0);
  for (const dn of found)
    await coverage.attempt([FACET], async () => {
      const { guid, bytes } = await readDescriptor(run, dn);
      if (guid === null) return coverage.fail(FACET, `${oneLine(dn)} shows no objectGUID: it needs Read`);
      if (bytes === undefined)
        return coverage.failObject(
          FACET,
          guid,
          `what is audited on ${oneLine(dn)} is not shown: it needs SeSecurityPrivilege`,
        );
      try {
        const { entries, unsupported } = parseAuditing(bytes);
        if (unsupported.length > 0)
          coverage.failObject(
            FACET,
            guid,
            `the audit list has entries of a type that is not understood (${[...new Set(unsupported)].join(', ')})`,
          );
        await recorder.add(
          'ad_audit_ace',
          entries.map((entry): Row<'ad_audit_ace'> => ({ object_guid: guid, ...entry })),
        );
        coverage.read(FACET, entries.length);
      } catch (thrown) {
        if (!(thrown instanceof RangeError)) throw thrown;
        coverage.failObject(FACET, guid, `the audit list of ${oneLine(dn)} is malformed: ${thrown.message}`);
      }
    });
}

type Descriptor = { readonly guid: string | null; readonly bytes: Buffer | undefined };

// The object is asked for by itself, so that a refusal of the one thing that is special says which object it was about.
async function readDescriptor({ directory }: Run, base: string): Promise<Descriptor> {
  const own = await directory.readOne({ facet: FACET, base, attributes: ['objectGUID'] });
  const guid = own === undefined ? null : guidOf(own, 'objectGUID');
  try {
    const entry = await directory.readOne({
      facet: FACET,
      base,
      attributes: ['nTSecurityDescriptor'],
      controls: () => [auditControl()],
    });
    return { guid, bytes: entry === undefined ? undefined : bytesOf(entry, 'nTSecurityDescriptor')[0] };
  } catch (thrown) {
    if (isSourceFailure(thrown) && resultCode(thrown) === NO_RIGHT) return { guid, bytes: undefined };
    throw thrown;
  }
}
