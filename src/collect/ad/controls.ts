import { Ber, BerReader, BerWriter, Control, ControlParser, PagedResultsControl } from 'ldapts';

const PAGED_RESULTS = '1.2.840.113556.1.4.319';
const EXTENDED_DN = '1.2.840.113556.1.4.529';
const SD_FLAGS = '1.2.840.113556.1.4.801';
const SHOW_DELETED = '1.2.840.113556.1.4.417';
const DIRSYNC = '1.2.840.113556.1.4.841';
const OWNER_GROUP_DACL = 7;
const SACL = 8;
/** Only what the account may read anyway, which then needs no right to replicate; and of values that were added or removed only those. */
const OBJECT_SECURITY = 0x1;
const INCREMENTAL_VALUES = -0x80000000;
const MOST_BYTES = 1_000_000;

// The library parses the paging answer into a fresh object that it hands to nobody; this keeps the cookie for the control that asked.
const cookies = new WeakMap<Control, Buffer>();
const parseControl = ControlParser.parse;
ControlParser.parse = (reader, requested) => {
  const answer = parseControl(reader, requested);
  if (answer instanceof PagedResultsControl && answer.value?.cookie !== undefined)
    for (const control of requested) if (control.type === PAGED_RESULTS) cookies.set(control, answer.value.cookie);
  return answer;
};

/** A critical paging control of our own, which unlike the library's does not end on an empty page or on a server that ignores it. */
export function pagingControl(size: number, cookie: Buffer): Control {
  return critical(PAGED_RESULTS, writer => {
    writer.writeInt(size);
    writer.writeBuffer(cookie, Ber.OctetString);
  });
}

/** The cookie that the server answered to this paging control; empty on the last page, undefined when it did not answer it. */
export function cookieFor(control: Control): Buffer | undefined {
  return cookies.get(control);
}

/** DN values come back as `<GUID=…>;<SID=…>;DN`, with dashed GUIDs and SID text. */
export function extendedDnControl(): Control {
  return critical(EXTENDED_DN, writer => writer.writeInt(1));
}

/** nTSecurityDescriptor holds owner, group and DACL; without this control a plain account gets no descriptor at all. */
export function securityControl(): Control {
  return critical(SD_FLAGS, writer => writer.writeInt(OWNER_GROUP_DACL));
}

/** nTSecurityDescriptor holds what is audited (the SACL), and nothing else; a server sends none to an account that may not read it (MS-ADTS 3.1.1.3.4.1.11). */
export function auditControl(): Control {
  return critical(SD_FLAGS, writer => writer.writeInt(SACL));
}

/** What a server answered to a DirSync control: whether there is more, and where to go on. */
export type DirSyncAnswer = { readonly more: boolean; readonly cookie: Buffer };

const dirSyncAnswers = new WeakMap<Control, DirSyncAnswer>();

/** The search finds what changed since the cookie, empty for everything, and only the attributes that did (MS-ADTS 3.1.1.3.4.1.3). */
export function dirSyncControl(cookie: Buffer): Control {
  const control = critical(DIRSYNC, writer => {
    writer.writeInt(OBJECT_SECURITY | INCREMENTAL_VALUES);
    writer.writeInt(MOST_BYTES);
    writer.writeBuffer(cookie, Ber.OctetString);
  });
  control.parse = reader => {
    const answer = new BerReader(Buffer.from(reader.buffer));
    answer.readSequence();
    const more = answer.readInt() !== 0;
    answer.readInt();
    const bytes = answer.readString(Ber.OctetString, true);
    dirSyncAnswers.set(control, { more, cookie: Buffer.from(bytes ?? '') });
  };
  return control;
}

/** The server's answer to this DirSync control; undefined when it ignored it. */
export function dirSyncAnswerTo(control: Control): DirSyncAnswer | undefined {
  return dirSyncAnswers.get(control);
}

/** Deleted objects are found too. */
export function showDeletedControl(): Control {
  return critical(SHOW_DELETED, undefined);
}

function critical(type: string, fill: ((writer: BerWriter) => void) | undefined): Control {
  const control = new Control(type, { critical: true });
  if (fill === undefined) return control;
  const value = new BerWriter();
  value.startSequence();
  fill(value);
  value.endSequence();
  control.write = writer => {
    writer.startSequence();
    writer.writeString(type);
    writer.writeBoolean(true);
    writer.writeBuffer(value.buffer, Ber.OctetString);
    writer.endSequence();
  };
  return control;
}
