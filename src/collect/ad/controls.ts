import { Ber, BerWriter, Control, ControlParser, PagedResultsControl } from 'ldapts';

const PAGED_RESULTS = '1.2.840.113556.1.4.319';
const EXTENDED_DN = '1.2.840.113556.1.4.529';
const SD_FLAGS = '1.2.840.113556.1.4.801';
const SHOW_DELETED = '1.2.840.113556.1.4.417';
const OWNER_GROUP_DACL = 7;

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
