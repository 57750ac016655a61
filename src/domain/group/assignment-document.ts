import { type DocumentReading, readDocumentText } from './document-reading.ts';

/** Whom the leader has given each partition: a member's id, or null for nobody. */
export interface Assignment {
  /** One a partition; their number is that of the partitions. */
  readonly owners: readonly (string | null)[];
  /** Rises by one with each assignment. */
  readonly generation: number;
}

/** An assignment → its text in KV. */
export function encodeAssignment({ owners, generation }: Assignment): string {
  return JSON.stringify({ partitions: owners.length, owners, generation });
}

/** The text → the assignment, or the key that makes it unreadable. */
export function decodeAssignment(text: string): DocumentReading<Assignment> {
  return readDocumentText(text, (read) => {
    const owners = read.textsOrNull('owners');
    read.exactly('partitions', owners.length);
    return { owners, generation: read.count('generation') };
  });
}
