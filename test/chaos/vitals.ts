import { readdirSync, readFileSync } from 'node:fs';

/** What a process held at a moment. */
export interface Vital {
  readonly atMs: number;
  readonly pid: number;
  readonly agent: number;
  readonly life: number;
  readonly residentMb: number;
  /** Open files and sockets. */
  readonly handles: number;
}

/** Reads them from /proc; undefined when the process has gone. */
export function readVital(of: Pick<Vital, 'pid' | 'agent' | 'life'>): Vital | undefined {
  try {
    const status = readFileSync(`/proc/${of.pid}/status`, 'utf8');
    const residentKb = Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0);
    const handles = readdirSync(`/proc/${of.pid}/fd`).length;
    if (residentKb === 0) return undefined;
    return { ...of, atMs: performance.now(), residentMb: residentKb / 1024, handles };
  } catch {
    return undefined;
  }
}

/** Follows how long a process has waited for a processor since, though it had something to do. */
export function watchWaiting(pid: number): { waitedMs(): number; stop(): void } {
  const beganMs = readWaitedMs(pid) ?? 0;
  let lastMs = beganMs;
  const look = (): void => {
    lastMs = readWaitedMs(pid) ?? lastMs;
  };
  const timer = setInterval(look, EVERY_MS);
  return { waitedMs: () => lastMs - beganMs, stop: () => clearInterval(timer) };
}

/** Of its main thread, from the scheduler's own figures. */
function readWaitedMs(pid: number): number | undefined {
  try {
    return Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[1]) / 1e6;
  } catch {
    return undefined;
  }
}

/** A stretch in which this process itself stood still: what it noted as arrived then may be so much older. */
export interface Lag {
  readonly atMs: number;
  readonly ms: number;
}

const EVERY_MS = 20;
const NOTABLE_MS = 60;

/** Notes when this process's own loop was late; the answer of `stop` is all of it. */
export function watchLag(): { readonly lags: readonly Lag[]; stop(): void } {
  const lags: Lag[] = [];
  let dueMs = performance.now() + EVERY_MS;
  const timer = setInterval(() => {
    const nowMs = performance.now();
    if (nowMs - dueMs > NOTABLE_MS) lags.push({ atMs: nowMs, ms: nowMs - dueMs });
    dueMs = nowMs + EVERY_MS;
  }, EVERY_MS);
  return { lags, stop: () => clearInterval(timer) };
}

/** The samples of each process, in the order of their times. */
export function byProcess(vitals: readonly Vital[]): readonly (readonly Vital[])[] {
  const processes = new Map<number, Vital[]>();
  for (const vital of vitals) processes.set(vital.pid, [...(processes.get(vital.pid) ?? []), vital]);
  return [...processes.values()];
}

/** The middle value: what a process held most of the time, peaks left out. */
export function median(vitals: readonly Vital[], what: 'handles' | 'residentMb'): number {
  const values = vitals.map((vital) => vital[what]).toSorted((one, other) => one - other);
  return values[Math.floor(values.length / 2)] ?? 0;
}
