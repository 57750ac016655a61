import { FieldReader } from '../field-reader.ts';
import { parseJson } from '../json-members.ts';

/** A document of a group as read: its value, or what is wrong with it (`since cannot be read`). */
export type DocumentReading<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly fault: string };

/** Text → the members that `read` takes from it, or the first one that does not fit. */
export function readDocumentText<T>(text: string, read: (fields: FieldReader) => T): DocumentReading<T> {
  const object = parseJson(text);
  if (typeof object !== 'object' || object === null || Array.isArray(object)) {
    return { ok: false, fault: 'not a JSON object' };
  }
  const fields = new FieldReader(object);
  const value = read(fields);
  return fields.fault === undefined
    ? { ok: true, value }
    : { ok: false, fault: `${fields.fault} cannot be read` };
}
