import { fieldsOf } from './build.ts';

/** What every row has that was seen. */
export const seen = fieldsOf('ad.groups', 'g.seen');
/** A fact of the AD half that every row has; rows of a list that was not read in full may lack others. */
export const either = fieldsOf('ad.groups', 'g.ad_known');
/** A fact that the AD half may lack: known only where its row was read in full. */
export const whole = fieldsOf('ad.groups', '(g.ad_known AND g.ad_whole)');
/** A list that the AD half has. */
export const adLists = fieldsOf('ad.groups', '(g.ad_known AND (g.ad_guid IS NULL OR g.ad_all))');
/** The cloud half of a row. */
export const active = fieldsOf('cloud.groups', 'g.cloud_known');
/** A list that a cloud group has: whole only when the groups were read in full. */
export const complete = fieldsOf('cloud.groups', '(g.cloud_known AND g.cloud_all)');
/** A fact that a cloud group may lack: surely absent only when the groups were read in full. */
export const cloudFact = (sql: string) =>
  fieldsOf('cloud.groups', `(g.cloud_known AND (g.cloud_all OR ${sql} IS NOT NULL))`);
/** A truth about a cloud group: surely false only when the groups were read in full. */
export const cloudTruth = (sql: string) => fieldsOf('cloud.groups', `(g.cloud_known AND (g.cloud_all OR ${sql}))`);
/** The deleted item of a row. */
export const deleted = fieldsOf('cloud.deletedGroups', 'g.deleted_known');
/** The writeback switch of a cloud group. */
export const writeback = fieldsOf('cloud.writebackConfiguration', '(g.cloud_known AND g.writeback_known)');
