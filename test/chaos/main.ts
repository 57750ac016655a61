import { getConsul } from '../setup/consul.mjs';
import { mutationsNamed, runMutation } from './mutate.ts';
import { type ChaosOptions, parseOptions, USAGE } from './options.ts';
import { ENOUGH } from './perform.ts';
import { isGood, keepRun, lineOf, tallyOf } from './report.ts';
import { runSeed } from './seed-run.ts';

/** Milliseconds that everything may take to come to rest once all faults are over. */
export const SETTLE_MS = 120_000;

/** Seeds that a mutation has to be noticed by, unless others are named. */
const SEEDS_OF_MUTATIONS = 6;

/** Runs what the arguments ask for and prints a line for each seed; answers the exit code. */
export async function runChaos(args: readonly string[]): Promise<number> {
  let options: ChaosOptions;
  try {
    options = parseOptions(args);
    mutationsNamed(options.mutations);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    return 1;
  }
  await getConsul();
  return options.isMutating ? runMutations(options) : runSeeds(options);
}

async function runSeeds(options: ChaosOptions): Promise<number> {
  const seeds = options.seeds.length > 0 ? options.seeds : ['1'];
  let good = 0;
  for (const seed of seeds) if (await runOne(seed, options)) good += 1;
  say(`${good} of ${seeds.length} seeds good`);
  return good === seeds.length ? 0 : 1;
}

async function runOne(seed: string, { agents, minutes, keeps, isGroup }: ChaosOptions): Promise<boolean> {
  const run = await runSeed({ seed, agents, isGroup, spanMs: minutes * 60_000, settleMs: SETTLE_MS });
  const tally = tallyOf(run, ENOUGH);
  const good = isGood(run, tally);
  say(lineOf(run, tally));
  if (good && !keeps) return true;
  const { beganMs } = run.digest.record;
  for (const { rule, atMs, text } of run.violations.slice(0, 20)) {
    say(`  +${((atMs - beganMs) / 1_000).toFixed(2)} s ${rule}: ${text}`);
  }
  say(`  everything that was noted: ${keepRun(run)}`);
  const groups = isGroup ? ' --groups' : '';
  if (!good) say(`  again: npm run chaos -- --seed ${seed} --minutes ${minutes} --agents ${agents}${groups}`);
  return good;
}

async function runMutations(options: ChaosOptions): Promise<number> {
  const mutations = mutationsNamed(options.mutations);
  const first = Array.from({ length: SEEDS_OF_MUTATIONS }, (_none, at) => String(at + 1));
  const seeds = options.seeds.length > 0 ? options.seeds : first;
  const args = [
    '--minutes',
    String(options.minutes),
    '--agents',
    String(options.agents),
    ...(options.isGroup ? ['--groups'] : []),
  ];
  let caught = 0;
  for (const mutation of mutations) {
    const { seed, rules } = await runMutation(mutation, { seeds, args });
    const how = seed === undefined ? 'NOT NOTICED' : `noticed by seed ${seed}: ${rules.join(', ')}`;
    say(`${mutation.name} (${mutation.breaks}): ${how}`);
    if (seed !== undefined) caught += 1;
  }
  say(`${caught} of ${mutations.length} mutations noticed`);
  return caught === mutations.length ? 0 : 1;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
