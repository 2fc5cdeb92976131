/** Largest message that SNS takes, in bytes of UTF-8. */
const MAX_MESSAGE_BYTES = 256 * 1024;
/** SNS takes fewer than 100 characters. */
const MAX_SUBJECT = 99;

/** The first line as a subject: printable ASCII, at most 99 characters. */
export function subjectOf(text: string): string {
  const [line = ''] = text.split(/\r?\n/, 1);
  const printable = line.replace(/[^\x20-\x7e]+/g, '?').trim();
  if (printable === '') return 'Orchestrator alert';
  return printable.length > MAX_SUBJECT ? `${printable.slice(0, MAX_SUBJECT - 3)}...` : printable;
}

/** The text, or as much of its beginning as SNS takes, between two characters, with a last line that says what is missing. */
export function messageOf(text: string, maxBytes: number = MAX_MESSAGE_BYTES): string {
  const bytes = Buffer.from(text, 'utf8');
  if (bytes.length <= maxBytes) return text;
  const notice = `\n[cut off: the alert has ${bytes.length} bytes]`;
  let end = maxBytes - Buffer.byteLength(notice);
  // Bytes 10xxxxxx continue a character.
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.subarray(0, end).toString('utf8') + notice;
}
