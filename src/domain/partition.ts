/** A share of the resources, acted on only while its lock is held. Standalone agents have one. */
export interface Partition {
  readonly number: number;
  readonly lockKey: string;
}

/** A task group as partitions know it, by its id: `job_group:web/api`. */
export function groupResource(id: string): string {
  return `job_group:${id}`;
}

/** A worker pool as partitions know it: `worker_pool:pool-a`. */
export function poolResource(pool: string): string {
  return `worker_pool:${pool}`;
}

/** 32-bit FNV-1a of the UTF-8 bytes of a text. Fixed for ever: members of a group must agree on it. */
export function fnv1a(text: string): number {
  let hash = 0x811c_9dc5;
  for (const byte of utf8(text)) {
    hash = Math.imul(hash ^ byte, 0x0100_0193);
  }
  return hash >>> 0;
}

/** `job_group:web/api` or `worker_pool:pool-a` → the number of its partition. */
export function partitionOf(resource: string, partitions: number): number {
  return fnv1a(resource) % partitions;
}

function utf8(text: string): number[] {
  const bytes: number[] = [];
  for (const char of text) {
    const code = char.codePointAt(0) ?? 0;
    if (code < 0x80) bytes.push(code);
    else if (code < 0x800) bytes.push(0xc0 | (code >> 6), tail(code));
    else if (code < 0x1_0000) bytes.push(0xe0 | (code >> 12), tail(code >> 6), tail(code));
    else bytes.push(0xf0 | (code >> 18), tail(code >> 12), tail(code >> 6), tail(code));
  }
  return bytes;
}

function tail(code: number): number {
  return 0x80 | (code & 0x3f);
}
