import type { Row } from '../../snapshot/index.ts';
import { showDeletedControl } from './controls.ts';
import { bytesOf, classOf, dnOf, guidOf, instantOf, sidOf, textOf } from './entry.ts';
import { sourceError } from './failure.ts';
import { groupMarker } from './markers.ts';
import type { Run } from './run.ts';

const DELETED = /\nDEL:[0-9a-f-]{36}$/i;
const NEEDS = 'Deleted Objects is not readable: it needs list and read rights on that container';

/** Writes deleted groups, and other deleted objects that still carry a marker, and settles `ad.deleted`. */
export async function readDeleted(run: Run): Promise<void> {
  const base = `CN=Deleted Objects,${run.domain.dn}`;
  const controls = () => [showDeletedControl()];
  // Without the right to list it a search below the container simply finds nothing, so the container itself is asked for first.
  const container = await run.directory.readOne({
    facet: 'ad.deleted',
    base,
    attributes: ['objectGUID'],
    controls,
    absent: 'empty',
  });
  if (container === undefined || bytesOf(container, 'objectGUID').length === 0) throw sourceError(NEEDS);
  const rows = new Map<string, Row<'ad_deleted'>>();
  await run.directory.search(
    {
      facet: 'ad.deleted',
      base,
      scope: 'sub',
      filter: `(|(objectClass=group)${groupMarker})`,
      attributes: [
        'objectGUID',
        'objectSid',
        'objectClass',
        'cn',
        'distinguishedName',
        'lastKnownParent',
        'adminDescription',
        'msDS-ExternalDirectoryObjectId',
        'whenCreated',
        'whenChanged',
      ],
      controls,
    },
    entries => {
      for (const entry of entries) {
        const guid = guidOf(entry, 'objectGUID');
        if (guid === null) throw sourceError('a deleted object shows no objectGUID');
        rows.set(guid, {
          guid,
          sid: sidOf(entry),
          dn: dnOf(entry, 'distinguishedName') ?? entry.dn,
          object_class: classOf(entry),
          cn: textOf(entry, 'cn')?.replace(DELETED, '') ?? null,
          last_known_parent: dnOf(entry, 'lastKnownParent'),
          admin_description: textOf(entry, 'adminDescription'),
          external_id: textOf(entry, 'msDS-ExternalDirectoryObjectId'),
          created: instantOf(entry, 'whenCreated'),
          changed: instantOf(entry, 'whenChanged'),
        });
      }
    },
  );
  await run.recorder.add('ad_deleted', [...rows.values()]);
  run.coverage.read('ad.deleted', rows.size);
}
