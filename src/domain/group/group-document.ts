import { type DocumentReading, readDocumentText } from './document-reading.ts';
import { NAME_PATTERN } from './group-name.ts';

/** The name of a key root's group → its text at `<key root>/group`. */
export function encodeGroupName(name: string): string {
  return JSON.stringify({ name });
}

/** The text → the name, one that a group may have; another is a fault. */
export function decodeGroupName(text: string): DocumentReading<string> {
  return readDocumentText(text, (read) => read.matching('name', NAME_PATTERN));
}
