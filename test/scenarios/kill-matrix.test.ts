import { describe, expect, test } from 'vitest';
import { PoolEye } from '../support/scenario-pools.ts';
import type { VirtualAgent } from '../support/virtual-agent.ts';
import { VirtualCluster } from '../support/virtual-cluster.ts';
import { isTransaction } from '../support/virtual-wire.ts';
import { KILL_CASES, type KillCase } from './pools/kill-cases.ts';
import { lossesOf } from './pools/pool-scenes.ts';

const POSITIONS = ['on its way', 'once it is served', 'before its answer is recorded'] as const;

type Position = (typeof POSITIONS)[number];

/** Sees to it that the agent dies at the request. */
function arm(agent: VirtualAgent, { server, match }: KillCase, at: Position, died: () => void): void {
  const wire = agent[server];
  const fits = match();
  const kill = (): void => {
    agent.kill();
    died();
  };
  if (at === 'on its way') return wire.loseRequest(fits, kill);
  if (at === 'once it is served') return wire.loseAnswer(fits, kill);
  const release = wire.holdAnswer(fits, () => {
    agent.consul.loseRequest(isTransaction, kill);
    release();
  });
}

async function play(cluster: VirtualCluster, one: KillCase, at: Position): Promise<void> {
  const eye = new PoolEye(cluster);
  await cluster.run(5_000);
  await one.prepare?.(cluster, eye);
  const first = cluster.startAgent();
  arm(first, one, at, () => {
    cluster.say('agent-1 is killed');
    cluster.startAgent();
  });
  await one.meanwhile?.(cluster, eye);
  if (!first.isDead()) await cluster.until(/agent-1 is killed/, 1_200_000);
  await cluster.until(one.ends, 2_400_000);
  await cluster.run(180_000);
}

/** How it all came out. */
function outcomeOf(cluster: VirtualCluster): object {
  const eye = new PoolEye(cluster);
  const { standing, wishes, state, operation } = eye;
  return { standing, wishes, state, operation, losses: lossesOf(cluster, eye) };
}

const matrix = KILL_CASES.flatMap((one) => POSITIONS.map((at) => [one.call, at, one] as const));

/** Reads of AWS as they are, and as they may be: up to so many seconds behind. */
const READS = [
  ['fresh', [0, 0]],
  ['stale', [2_000, 25_000]],
] as const;

describe.each(READS)('the acting agent is killed, reads of AWS are %s', (_name, staleMs) => {
  test.each(matrix)('at %s, %s', { timeout: 120_000 }, async (_call, at, one) => {
    const cluster = new VirtualCluster(one.cluster);
    const { cloud } = cluster.pools;
    cloud.faults = { ...cloud.faults, staleMs };
    try {
      await play(cluster, one, at);
      const { standing, wishes, state } = one;
      expect(outcomeOf(cluster)).toMatchObject({ standing, wishes, state, operation: undefined, losses: [] });
    } catch (error) {
      throw new Error(`${String(error)}\n${cluster.transcript.text()}`, { cause: error });
    } finally {
      await cluster.stop();
    }
  });
});
