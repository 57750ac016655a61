import { type Figures, goRequests } from './figures.ts';
import { checkLimits, fixed, type Verdict } from './limits.ts';
import type { PureFigures } from './pure.ts';

/** What was measured, and where. */
export interface Measured {
  readonly figures: readonly Figures[];
  readonly failures: readonly Failure[];
  readonly pure: PureFigures | undefined;
  readonly machine: Machine;
}

/** A scenario that did not come to its end. */
export interface Failure {
  readonly title: string;
  readonly why: string;
}

export interface Machine {
  readonly date: string;
  readonly version: string;
  readonly node: string;
  readonly system: string;
  readonly processor: string;
  readonly cores: number;
  readonly memoryGb: number;
  /** Of the last minute, when the run began and when it ended: above the number of cores, others were at work. */
  readonly load: readonly [number, number];
}

/** docs/benchmarks.md as the measurements make it. */
export function pageOf({ figures, failures, pure, machine }: Measured): string {
  return [
    INTRODUCTION,
    machineText(machine),
    '## What must hold\n',
    limitsTable(checkLimits(figures, pure)),
    '## One interval of an agent\n',
    FIGURES_TEXT,
    ...failures.map(({ title, why }) => `- ${title}: not measured, ${why}\n`),
    table(COST_COLUMNS, figures),
    table(TIME_COLUMNS, figures),
    '## Starting\n',
    START_TEXT,
    table(START_COLUMNS, figures),
    '## Beside the Go releases\n',
    GO_TEXT,
    table(
      GO_COLUMNS,
      figures.filter(({ scenario }) => goRequests(scenario) !== undefined),
    ),
    ...(pure ? ['## The core alone\n', pureText(pure)] : []),
    LONG_RUN,
  ].join('\n');
}

const INTRODUCTION = `# Benchmarks

<!-- Written by \`npm run bench\`: changes are lost with its next run. -->

    npm run bench              everything, a quarter of an hour; writes this page
    npm run bench -- --quick   the smallest cluster and the core alone, about a minute

The built agent runs as a process of its own against a simulated Nomad, Consul and AWS in another, over sockets on
loopback. Counts (requests, bytes, rounds) are the same wherever it is run. CPU seconds are those of the agent's
process, all its threads; times and their tails also show what else the machine does.
`;

const FIGURES_TEXT = `Each figure is for one interval. *Other* are the requests to Nomad that are not for the statistics of an allocation.
An unmeasured interval lies between the first complete tick and what is measured.
`;

const START_TEXT = `From the start of the process to the first tick in which every group, or the pool, was decided on with everything known.
`;

const GO_TEXT = `What the Go releases send was recorded: each 10 s and job its deployment, the job, its allocations and its state in Consul,
for each running allocation the allocation and its statistics; for a pool its state and one list of allocations a node.
HEAD took 0.35 CPU s for 380 such calls, 0.9 ms each, with five small jobs. Their requests for the scenarios here are
multiplied from that, not measured.
`;

const LONG_RUN = `## A long time

\`BENCH=1 npx vitest run --config test/vitest.config.ts test/bench/long-run\` lets an agent with groups and a pool work
for 100,000 ticks in virtual time, and fails when its heap, its resident memory or its open handles grow.
`;

interface Column {
  readonly head: string;
  readonly of: (figures: Figures) => string;
}

const TITLE: Column = { head: '', of: ({ scenario }) => `${scenario.title}, ${scenario.intervalS} s` };

const COST_COLUMNS: readonly Column[] = [
  TITLE,
  { head: 'statistics', of: (f) => fixed(f.statistics) },
  { head: 'other', of: (f) => fixed(f.other) },
  { head: 'Consul', of: (f) => fixed(f.consul) },
  { head: 'AWS', of: (f) => fixed(f.aws) },
  { head: 'MB', of: (f) => fixed(f.bytes / 1e6) },
  { head: 'CPU s', of: (f) => fixed(f.cpuSeconds) },
  { head: 'of a core', of: (f) => `${fixed(f.coreShare * 100)} %` },
  { head: 'sockets', of: (f) => String(f.sockets) },
];

const TIME_COLUMNS: readonly Column[] = [
  TITLE,
  { head: 'rounds', of: (f) => `${f.rounds} of ${f.roundsDue}` },
  { head: 'late, 99 %', of: (f) => `${fixed(f.lateP99Ms)} ms` },
  { head: 'late, all', of: (f) => `${fixed(f.lateMaxMs)} ms` },
  { head: 'a round took, 99 %', of: (f) => `${fixed(f.tookP99Ms)} ms` },
  { head: 'event loop, 99 %', of: (f) => `${fixed(f.loopP99Ms)} ms` },
  { head: 'all', of: (f) => `${fixed(f.loopMaxMs)} ms` },
  { head: 'resident at most', of: (f) => `${fixed(f.peakRssMb)} MB` },
];

const START_COLUMNS: readonly Column[] = [
  TITLE,
  { head: 'after', of: (f) => (f.startSeconds > 0 ? `${fixed(f.startSeconds)} s` : '–') },
  { head: 'CPU s', of: (f) => (f.startSeconds > 0 ? fixed(f.startCpuSeconds) : '–') },
  { head: 'requests to Nomad', of: (f) => fixed(f.startRequests) },
];

const GO_COLUMNS: readonly Column[] = [
  TITLE,
  { head: 'Go, requests', of: ({ scenario }) => fixed(goRequests(scenario) ?? 0) },
  { head: 'here', of: (f) => fixed(f.nomad + f.consul) },
  { head: 'ratio', of: (f) => `${fixed((goRequests(f.scenario) ?? 0) / (f.nomad + f.consul))} : 1` },
  { head: 'CPU ms a request here', of: (f) => fixed((f.cpuSeconds * 1_000) / (f.nomad + f.consul)) },
];

function table(columns: readonly Column[], rows: readonly Figures[]): string {
  const head = `| ${columns.map((column) => column.head).join(' | ')} |`;
  const rule = `| ${columns.map((_none, at) => (at === 0 ? '---' : '--:')).join(' | ')} |`;
  const lines = rows.map((row) => `| ${columns.map((column) => column.of(row)).join(' | ')} |`);
  return `${[head, rule, ...lines].join('\n')}\n`;
}

function limitsTable(verdicts: readonly Verdict[]): string {
  const word = ({ holds }: Verdict): string => (holds === undefined ? '–' : holds ? 'yes' : '**no**');
  const lines = verdicts.map((one) => `| ${one.rule} | ${one.measured} | ${word(one)} |`);
  return `${['| rule | measured | holds |', '| --- | --- | --- |', ...lines].join('\n')}\n`;
}

function machineText({ date, version, node, system, processor, cores, memoryGb, load }: Machine): string {
  const [before, after] = load;
  return `${date}, Replicator ${version}, Node ${node}, ${system}, ${cores} × ${processor}, ${fixed(memoryGb)} GB; load average
${fixed(before)} before and ${fixed(after)} after the run (two processes of it are busy by themselves).
`;
}

function pureText({ groupsPerSecond, pools, ticksPerSecond }: PureFigures): string {
  const rows = pools.map(
    ({ nodes, kind, medianMs, worstMs, perSecond }) =>
      `| ${nodes.toLocaleString('en-US')} × 30, ${KINDS[kind]} | ${fixed(medianMs)} ms | ${fixed(worstMs)} ms | ${fixed(perSecond)} |`,
  );
  return `In CPU time, without servers or sockets.

- Groups of ten allocations, measured, judged and decided: ${fixed(groupsPerSecond)} a second.
- Simulated rounds: ${fixed(ticksPerSecond)} a second, with servers, AWS and agent in one process and in virtual time.

| pool, nodes × allocations | median | worst | a second |
| --- | --: | --: | --: |
${rows.join('\n')}
`;
}

const KINDS = { 'scale-in': 'one can go', nowhere: 'each is tried, none can go' };
