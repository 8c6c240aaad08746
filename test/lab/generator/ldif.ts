import { aceText, sddlOf } from './acl.ts';
import { type DirectoryEntry, entryKinds, type LabDirectory } from './estate.ts';
import { immutableId } from './people.ts';

/** An estate's directory as LDIF, to be applied in this order. */
export type Ldif = {
  /** Objects, each text referring only to earlier ones. */
  readonly additions: readonly string[];
  /** Change records: groups inside groups, and the version of the Exchange organisation. */
  readonly changes: string;
  /** Change records that remove what `additions` brought to be removed. */
  readonly removals: string;
  /** Change records for the schema, which need a permission of their own. */
  readonly schema: string;
  /** Access control entries for AdminSDHolder, and for the domain. */
  readonly adminSdHolder: string;
  readonly domain: string;
  /** Change records for what lies below the directory's rules: when groups were changed last. To be applied at the end. */
  readonly times: string;
};

// What LDIF takes as it stands (RFC 2849 SAFE-STRING); everything else goes in base64.
const FOUNDED = '2024-01-01T00:00:00Z';
const SAFE = /^(?![ :<])[\x20-\x7e]*(?<! )$/;

/** Writes the directory of an estate as LDIF. */
export function ldifOf(directory: LabDirectory): Ldif {
  const { entries, deleted, builtins, base, exchange } = directory;
  const groups = new Set(entries.flatMap(({ kind, guid }) => (kind === 'group' ? [guid] : [])));
  const isGroup = (guid: string): boolean => groups.has(guid);
  const ofKind = (...kinds: readonly DirectoryEntry['kind'][]): string =>
    entries.flatMap(entry => (kinds.includes(entry.kind) ? [record(entry, isGroup)] : [])).join('\n');
  const nested = [
    ...entries.map(({ dn, members }) => addition(dn, members.filter(isGroup))),
    ...builtins.map(({ dn, members }) => addition(dn, members)),
  ];
  const organization = `CN=Lab Organization,CN=Microsoft Exchange,CN=Services,CN=Configuration,${base}`;
  const version = `CN=ms-Exch-Schema-Version-Pt,CN=Schema,CN=Configuration,${base}`;
  return {
    additions: [
      ofKind('organizationalUnit', 'container', 'addressBookContainer', 'groupPolicyContainer'),
      ofKind(...entryKinds.slice(entryKinds.indexOf('user'), entryKinds.indexOf('group'))),
      ofKind('group'),
      deleted.map(entry => record(entry, isGroup)).join('\n'),
    ],
    changes: [...nested, replacement(organization, 'objectVersion', exchange.organization)].join('\n'),
    removals: deleted.map(({ dn }) => `${line('dn', dn)}\nchangetype: delete\n`).join('\n'),
    schema: replacement(version, 'rangeUpper', exchange.schema),
    adminSdHolder: directory.adminSdHolder.map(aceText).join(''),
    domain: directory.domainAces.map(aceText).join(''),
    times: entries.flatMap(entry => (entry.kind === 'group' ? [changedAt(entry)] : [])).join('\n'),
  };
}

function time(text: string): string {
  return text.replaceAll(/[-:T]/g, '').replace('Z', '.0Z');
}

// What Samba dates itself was changed while the estate was loaded.
function changedAt({ dn, changed, created }: DirectoryEntry): string {
  const at = time(changed ?? created ?? FOUNDED);
  return `${line('dn', dn)}\nchangetype: modify\nreplace: whenChanged\nwhenChanged: ${at}\n`;
}

function line(name: string, value: string): string {
  return SAFE.test(value) ? `${name}: ${value}` : `${name}:: ${Buffer.from(value, 'utf8').toString('base64')}`;
}

function record(entry: DirectoryEntry, isGroup: (guid: string) => boolean): string {
  const { dn, kind, guid, sid, attributes, consistencyGuid, members, acl, created } = entry;
  const lines = [
    line('dn', dn),
    `objectClass: ${kind}`,
    `objectGUID: ${guid}`,
    ...(sid === null ? [] : [`objectSid: ${sid}`]),
    ...Object.entries(attributes).flatMap(([name, values]) => values.map(value => line(name, value))),
    ...(consistencyGuid === null ? [] : [`mS-DS-ConsistencyGuid:: ${immutableId(consistencyGuid)}`]),
    ...(acl === null ? [] : [`nTSecurityDescriptor: ${sddlOf(acl)}`]),
    ...members.filter(member => !isGroup(member)).map(member => `member: <GUID=${member}>`),
    ...(created === null ? [] : [`whenCreated: ${time(created)}`]),
  ];
  return `${lines.join('\n')}\n`;
}

function addition(dn: string, members: readonly string[]): string {
  if (members.length === 0) return '';
  return `${line('dn', dn)}\nchangetype: modify\nadd: member\n${members.map(guid => `member: <GUID=${guid}>\n`).join('')}`;
}

function replacement(dn: string, attribute: string, value: number): string {
  return `${line('dn', dn)}\nchangetype: modify\nreplace: ${attribute}\n${attribute}: ${value}\n`;
}
