import type { Row } from '../../src/snapshot/index.ts';

type Group = Row<'cloud_group'>;

/** A mapping of a name as a job states it, what it makes of a group, and whether the id of the group ends it. */
export type NameMapping = {
  readonly source: string;
  /** Undefined for a mapping that nobody works out; it gives null where the group lacks the attribute. */
  readonly make: ((group: Group) => string | null) | undefined;
  readonly own: boolean;
};

/** Aliases of random worlds. */
export const mailNames: readonly string[] = ['Al', 'Alpha', ' al', 'G-Al'];

const shown = (group: Group): string | null => group.display_name;
const from = (text: string | null, make: (text: string) => string): string | null =>
  text === null ? null : make(text);

/** Mappings that random jobs use. */
export const nameMappings: readonly NameMapping[] = [
  {
    source: 'Append(Append(Left(Trim([displayName]),51),"_"),Mid([objectId],25,12))',
    make: group => from(shown(group), name => `${name.trim().slice(0, 51).trim()}_${group.id.slice(-12)}`),
    own: true,
  },
  { source: 'Append("Group_", [objectId])', make: group => `Group_${group.id}`, own: true },
  { source: '[displayName]', make: shown, own: false },
  {
    source: 'Left( Trim([DisplayName]), 2 )',
    make: group => from(shown(group), name => name.trim().slice(0, 2)),
    own: false,
  },
  {
    source: 'append("G-",[mailNickname])',
    make: group => from(group.mail_nickname, name => `G-${name.trim()}`),
    own: false,
  },
  { source: '[mailNickname]', make: group => group.mail_nickname, own: false },
  { source: 'Switch([department],[displayName],"x","y")', make: undefined, own: false },
  { source: '[companyName]', make: undefined, own: false },
];
