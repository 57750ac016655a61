import { readdirSync, readFileSync } from 'node:fs';

/** The state objects that the Go releases left in Consul, exact text. */

interface KvRecording {
  readonly documents: readonly { readonly key: string; readonly value: string }[];
  readonly afterShutdown: readonly { readonly Key: string; readonly Value: string | null }[];
}

export interface RecordedDocument {
  readonly folder: string;
  readonly key: string;
  readonly text: string;
}

const folder = new URL('../recordings/replicator-go/', import.meta.url);

function readRecording(name: string): KvRecording {
  return JSON.parse(readFileSync(new URL(`${name}/kv-documents.json`, folder), 'utf8')) as KvRecording;
}

/** Folders of recorded runs. */
export function recordedRuns(): readonly string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .toSorted();
}

/** Every value of every key but the leader's, as written while a run went on and as left at its end. */
export function recordedDocuments(): readonly RecordedDocument[] {
  return recordedRuns().flatMap((name) => {
    const { documents, afterShutdown } = readRecording(name);
    const left = afterShutdown.map(({ Key, Value }) => ({
      key: Key,
      value: Buffer.from(Value ?? '', 'base64').toString('utf8'),
    }));
    return [...documents, ...left]
      .filter(({ key }) => !key.endsWith('/leader'))
      .map(({ key, value }) => ({ folder: name, key, text: value }));
  });
}
