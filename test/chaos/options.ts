import { parseArgs } from 'node:util';

/** What `npm run chaos` was asked for. */
export interface ChaosOptions {
  /** The seeds to run, one after the other; empty: none were named. */
  readonly seeds: readonly string[];
  readonly agents: number;
  /** They are members of one group. */
  readonly isGroup: boolean;
  /** How long faults are about, each seed. */
  readonly minutes: number;
  /** Keep what was noted of every seed, not only of failing ones. */
  readonly keeps: boolean;
  /** Run the suite on copies of the tree with one thing broken, by name; empty with `isMutating`: all of them. */
  readonly mutations: readonly string[];
  readonly isMutating: boolean;
}

export const USAGE = `npm run chaos -- [--seeds n | --seed text]… [--minutes n] [--agents n] [--groups] [--keep]
npm run chaos -- --mutations [name]…

  --seeds n      run n seeds: 1, 2, … (1; mutations: up to 6 each, until one notices)
  --seed text    run this seed; may be given again; a failing seed prints what to give here
  --minutes n    how long faults are about, each seed (1.6)
  --agents n     agents beside each other (3)
  --groups       the agents are members of one group, and one more comes and goes
  --keep         keep requests, operations and logs of good seeds too, below .cache/chaos
  --mutations    break the program in one way after the other, in a copy, until the suite notices
`;

/** Reads the arguments. Throws with what is wrong with them. */
export function parseOptions(args: readonly string[]): ChaosOptions {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      seeds: { type: 'string', default: '0' },
      seed: { type: 'string', multiple: true, default: [] },
      minutes: { type: 'string', default: '1.6' },
      agents: { type: 'string', default: '3' },
      groups: { type: 'boolean', default: false },
      keep: { type: 'boolean', default: false },
      mutations: { type: 'boolean', default: false },
    },
  });
  const number = (name: 'seeds' | 'minutes' | 'agents', least: number): number => {
    const value = Number(values[name]);
    if (value >= least) return value;
    throw new Error(`--${name} takes a number, ${least} or more`);
  };
  if (positionals.length > 0 && !values.mutations) throw new Error(`what does ${positionals[0]} mean?`);
  const counted = Array.from({ length: number('seeds', 0) }, (_none, at) => String(at + 1));
  return {
    seeds: values.seed.length > 0 ? values.seed : counted,
    agents: number('agents', 2),
    minutes: number('minutes', 0.1),
    isGroup: values.groups,
    keeps: values.keep,
    mutations: positionals,
    isMutating: values.mutations,
  };
}
