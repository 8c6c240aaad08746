import type { Filter } from 'ldapts';
import { type GuidSet, guidSet } from '../../base/index.ts';
import type { Row } from '../../snapshot/index.ts';
import { bytesOf, dnOf, type Entry, guidOf, integerOf, sidOf, textOf } from './entry.ts';
import { MOVED } from './group-book.ts';
import { extensionAttributes } from './group-row.ts';
import type { Run } from './run.ts';

const GROUPS = '(objectClass=group)';

/** Writes every group of the domain, few facts of each, and settles `ad.forestGroups` for it; resolves with their objectGUIDs. */
export async function readForestGroups(run: Run): Promise<GuidSet> {
  const seen = guidSet();
  await run.coverage.attempt(['ad.forestGroups'], async () => {
    await readForestGroupsBy(run, [GROUPS], seen);
    run.coverage.read('ad.forestGroups', seen.size);
  });
  return seen;
}

/** Writes the groups that some filters find, each once; adds their objectGUIDs to `seen`. */
export async function readForestGroupsBy(
  run: Run,
  filters: readonly (string | Filter)[],
  seen: GuidSet,
): Promise<void> {
  for (const filter of filters)
    await run.directory.search(
      {
        facet: 'ad.forestGroups',
        base: run.domain.dn,
        scope: 'sub',
        filter,
        attributes: [
          ...['objectGUID', 'objectSid', 'objectClass', 'distinguishedName', 'groupType'],
          ...['adminDescription', 'msDS-ExternalDirectoryObjectId', 'mail', ...extensionAttributes],
        ],
      },
      entries => takeGroups(run, entries, seen),
    );
}

async function takeGroups(run: Run, entries: readonly Entry[], seen: GuidSet): Promise<void> {
  const { coverage } = run;
  const rows: Row<'ad_forest_group'>[] = [];
  for (const entry of entries) {
    const guid = guidOf(entry, 'objectGUID');
    if (guid === null) coverage.fail('ad.forestGroups', 'a group shows no objectGUID');
    else if (seen.has(guid)) continue;
    else if (run.elsewhere(guid)) coverage.fail('ad.forestGroups', MOVED);
    else {
      const row = rowOf(guid, entry);
      seen.add(guid);
      rows.push(row);
      // Every group has these two: where one is hidden, others may be hidden as well.
      if (row.group_type === null || row.sid === null)
        coverage.fail('ad.forestGroups', 'some groups hide attributes that every group has (groupType, objectSid)');
    }
  }
  await run.recorder.add('ad_forest_group', rows);
  run.progress('ad.forestGroups', seen.size);
}

function rowOf(guid: string, entry: Entry): Row<'ad_forest_group'> {
  return {
    guid,
    sid: sidOf(entry),
    dn: dnOf(entry, 'distinguishedName') ?? entry.dn,
    group_type: integerOf(entry, 'groupType'),
    admin_description: textOf(entry, 'adminDescription'),
    external_id: textOf(entry, 'msDS-ExternalDirectoryObjectId'),
    mail: textOf(entry, 'mail'),
    extension_attributes: extensionAttributes.filter(name => bytesOf(entry, name).length > 0),
  };
}
