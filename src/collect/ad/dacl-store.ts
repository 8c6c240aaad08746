import { guidSet } from '../../base/index.ts';
import type { Recorder, Row } from '../../snapshot/index.ts';
import type { Coverage } from './coverage.ts';
import { bytesOf, type Entry } from './entry.ts';
import { oneLine } from './failure.ts';
import { type Dacl, parseSecurityDescriptor } from './security-descriptor.ts';

/** Rights to read a property: the right itself, generic read and generic all (MS-ADTS 5.1.3.2). */
const READS_PROPERTY = 0x10 | 0x80000000 | 0x10000000;

/** Writes owners and DACLs, each distinct DACL once, and remembers whom they name. */
export type DaclStore = {
  /** Adds the security of an object; resolves with its DACL, null when there is none, undefined when it could not be read (a gap is noted). */
  readonly add: (guid: string, entry: Entry) => Promise<Dacl | null | undefined>;
  /** Remembers a SID that something else names. */
  readonly note: (sid: string) => void;
  readonly trustees: () => ReadonlySet<string>;
  /** GUIDs of the attributes, classes, sets and rights that entries are limited to. */
  readonly types: () => ReadonlySet<string>;
  readonly count: () => number;
};

/** An empty store that writes to `recorder`. */
export function daclStore(recorder: Pick<Recorder, 'add'>, coverage: Coverage): DaclStore {
  const written = new Set<string>();
  const objects = guidSet();
  const trustees = new Set<string>();
  const types = new Set<string>();
  const store = async (dacl: Dacl): Promise<void> => {
    if (written.has(dacl.id)) return;
    written.add(dacl.id);
    for (const { trustee, objectType, inheritedObjectType } of dacl.aces) {
      trustees.add(trustee);
      for (const type of [objectType, inheritedObjectType]) if (type !== null) types.add(type);
    }
    await recorder.add(
      'ad_ace',
      dacl.aces.map(ace => aceRow(dacl.id, ace)),
    );
  };
  return {
    add: async (guid, entry) => {
      if (!objects.add(guid)) return undefined;
      const [bytes] = bytesOf(entry, 'nTSecurityDescriptor');
      if (bytes === undefined) {
        coverage.failObject(
          'ad.acl',
          guid,
          `the access control list of ${oneLine(entry.dn)} is not readable: it needs READ_CONTROL`,
        );
        return undefined;
      }
      try {
        const descriptor = parseSecurityDescriptor(bytes);
        if (descriptor.owner !== null) trustees.add(descriptor.owner);
        if (descriptor.dacl !== null) await store(descriptor.dacl);
        if (descriptor.dacl !== null && descriptor.dacl.unsupported.length > 0) {
          const types = [...new Set(descriptor.dacl.unsupported)].join(', ');
          coverage.failObject(
            'ad.acl',
            guid,
            `the access control list has entries of a type that is not understood (${types})`,
          );
        }
        await recorder.add('ad_security', [
          {
            object_guid: guid,
            owner_sid: descriptor.owner,
            group_sid: descriptor.group,
            control: descriptor.control,
            acl: descriptor.dacl?.id ?? null,
            protected: descriptor.protected,
          },
        ]);
        return descriptor.dacl;
      } catch (thrown) {
        if (!(thrown instanceof RangeError)) throw thrown;
        coverage.failObject(
          'ad.acl',
          guid,
          `the security descriptor of ${oneLine(entry.dn)} is malformed: ${thrown.message}`,
        );
        return undefined;
      }
    },
    note: sid => void trustees.add(sid),
    trustees: () => trustees,
    types: () => types,
    count: () => objects.size,
  };
}

/** True when the first entry that decides grants one of these SIDs the reading of one of these attributes or sets (MS-ADTS 5.1.3.3.3); anybody's entries count where the SIDs are not known. */
export function showsProperty(
  dacl: Dacl | null,
  sids: ReadonlySet<string> | undefined,
  attributes: readonly string[],
): boolean {
  if (dacl === null) return true;
  const decision = dacl.aces.find(
    ace =>
      !ace.inheritOnly &&
      !ace.conditional &&
      (sids === undefined || sids.has(ace.trustee)) &&
      (ace.mask & READS_PROPERTY) !== 0 &&
      (ace.objectType === null || attributes.includes(ace.objectType)),
  );
  return decision?.allow === true;
}

/** True when an entry of the DACL denies somebody the reading of one of these attributes or sets, so that an empty answer proves nothing. */
export function mayHide(dacl: Dacl, attributes: readonly string[]): boolean {
  return dacl.aces.some(
    ace =>
      !ace.allow &&
      !ace.inheritOnly &&
      (ace.mask & READS_PROPERTY) !== 0 &&
      (ace.objectType === null || attributes.includes(ace.objectType)),
  );
}

function aceRow(acl: string, ace: Dacl['aces'][number]): Row<'ad_ace'> {
  return {
    acl,
    ordinal: ace.ordinal,
    allow: ace.allow,
    conditional: ace.conditional,
    trustee_sid: ace.trustee,
    mask: ace.mask,
    object_type: ace.objectType,
    inherited_object_type: ace.inheritedObjectType,
    inherited: ace.inherited,
    inherit_only: ace.inheritOnly,
    no_propagate: ace.noPropagate,
    flags: ace.flags,
  };
}
