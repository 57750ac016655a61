import type { Digest } from '../digest.ts';
import type { Violation } from '../run-record.ts';
import { byProcess, median } from '../vitals.ts';

/** 2 s by the specification, and what a busy machine may add. */
const STOP_LIMIT_MS = 2_000 + 2_000;

/** No process ends by itself; one that is told to stop ends in time, with 0. */
export function checkProcesses({ record }: Digest): Violation[] {
  const crashes = record.crashes.map((text) => ({ rule: 'process', atMs: record.endedMs, text }));
  const stops = record.stops
    .filter(({ code, tookMs }) => code !== 0 || tookMs > STOP_LIMIT_MS)
    .map(({ agent, atMs, code, tookMs }) => {
      const text = `agent ${agent} was told to stop: exit code ${code} after ${Math.round(tookMs)} ms`;
      return { rule: 'process', atMs, text };
    });
  return [...crashes, ...stops];
}

/** How long a process has to run before its size tells anything: a leader loads what it needs at first. */
const WARM_MS = 120_000;
const STRETCH_MS = 20_000;
const MORE_MB = 50;

/** What a leader may hold: Node's own handles, 32 connections for statistics, and a few for everything else. */
const MOST = { handles: 90, megabytes: 300 };

/** Memory and open handles of a process have a bound; of one that runs for long, memory is what it was once warm. */
export function checkVitals({ record }: Digest): Violation[] {
  return byProcess(record.vitals).flatMap((vitals) => {
    const [first, last] = [vitals[0], vitals.at(-1)];
    if (!first || !last) return [];
    const warm = vitals.filter(({ atMs }) => isWithin(atMs, first.atMs + WARM_MS, STRETCH_MS));
    const end = vitals.filter(({ atMs }) => isWithin(atMs, last.atMs - STRETCH_MS, STRETCH_MS));
    const isLong = last.atMs - first.atMs > WARM_MS + 2 * STRETCH_MS;
    const [fromMb, toMb] = [median(warm, 'residentMb'), median(end, 'residentMb')];
    const handles = median(end, 'handles');
    const isGrown = toMb > MOST.megabytes || (isLong && toMb - fromMb > MORE_MB);
    const faults = [
      ...(isGrown ? [`grew from ${Math.round(fromMb)} to ${Math.round(toMb)} MB`] : []),
      ...(handles > MOST.handles ? [`holds ${handles} handles`] : []),
    ];
    const name = `agent ${first.agent}, process ${first.life}`;
    return faults.map((text) => ({ rule: 'vitals', atMs: last.atMs, text: `${name} ${text}` }));
  });
}

function isWithin(atMs: number, fromMs: number, ms: number): boolean {
  return atMs >= fromMs && atMs <= fromMs + ms;
}

/** All faults over, everything comes to rest in time. */
export function checkSettled({ record }: Digest): Violation[] {
  return record.unsettled.map((text) => ({ rule: 'settled', atMs: record.endedMs, text }));
}
