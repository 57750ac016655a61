import { formatInstant } from '../instant.ts';
import { type DocumentReading, readDocumentText } from './document-reading.ts';
import { NAME_PATTERN } from './group-name.ts';

/** A member as it stands at its lock. Whoever holds the lock is alive. */
export interface Member {
  readonly id: string;
  /** The machine's name. */
  readonly name: string;
  /** Where its HTTP API is reached; port 0: it has none. */
  readonly address: string;
  readonly port: number;
  /** The Consul node that it is registered with, '' when not known. */
  readonly node: string;
  /** The Nomad allocation that it runs in, '' for none. */
  readonly allocationId: string;
  /** Its last complete observation is younger than three intervals. */
  readonly isReady: boolean;
  /** When it joined. */
  readonly sinceMs: number;
  /** Index of the paused flag that it heeds with no mutating call in flight; 0: of none. */
  readonly pausedSeen: number;
  /** Index of the stored configuration that is in force; 0: none is. */
  readonly configSeen: number;
  /** How many partitions it divides the work into; 0: not known yet. Members that differ do not act. */
  readonly partitions: number;
  readonly version: string;
}

/** A member → its text in KV. */
export function encodeMember(member: Member): string {
  return JSON.stringify({
    id: member.id,
    name: member.name,
    address: member.address,
    port: member.port,
    node: member.node,
    allocation_id: member.allocationId,
    ready: member.isReady,
    since: formatInstant(member.sinceMs),
    paused_seen: member.pausedSeen,
    config_seen: member.configSeen,
    partitions: member.partitions,
    version: member.version,
  });
}

/** The text → the member, or the key that makes it unreadable. */
export function decodeMember(text: string): DocumentReading<Member> {
  return readDocumentText(text, (read) => ({
    id: read.matching('id', NAME_PATTERN),
    name: read.text('name'),
    address: read.text('address'),
    port: read.count('port'),
    node: read.text('node'),
    allocationId: read.text('allocation_id'),
    isReady: read.flag('ready'),
    sinceMs: read.time('since'),
    pausedSeen: read.count('paused_seen'),
    configSeen: read.count('config_seen'),
    partitions: read.count('partitions'),
    version: read.text('version'),
  }));
}
