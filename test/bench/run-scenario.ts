import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { REGION } from '../support/scenario-pools.ts';
import type { AgentOrder, AgentReport } from './agent-report.ts';
import { type Child, startChild } from './child.ts';
import { type Scenario, worldOf } from './scenarios.ts';
import type { SimulatorAddresses, SimulatorReport } from './simulator-report.ts';

/** What one scenario came to. */
export interface Outcome {
  readonly scenario: Scenario;
  /** From the agent's start to its first complete tick, and what was asked until then. */
  readonly start: {
    readonly seconds: number;
    readonly cpuSeconds: number;
    readonly servers: SimulatorReport;
  };
  /** Over all measured intervals together. */
  readonly agent: AgentReport;
  readonly servers: SimulatorReport;
}

const RESOLUTION_MS = 5;
/** A cluster that does not come up, or an agent that never completes a tick, ends the run. */
const LIMIT_MS = 300_000;

/** Runs a scenario from nothing to nothing. `say` hears how far it is. */
export async function runScenario(scenario: Scenario, say: (text: string) => void): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), 'replicator-bench-'));
  const world = join(folder, 'world.json');
  writeFileSync(world, worldOf(scenario));
  const children: Child[] = [];
  try {
    const simulator = startChild('simulator-child.mjs', world);
    children.push(simulator);
    const addresses = await simulator.hear<SimulatorAddresses>();
    await untilRunning(simulator, scenario);
    await simulator.ask('reset');
    say(`${scenario.name}: the cluster runs`);
    const agent = startAgent(scenario, addresses);
    children.unshift(agent);
    return await measure(scenario, { simulator, agent }, say);
  } finally {
    for (const child of children) await child.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function untilRunning(simulator: Child, { groups, allocations }: Scenario): Promise<void> {
  const endMs = performance.now() + LIMIT_MS;
  for (;;) {
    const { running } = await simulator.ask<SimulatorReport>('report');
    if (running >= groups * allocations) return;
    if (performance.now() > endMs) throw new Error(`only ${running} allocations run`);
    await delay(500);
  }
}

function startAgent(scenario: Scenario, { nomad, consul, aws }: SimulatorAddresses): Child {
  const { intervalS, scalesGroups, groups, poolNodes } = scenario;
  const intervalMs = intervalS * 1_000;
  const order: AgentOrder = {
    flags: [`-nomad=${nomad}`, `-consul=${consul}`, '-log-level=info'],
    settings: {
      jobScalingIntervalMs: intervalMs,
      jobScalingDisabled: false,
      clusterScalingIntervalMs: intervalMs,
      clusterScalingDisabled: poolNodes === 0,
      drainDeadlineMs: 900_000,
      scalingConcurrency: 10,
      usageDeadlineMs: Math.max(1_000, Math.min(intervalMs, 8_000)),
    },
    resources: (scalesGroups ? groups : 0) + (poolNodes > 0 ? 1 : 0),
    resolutionMs: RESOLUTION_MS,
  };
  return startChild('agent-child.mjs', JSON.stringify(order), {
    NODE_ENV: 'production',
    AWS_ENDPOINT_URL: aws,
    AWS_REGION: REGION,
    AWS_ACCESS_KEY_ID: 'bench',
    AWS_SECRET_ACCESS_KEY: 'bench',
  });
}

async function measure(
  scenario: Scenario,
  { simulator, agent }: { readonly simulator: Child; readonly agent: Child },
  say: (text: string) => void,
): Promise<Outcome> {
  const hasRounds = scenario.scalesGroups || scenario.poolNodes > 0;
  if (hasRounds) await Promise.race([agent.hear(), delay(LIMIT_MS, undefined, { ref: false }).then(tooLong)]);
  else await delay(3_000);
  const servers = await simulator.ask<SimulatorReport>('report');
  const first = await agent.ask<AgentReport>('report');
  say(`${scenario.name}: complete after ${(first.completeMs / 1_000).toFixed(1)} s`);
  await simulator.ask(`churn ${scenario.churn}`);
  await delay(Math.min(scenario.intervalS, 15) * 1_000);
  await Promise.all([simulator.ask('reset'), agent.ask('reset')]);
  await delay(scenario.intervalS * scenario.ticks * 1_000);
  const [counted, seen] = await Promise.all([
    simulator.ask<SimulatorReport>('report'),
    agent.ask<AgentReport>('report'),
  ]);
  const start = { seconds: first.completeMs / 1_000, cpuSeconds: first.completeCpuS, servers };
  return { scenario, start, agent: seen, servers: counted };
}

function tooLong(): never {
  throw new Error(`no complete tick within ${LIMIT_MS / 1_000} s`);
}
