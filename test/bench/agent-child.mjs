// The built agent as a process of its own, wired as the command wires it, with a probe beside it. What it is to do
// comes as JSON in argv; it answers `reset`, `report` and `stop` over IPC.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Writable } from 'node:stream';

/** @typedef {import('./agent-report.ts').AgentOrder} AgentOrder */
/** @typedef {import('./agent-report.ts').AgentReport} AgentReport */

/** @param {string} path below dist */
const built = (path) => new URL(`../../dist/${path}`, import.meta.url).href;

/** @type {typeof import('../../src/agent/agent.ts')} */
const { startAgent } = await import(built('src/agent/agent.js'));
/** @type {typeof import('../../src/agent/describe-event.ts')} */
const { describeEvent } = await import(built('src/agent/describe-event.js'));
/** @type {typeof import('../../src/config/argv.ts')} */
const { parseArguments } = await import(built('src/config/argv.js'));
/** @type {typeof import('../../src/config/options.ts')} */
const { AGENT_FLAGS } = await import(built('src/config/options.js'));
/** @type {typeof import('../../cmd/load-config.ts')} */
const { loadConfig } = await import(built('cmd/load-config.js'));
/** @type {typeof import('../../cmd/wire.ts')} */
const { identityOf, wireLog, wirePorts } = await import(built('cmd/wire.js'));
/** @type {typeof import('../../cmd/wire-telling.ts')} */
const { wireTelling } = await import(built('cmd/wire-telling.js'));

/** @type {AgentOrder} */
const order = JSON.parse(process.argv[2] ?? '{}');
const startedMs = performance.now();
/** Resources that a decision was made on with everything known, ever. */
const seen = new Set();
/** @type {{lateMs: number[], tookMs: number[], failures: number, holds: Record<string, number>, cpu: NodeJS.CpuUsage, sinceMs: number, peakMb: number}} */
let tally = emptyTally();
let completeMs = 0;
let completeCpuS = 0;
const delays = monitorEventLoopDelay({ resolution: order.resolutionMs });
delays.enable();
setInterval(() => {
  tally.peakMb = Math.max(tally.peakMb, process.memoryUsage.rss() / 1_048_576);
}, 100).unref();

function emptyTally() {
  return {
    lateMs: [],
    tookMs: [],
    failures: 0,
    holds: {},
    cpu: process.cpuUsage(),
    sinceMs: performance.now(),
    peakMb: 0,
  };
}

/** @param {import('../../src/agent/events.ts').AgentEvent} event */
function note(event) {
  if (event.kind === 'round-ended') {
    tally.lateMs.push(event.lateMs);
    tally.tookMs.push(event.tookMs);
  } else if (event.kind === 'round-failed' || event.kind === 'service-failed') {
    tally.failures += 1;
    process.stderr.write(
      `agent: +${Math.round(performance.now() - startedMs)} ms ${event.kind}: ${event.error.message}\n`,
    );
  } else if (event.kind === 'decided' || event.kind === 'pool-decided') {
    const { verdict } = event.decision;
    const why = 'reason' in verdict ? verdict.reason : verdict.because;
    tally.holds[why] = (tally.holds[why] ?? 0) + 1;
    if (why !== 'no-metrics' && seen.size < order.resources)
      see(event.kind === 'decided' ? event.group : event.pool);
  }
}

/** @param {string} resource */
function see(resource) {
  seen.add(resource);
  if (seen.size < order.resources) return;
  completeMs = performance.now() - startedMs;
  const { user, system } = process.cpuUsage();
  completeCpuS = (user + system) / 1e6;
  process.send?.({ complete: true });
}

/** @returns {AgentReport} */
function report() {
  const cpu = process.cpuUsage(tally.cpu);
  /** @param {number} ns */
  const beyond = (ns) => Math.max(0, ns / 1e6 - order.resolutionMs);
  const late = tally.lateMs.toSorted((a, b) => a - b);
  const took = tally.tookMs.toSorted((a, b) => a - b);
  return {
    seconds: (performance.now() - tally.sinceMs) / 1_000,
    cpuSeconds: (cpu.user + cpu.system) / 1e6,
    rounds: late.length,
    failures: tally.failures,
    verdicts: tally.holds,
    lateP50Ms: rank(late, 0.5),
    lateP99Ms: rank(late, 0.99),
    lateMaxMs: late.at(-1) ?? 0,
    tookP50Ms: rank(took, 0.5),
    tookP99Ms: rank(took, 0.99),
    tookMaxMs: took.at(-1) ?? 0,
    loopP99Ms: beyond(delays.percentile(99)),
    loopMaxMs: beyond(delays.max),
    peakRssMb: Math.max(tally.peakMb, process.memoryUsage.rss() / 1_048_576),
    everRssMb: process.resourceUsage().maxRSS / 1_024,
    heapMb: process.memoryUsage().heapUsed / 1_048_576,
    completeMs,
    completeCpuS,
    handles: process.getActiveResourcesInfo().length,
  };
}

/** @param {readonly number[]} sorted @param {number} share */
function rank(sorted, share) {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

const { settings: given } = parseArguments(AGENT_FLAGS, order.flags);
const loaded = await loadConfig({ settings: given, environment: {} });
if (loaded.kind !== 'ok') throw new Error(JSON.stringify(loaded.faults));
const { config } = loaded;
const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
const log = await wireLog({ level: config.logLevel, format: 'json', stream: nowhere, now: Date.now });
/** @param {import('../../src/agent/events.ts').AgentEvent} event */
const emit = (event) => {
  log.write(describeEvent(event));
  telling.listen(event);
  note(event);
};
const { systemClock } = await import(built('src/adapters/system/clock.js'));
const telling = await wireTelling(config, { clock: systemClock(), emit, servesPage: true });
const ports = await wirePorts(config, { rate: undefined, observe: telling.observe });
const agent = startAgent({
  ...ports,
  alarms: telling.alarms,
  identity: identityOf(config, { name: 'bench', environment: {} }),
  settings: () => order.settings,
  emit,
});
telling.attach(agent.answers);

process.on('disconnect', () => process.exit(1));
process.on('message', (what) => {
  if (what === 'reset') {
    delays.reset();
    tally = emptyTally();
    process.send?.({ done: true });
  } else if (what === 'report') process.send?.(report());
  else if (what === 'stop') void stop();
});

async function stop() {
  await agent.stop();
  await telling.close(0);
  await ports.close();
  process.disconnect?.();
  process.exit(0);
}
