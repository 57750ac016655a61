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

/** How long a process has to run before its size tells anything. */
const WARM_MS = 25_000;
const STRETCH_MS = 10_000;
const MORE_MB = 60;

/** What a leader may hold open: Node's own, 32 connections for statistics, and the few for everything else. */
const MOST_HANDLES = 90;

/** Memory of a process is at the end what it was once it was warm; its open handles have a bound. */
export function checkVitals({ record }: Digest): Violation[] {
  return byProcess(record.vitals).flatMap((vitals) => {
    const [first, last] = [vitals[0], vitals.at(-1)];
    if (!first || !last || last.atMs - first.atMs < WARM_MS + 2 * STRETCH_MS) return [];
    const warm = vitals.filter(({ atMs }) => isWithin(atMs, first.atMs + WARM_MS, STRETCH_MS));
    const end = vitals.filter(({ atMs }) => isWithin(atMs, last.atMs - STRETCH_MS, STRETCH_MS));
    const [fromMb, toMb] = [median(warm, 'residentMb'), median(end, 'residentMb')];
    const handles = median(end, 'handles');
    const name = `agent ${first.agent}, process ${first.life}`;
    const faults = [
      ...(toMb - fromMb > MORE_MB ? [`grew from ${Math.round(fromMb)} to ${Math.round(toMb)} MB`] : []),
      ...(handles > MOST_HANDLES ? [`holds ${handles} handles`] : []),
    ];
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
