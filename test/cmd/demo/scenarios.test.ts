import { describe, expect, test } from 'vitest';
import { playScript, prepareScript } from '../../../cmd/demo/play-script.ts';
import { describeWorld, type Scenario } from '../../../cmd/demo/scenario.ts';
import { SCENARIOS } from '../../../cmd/demo/scenarios.ts';
import { findOption } from '../../../src/config/options.ts';
import { parseGroupPolicy } from '../../../src/domain/policy/group-policy.ts';
import { parsePoolMeta } from '../../../src/domain/policy/pool-policy.ts';
import { createCloudPools } from '../../../src/simulator/aws/cloud-pools.ts';
import { VirtualClock } from '../../../src/simulator/virtual-clock.ts';
import { buildWorld } from '../../../src/simulator/world-file.ts';

const scenarios = Object.entries<Scenario>(SCENARIOS);

/** The world of a scenario and its AWS, as they are at the beginning. */
function build(scenario: Scenario) {
  const clock = new VirtualClock();
  const description = describeWorld(scenario, 1);
  const world = buildWorld(description, clock);
  const cloud = createCloudPools(world, description.pools, 1);
  const stop = (): void => {
    cloud.stop();
    world.stop();
  };
  return { clock, description, world, cloud, stop };
}

test('the option table names the scenarios', () => {
  expect(findOption('scenario')?.choices).toEqual(Object.keys(SCENARIOS));
});

describe.each(scenarios)('%s', (_name, scenario) => {
  test('is a world in which all groups have a policy, and which places all of them', async () => {
    const { clock, world, description, stop } = build(scenario);
    await clock.advance(60_000);
    const groups = world.store.tables.jobs.all().flatMap((job) => job.spec.groups);
    const running = world.store.tables.allocations
      .all()
      .filter(({ clientStatus }) => clientStatus === 'running').length;
    expect(running).toBe(groups.reduce((sum, { count }) => sum + count, 0));
    const metas = description.jobs.flatMap(({ spec }) => metasOf(spec['TaskGroups']));
    expect(metas.map((meta) => parseGroupPolicy(meta).kind)).toEqual(groups.map(() => 'policy'));
    for (const { meta } of description.pools) expect(parsePoolMeta(meta).kind).toBe('policy');
    stop();
  });

  test('plays its script in time, again and again where it repeats', async () => {
    const { clock, world, cloud, stop: stopWorld } = build(scenario);
    const told: string[] = [];
    const startMs = clock.monotonicMs();
    const tell = (text: string): void => void told.push(`${(clock.monotonicMs() - startMs) / 1000} ${text}`);
    const quietly = {
      ...scenario,
      script: scenario.script.filter(({ act }) => act.kind !== 'reset-failsafe'),
    };
    const stop = playScript(quietly, { clock, world, cloud, consulUrl: '', say: tell, failed: tell });
    const turns = scenario.repeatS === undefined ? [0] : [0, scenario.repeatS];
    const lastS = (turns.at(-1) ?? 0) + (scenario.repeatS ?? 3_600) - 1;
    await clock.advance(lastS * 1000);
    expect(told).toEqual(
      turns.flatMap((fromS) => quietly.script.map(({ atS, say }) => `${fromS + atS} ${say}`)),
    );
    stop();
    await clock.advance(10_000_000);
    expect(told).toHaveLength(turns.length * quietly.script.length);
    stopWorld();
  });
});

test('a script that was prepared begins once, when it is told to, and not after its end', async () => {
  const scenario = SCENARIOS['no-metrics'];
  const { clock, world, cloud, stop } = build(scenario);
  const told: string[] = [];
  const say = (text: string): void => void told.push(text);
  const script = prepareScript(scenario, { clock, world, cloud, consulUrl: '', say, failed: say });
  await clock.advance(300_000);
  expect(told).toHaveLength(0);
  script.begin();
  script.begin();
  await clock.advance(300_000);
  expect(told).toHaveLength(1);
  script.stop();
  script.begin();
  await clock.advance(300_000);
  expect(told).toHaveLength(1);
  stop();
});

test('a deploy keeps the counts and changes the images', async () => {
  const scenario = SCENARIOS['bad-deploy'];
  const { clock, world, cloud, stop: stopWorld } = build(scenario);
  await clock.advance(60_000);
  const ref = { namespace: 'default', jobId: 'shop', group: 'web' };
  world.scale({ ...ref, count: 5, message: 'more', error: false, meta: null });
  const stop = playScript(scenario, {
    clock,
    world,
    cloud,
    consulUrl: '',
    say: () => undefined,
    failed: (text) => expect.unreachable(text),
  });
  await clock.advance(301_000);
  const group = world.store.job('default', 'shop')?.spec.groups[0];
  expect([group?.count, group?.tasks[0]?.config['image']]).toEqual([5, 'missing/web:2']);
  stop();
  stopWorld();
});

function metasOf(groups: unknown): Record<string, string>[] {
  return (groups as { Meta: Record<string, string> }[]).map(({ Meta }) => Meta);
}
