import type { Figures } from './figures.ts';
import type { PureFigures } from './pure.ts';

/** Something that must hold, and whether it does; undefined where it was not measured. */
export interface Verdict {
  readonly rule: string;
  readonly measured: string;
  readonly holds: boolean | undefined;
}

/** A tick that begins later than this is late; what one machine's timers do stays below. */
const LATE_MS = 1_000;

/** Everything that must hold, checked against what was measured. */
export function checkLimits(all: readonly Figures[], pure: PureFigures | undefined): readonly Verdict[] {
  const of = (name: string): Figures | undefined => all.find(({ scenario }) => scenario.name === name);
  const [thousand, five, idle] = [of('groups-1000'), of('groups-5000x2'), of('idle')];
  const [small, large] = [of('pool-100'), of('pool-1000')];
  const pools = (pure?.pools ?? []).filter(({ nodes }) => nodes === 1_000);
  return [
    verdict(
      '1,000 groups × 10: requests to Nomad beside one an allocation ≤ 10 an interval',
      thousand,
      (f) => [
        `${fixed(f.other)}, and ${fixed(f.statistics)} for ${f.scenario.groups * f.scenario.allocations} allocations`,
        f.other <= 10 && f.statistics <= f.scenario.groups * f.scenario.allocations * 1.01,
      ],
    ),
    verdict('idle: requests to Nomad ≤ 2 an interval', idle, (f) => [fixed(f.nomad), f.nomad <= 2]),
    verdict('5,000 groups × 2 at 15 s: no tick late', five, (f) => [
      `99 % within ${fixed(f.lateP99Ms)} ms, all within ${fixed(f.lateMaxMs)} ms; ${f.rounds} of ${f.roundsDue} rounds`,
      f.lateMaxMs <= LATE_MS && f.rounds >= f.roundsDue * 0.99,
    ]),
    verdict('… below 60 % of one core', five, (f) => [`${fixed(f.coreShare * 100)} %`, f.coreShare < 0.6]),
    verdict('… below 300 MB resident', five, (f) => [`${fixed(f.peakRssMb)} MB`, f.peakRssMb < 300]),
    verdict('… first complete tick within two intervals', five, (f) => [
      `${fixed(f.startSeconds)} s`,
      f.startSeconds <= 2 * f.scenario.intervalS,
    ]),
    verdict('a pool of 1,000 nodes × 30 is decided in less than 50 ms', pools[0], () => [
      pools.map(({ kind, medianMs }) => `${kind} ${fixed(medianMs)} ms`).join(', '),
      pools.every(({ medianMs }) => medianMs < 50),
    ]),
    verdict('requests do not grow with nodes', small && large ? { small, large } : undefined, (f) => [
      `${fixed(f.small.nomad)} an interval for 100 nodes, ${fixed(f.large.nomad)} for 1,000`,
      f.large.nomad <= f.small.nomad + 1,
    ]),
    verdict('lists of 10,000 allocations hold the event loop up for less than 50 ms', thousand, (f) => [
      `99 % within ${fixed(f.loopP99Ms)} ms, all within ${fixed(f.loopMaxMs)} ms`,
      f.loopP99Ms < 50,
    ]),
  ];
}

function verdict<T>(
  rule: string,
  figures: T | undefined,
  check: (figures: T) => readonly [string, boolean],
): Verdict {
  if (figures === undefined) return { rule, measured: 'not measured', holds: undefined };
  const [measured, holds] = check(figures);
  return { rule, measured, holds };
}

/** Two figures below ten, one below a hundred, none above. */
export function fixed(value: number): string {
  if (value >= 100) return Math.round(value).toLocaleString('en-US');
  return value.toFixed(value >= 10 ? 1 : 2).replace(/\.0+$/, '');
}
