import { getConsul } from '../setup/consul.mjs';
import { type ChaosOptions, parseOptions, USAGE } from './options.ts';
import { isGood, keepRun, lineOf, tallyOf } from './report.ts';
import { ENOUGH } from './perform.ts';
import { runSeed } from './seed-run.ts';

/** Milliseconds that everything may take to come to rest once all faults are over. */
export const SETTLE_MS = 90_000;

/** Runs what the arguments ask for and prints a line for each seed; answers the exit code. */
export async function runChaos(args: readonly string[]): Promise<number> {
  let options: ChaosOptions;
  try {
    options = parseOptions(args);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    return 1;
  }
  await getConsul();
  let bad = 0;
  for (const seed of options.seeds) {
    if (!(await runOne(seed, options))) bad += 1;
  }
  say(`${options.seeds.length - bad} of ${options.seeds.length} seeds good`);
  return bad === 0 ? 0 : 1;
}

async function runOne(
  seed: string,
  { agents, minutes, keeps }: { readonly agents: number; readonly minutes: number; readonly keeps: boolean },
): Promise<boolean> {
  const run = await runSeed({ seed, agents, spanMs: minutes * 60_000, settleMs: SETTLE_MS });
  const tally = tallyOf(run, ENOUGH);
  const good = isGood(run, tally);
  say(lineOf(run, tally));
  if (good && !keeps) return true;
  const { beganMs } = run.digest.record;
  for (const { rule, atMs, text } of run.violations.slice(0, 20)) {
    say(`  +${((atMs - beganMs) / 1_000).toFixed(2)} s ${rule}: ${text}`);
  }
  say(`  everything that was noted: ${keepRun(run)}`);
  if (!good) say(`  again: npm run chaos -- --seed ${seed} --minutes ${minutes} --agents ${agents}`);
  return good;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
