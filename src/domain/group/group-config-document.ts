import { formatInstant } from '../instant.ts';
import { type DocumentReading, readDocumentText } from './document-reading.ts';

/**
 * Options as they stand in a JSON configuration file, those in a block below the block's name:
 * `{"job_scaling_interval": 10, "telemetry": {"statsd_address": "…"}}`. Checked where they are used.
 */
export type StoredOptions = Readonly<Record<string, unknown>>;

/** A group's stored configuration. `partitions` is never among the options. */
export interface GroupConfig {
  readonly options: StoredOptions;
  /** 1 to 1024. */
  readonly partitions: number;
  /** Who stored it, and when. */
  readonly by: string;
  readonly atMs: number;
}

/** The bounds of `partitions`. */
export const PARTITIONS = { min: 1, max: 1024 } as const;

/** A stored configuration → its text in KV. */
export function encodeGroupConfig({ options, partitions, by, atMs }: GroupConfig): string {
  return JSON.stringify({ options, partitions, by, at: formatInstant(atMs) });
}

/** The text → the stored configuration, or the key that makes it unreadable. */
export function decodeGroupConfig(text: string): DocumentReading<GroupConfig> {
  return readDocumentText(text, (read) => ({
    options: read.object('options'),
    partitions: read.between('partitions', PARTITIONS),
    by: read.text('by'),
    atMs: read.time('at'),
  }));
}
