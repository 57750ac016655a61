import { afterEach, expect, test } from 'vitest';
import type { AgentEvent } from '../../src/agent/events.ts';
import { describeEvent } from '../../src/agent/describe-event.ts';
import { scenarioJob } from '../support/virtual-jobs.ts';
import { scenarioPool } from '../support/scenario-pools.ts';
import { VirtualCluster } from '../support/virtual-cluster.ts';

/** Texts that are no state, no operation, no policy and no flag. */
const BROKEN: readonly string[] = [
  '',
  ' ',
  '{',
  '}',
  '[]',
  'null',
  'true',
  '7',
  '"text"',
  '{}',
  '{"failsafe_mode": "yes"}',
  '{"failsafe_mode": true, "failure_count": -1}',
  '{"failure_count": 1e400}',
  '{"failure_count": "3"}',
  '{"last_scaling_event": "yesterday"}',
  '{"last_scaling_event": 0, "last_updated": null}',
  '{"scaleout_requests": 1.5}',
  '{"eligible_nodes": [[1]]}',
  '{"resource_type": []}',
  '{"phase": "requested"}',
  '{"phase": "nosuch", "from": "a"}',
  '{"set": "perhaps"}',
  '{"__proto__": {"set": true}}',
  '{"a": "\\ud800"}',
  '\u0000',
  '<html>502</html>',
  'x'.repeat(2_000),
  '['.repeat(500),
];

let cluster: VirtualCluster;
afterEach(() => cluster.stop());

const told: AgentEvent[] = [];

/** Every group has broken documents of its own, but `web`; so has every pool but `workers`. */
function build(): void {
  told.length = 0;
  const jobs = BROKEN.flatMap((_, index) => [
    scenarioJob({ id: `state-${index}`, count: 1, cpuMhz: 480, deploys: false }),
    scenarioJob({ id: `operation-${index}`, count: 1, cpuMhz: 480, deploys: false }),
    scenarioJob({
      id: `meta-${index}`,
      count: 1,
      cpuMhz: 480,
      meta: { replicator_max: `=${BROKEN[index]}` },
    }),
  ]);
  cluster = new VirtualCluster({
    nodes: [{ count: 12, cpuMhz: 8_000, memoryMb: 16_000 }],
    pools: [scenarioPool({ desired: 2 })],
    jobs: [scenarioJob({ count: 1, cpuMhz: 480, deploys: false }), ...jobs],
    heard: (event) => void told.push(event),
  });
  for (const [index, text] of BROKEN.entries()) {
    cluster.consul.putKey(`replicator/config/state/jobs/state-${index}/api`, text);
    cluster.consul.putKey(`replicator/config/operations/jobs/operation-${index}/api`, text);
    cluster.consul.putKey(`replicator/config/nodes/pool-${index}`, text);
    cluster.consul.putKey(`replicator/config/state/nodes/pool-${index}`, text);
    cluster.consul.putKey(`replicator/config/strange/${index}`, text);
  }
}

test('an agent goes on whatever stands in Consul and in the meta of jobs: what is broken is left alone, one line each', async () => {
  build();
  const agent = cluster.startAgent();
  await cluster.run(90_000);
  expect(agent.leading()).toBe(true);
  expect(cluster.count('web')).toBeGreaterThan(1);
  const lines = told.map((event) => describeEvent(event)).filter(({ level }) => level === 'error');
  expect(lines.filter(({ message }) => /\n|\bundefined\b|TypeError|\n\s+at /.test(message))).toEqual([]);
  for (const [index, text] of BROKEN.entries()) {
    const of = (kind: string): readonly string[] =>
      lines
        .filter(({ message }) => new RegExp(`\\b${kind}-${index}\\b`).test(message))
        .map(({ message }) => message);
    const isReadable = cluster.count(`state-${index}`) !== 1;
    expect({ index, state: of('state').length }).toEqual({ index, state: isReadable ? 0 : 1 });
    expect({ index, operation: of('operation').length }).toEqual({ index, operation: 1 });
    expect({ index, meta: of('meta').length }).toEqual({ index, meta: 1 });
    expect(cluster.count(`meta-${index}`)).toBe(1);
    expect(cluster.consul.key(`replicator/config/operations/jobs/operation-${index}/api`)?.text).toBe(text);
  }
  const named = cluster.awsWrites.map(({ body }) => new URLSearchParams(body).get('AutoScalingGroupName'));
  expect(named.filter((name) => name !== 'workers')).toEqual([]);
});

test.each(['failsafe', 'paused'] as const)(
  'a flag that cannot be read holds everything: %s',
  async (flag) => {
    build();
    cluster.consul.putKey(cluster.keys[flag], '{"set": "perhaps"}');
    cluster.startAgent();
    await cluster.run(60_000);
    expect([cluster.writes, cluster.count('web')]).toEqual([[], 1]);
    cluster.setFlag(flag, false);
    await cluster.run(60_000);
    expect(cluster.count('web')).toBeGreaterThan(1);
  },
);
