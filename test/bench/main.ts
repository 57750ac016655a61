import { readFileSync, writeFileSync } from 'node:fs';
import { arch, cpus, loadavg, platform, release, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { format } from 'prettier';
import { type Figures, figuresOf } from './figures.ts';
import { checkLimits } from './limits.ts';
import { type BenchOptions, parseOptions, USAGE } from './options.ts';
import { type Failure, type Machine, pageOf } from './page.ts';
import { measurePure } from './pure.ts';
import { type Outcome, runScenario } from './run-scenario.ts';

const root = new URL('../../', import.meta.url);
const PAGE = fileURLToPath(new URL('docs/benchmarks.md', root));
const RAW = fileURLToPath(new URL('.cache/bench.json', root));

/** Runs what the arguments ask for, prints what must hold, and after a whole run writes the page. Answers the exit code. */
export async function runBench(args: readonly string[]): Promise<number> {
  let options: BenchOptions;
  try {
    options = parseOptions(args);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    return 1;
  }
  const before = loadavg()[0] ?? 0;
  const pure = options.pure ? await measurePure(options.pureSeconds) : undefined;
  const outcomes: Outcome[] = [];
  const failures: Failure[] = [];
  for (const scenario of options.scenarios) {
    try {
      outcomes.push(await runScenario(scenario, say));
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      failures.push({ title: scenario.title, why });
      say(`${scenario.name}: ${why}`);
    }
  }
  writeFileSync(RAW, JSON.stringify({ pure, outcomes }, undefined, 1));
  const figures: readonly Figures[] = outcomes.map(figuresOf);
  const page = pageOf({ figures, failures, pure, machine: machineOf(before) });
  if (options.writes) writeFileSync(PAGE, await format(page, { parser: 'markdown', printWidth: 110 }));
  else process.stdout.write(`${page}\n`);
  const broken = checkLimits(figures, pure).filter(({ holds }) => holds === false);
  for (const { rule, measured } of broken) say(`does not hold: ${rule}: ${measured}`);
  say(options.writes ? `everything is in ${PAGE} and ${RAW}` : `everything is in ${RAW}`);
  return broken.length + failures.length === 0 ? 0 : 1;
}

function say(text: string): void {
  process.stderr.write(`bench: ${text}\n`);
}

function machineOf(before: number): Machine {
  const { version } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as { version: string };
  const [processor] = cpus();
  return {
    date: new Date().toISOString().slice(0, 10),
    version,
    node: process.version,
    system: `${platform()} ${release()} ${arch()}`,
    processor: processor?.model ?? 'unknown',
    cores: cpus().length,
    memoryGb: totalmem() / 1e9,
    load: [before, loadavg()[0] ?? 0],
  };
}
