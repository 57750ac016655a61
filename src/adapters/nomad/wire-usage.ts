import type { TaskUsage, UsageReading } from '../../domain/snapshot.ts';
import { fieldsOf, numberOf } from './json.ts';
import type { Fields } from './json.ts';

const BYTES_PER_MB = 1_048_576;
const NO_SAMPLE: UsageReading = { kind: 'missing', why: 'no sample yet' };

/** Reads GET /v1/client/allocation/:id/stats. `text` is the answer `value` was parsed from. */
export function readUsage(value: unknown, text: string): UsageReading {
  const usage = fieldsOf(value);
  const tasks = Object.entries(fieldsOf(usage['Tasks']));
  const timestamp = numberOf(usage, 'Timestamp');
  if (timestamp === 0 || tasks.length === 0) return NO_SAMPLE;
  return {
    kind: 'sample',
    stamp: digitsOf(text, timestamp),
    tasks: Object.fromEntries(tasks.map(([name, task]) => [name, readTaskUsage(task)])),
  };
}

/**
 * Nanoseconds exceed what a number holds exactly: the digits are taken from the text, where the answer's own
 * stand last, and copied by way of a BigInt, since a part of a text would keep the whole answer in memory.
 */
function digitsOf(text: string, timestamp: number): string {
  for (let at = text.lastIndexOf(MEMBER); at >= 0; at = at === 0 ? -1 : text.lastIndexOf(MEMBER, at - 1)) {
    AFTER_MEMBER.lastIndex = at + MEMBER.length;
    const digits = AFTER_MEMBER.exec(text)?.[1] ?? '';
    if (Number(digits) === timestamp) return String(BigInt(digits));
  }
  return String(timestamp);
}

const MEMBER = '"Timestamp"';
const AFTER_MEMBER = /\s*:\s*(\d+)/y;

function readTaskUsage(value: unknown): TaskUsage {
  const usage = fieldsOf(fieldsOf(value)['ResourceUsage']);
  const cpuMhz = readCpu(fieldsOf(usage['CpuStats']));
  const memoryMb = readMemory(fieldsOf(usage['MemoryStats']));
  return {
    ...(cpuMhz !== undefined && { cpuMhz }),
    ...(memoryMb !== undefined && { memoryMb }),
  };
}

/** A driver that measures nothing gives null, or zeros with nothing in Measured. */
function readCpu(stats: Fields): number | undefined {
  const ticks = stats['TotalTicks'];
  if (typeof ticks !== 'number' || !Number.isFinite(ticks)) return undefined;
  return ticks === 0 && measured(stats).length === 0 ? undefined : ticks;
}

function readMemory(stats: Fields): number | undefined {
  const member = ['RSS', 'Usage'].find((name) => measured(stats).includes(name));
  return member === undefined ? undefined : numberOf(stats, member) / BYTES_PER_MB;
}

function measured(stats: Fields): readonly unknown[] {
  return Array.isArray(stats['Measured']) ? stats['Measured'] : [];
}
