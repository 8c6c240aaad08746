/** The last originating change of an attribute or a value, as replication metadata tells it. Times are `2026-08-22T09:00:00Z`. */
export type FakeStamp = {
  readonly changed: string;
  readonly version?: number;
  readonly invocationId?: string;
  readonly usn?: number;
  /** DN of the NTDS Settings object; empty when the domain controller is gone. */
  readonly serverDn?: string;
};

const NEVER = '1601-01-01T00:00:00Z';
const NOBODY = '00000000-0000-0000-0000-000000000000';

/** A value of msDS-ReplAttributeMetaData as Windows writes it (DS_REPL_ATTR_META_DATA), with the line break and the NUL at its end. */
export function attributeStamp(attribute: string, stamp: FakeStamp): string {
  return element('DS_REPL_ATTR_META_DATA', [['pszAttributeName', attribute], ...common(stamp)]);
}

/** A value of msDS-ReplValueMetaData (DS_REPL_VALUE_META_DATA); `deleted` only for a value that is gone. Names are not escaped, as Windows does not either. */
export function valueStamp(
  attribute: string,
  dn: string,
  stamp: FakeStamp & { readonly created: string; readonly deleted?: string },
): string {
  return element('DS_REPL_VALUE_META_DATA', [
    ['pszAttributeName', attribute],
    ['pszObjectDn', dn],
    ['cbData', '0'],
    ['pbData', ''],
    ['ftimeDeleted', stamp.deleted ?? NEVER],
    ['ftimeCreated', stamp.created],
    ...common(stamp),
  ]);
}

function common(stamp: FakeStamp): [string, string][] {
  return [
    ['dwVersion', String(stamp.version ?? 1)],
    ['ftimeLastOriginatingChange', stamp.changed],
    ['uuidLastOriginatingDsaInvocationID', stamp.invocationId ?? NOBODY],
    ['usnOriginatingChange', String(stamp.usn ?? 1)],
    ['usnLocalChange', '4711'],
    ['pszLastOriginatingDsaDN', stamp.serverDn ?? ''],
  ];
}

function element(name: string, parts: readonly (readonly [string, string])[]): string {
  return `<${name}>\n${parts.map(([key, value]) => `\t<${key}>${value}</${key}>\n`).join('')}</${name}>\n\0`;
}
