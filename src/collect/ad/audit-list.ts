import type { Row } from '../../snapshot/index.ts';
import { entriesOf, parseAce, systemListOf } from './security-descriptor.ts';

const CONTAINER_INHERIT = 0x02;
const SUCCESS = 0x40;
const FAILURE = 0x80;

/** Kinds of entries that audit (MS-DTYP 2.4.4.1), and whether they name object types or hold only under a condition. */
const audits = new Map([
  [0x02, { object: false, conditional: false }],
  [0x07, { object: true, conditional: false }],
  [0x0d, { object: false, conditional: true }],
  [0x0f, { object: true, conditional: true }],
]);
/** Kinds that stand in the same list and audit nothing: integrity labels, resource attributes, policies, trust labels, access filters. */
const others: ReadonlySet<number> = new Set([0x11, 0x12, 0x13, 0x14, 0x15]);

/** What is audited, and the types of entries that are not understood. */
export type Auditing = {
  readonly entries: readonly Omit<Row<'ad_audit_ace'>, 'object_guid'>[];
  readonly unsupported: readonly number[];
};

/** Reads the audit entries of a self-relative security descriptor; one without a SACL has none. Throws RangeError on anything out of bounds or malformed. */
export function parseAuditing(descriptor: Buffer): Auditing {
  const list = systemListOf(descriptor);
  const entries: Omit<Row<'ad_audit_ace'>, 'object_guid'>[] = [];
  const unsupported: number[] = [];
  for (const { type, ordinal, bytes } of list === undefined ? [] : entriesOf(list, 'SACL')) {
    const kind = audits.get(type);
    if (kind === undefined) {
      if (!others.has(type)) unsupported.push(type);
      continue;
    }
    const ace = parseAce(bytes, ordinal, kind.object, 'SACL');
    entries.push({
      ordinal,
      conditional: kind.conditional,
      trustee_sid: ace.trustee,
      mask: ace.mask,
      object_type: ace.objectType,
      inherited_object_type: ace.inheritedObjectType,
      success: (ace.flags & SUCCESS) !== 0,
      failure: (ace.flags & FAILURE) !== 0,
      inherited: ace.inherited,
      inherit_only: ace.inheritOnly,
      inheritable: (ace.flags & CONTAINER_INHERIT) !== 0,
    });
  }
  return { entries, unsupported };
}
