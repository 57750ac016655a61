/** A demand as a function of time; `per` says whether the group shares it or each allocation has it. */
export type Curve =
  | number
  | ({ readonly per?: 'group' | 'allocation' } & (
      | { readonly kind: 'constant'; readonly value: number }
      | {
          readonly kind: 'wave';
          readonly mean: number;
          readonly amplitude: number;
          readonly periodS: number;
          /** Seconds by which the wave is late; at 0 it starts at its mean and rises. */
          readonly phaseS?: number;
        }
      | {
          readonly kind: 'spike';
          readonly base: number;
          readonly peak: number;
          readonly atS: number;
          readonly forS: number;
          readonly everyS?: number;
        }
      /** Each step holds from its second on; before the first the first value holds. */
      | { readonly kind: 'steps'; readonly steps: readonly (readonly [number, number])[] }
    ));

/** What the allocations of a group have to do. CPU in MHz, memory in MiB, of the whole group unless `per` says otherwise. */
export interface GroupLoad {
  readonly cpuMhz: Curve;
  readonly memoryMb: Curve;
  /** Relative noise, each sample: 0.02 is ± 2 %. */
  readonly noise?: number;
  /** Share of each task; without it tasks share in proportion to what they reserve. */
  readonly tasks?: Readonly<Record<string, number>>;
}

/** The demand at a time, seconds since the world began; never negative. */
export function demandAt(curve: Curve, seconds: number): number {
  return Math.max(0, typeof curve === 'number' ? curve : curveAt(curve, seconds));
}

function curveAt(curve: Exclude<Curve, number>, seconds: number): number {
  switch (curve.kind) {
    case 'constant':
      return curve.value;
    case 'wave': {
      const turns = (seconds - (curve.phaseS ?? 0)) / curve.periodS;
      return curve.mean + curve.amplitude * Math.sin(2 * Math.PI * turns);
    }
    case 'spike': {
      const since = seconds - curve.atS;
      const within = curve.everyS === undefined || since < 0 ? since : since % curve.everyS;
      return within >= 0 && within < curve.forS ? curve.peak : curve.base;
    }
    case 'steps': {
      const passed = curve.steps.filter(([atS]) => atS <= seconds);
      return (passed.at(-1) ?? curve.steps[0])?.[1] ?? 0;
    }
  }
}

/** What falls to one of the allocations that run. */
export function shareAt(curve: Curve, seconds: number, running: number): number {
  const demand = demandAt(curve, seconds);
  return typeof curve !== 'number' && curve.per === 'allocation' ? demand : demand / Math.max(1, running);
}
