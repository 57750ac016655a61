import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import type { CrewOrders } from '../../../cmd/demo/crew.ts';
import { performAct } from '../../../cmd/demo/perform-act.ts';
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

test('the page about the demo tells of each scenario, in the same order', async () => {
  const page = await readFile(new URL('../../../docs/demo.md', import.meta.url), 'utf8');
  const told = [...page.matchAll(/^- \*\*([a-z-]+)\*\*: /gm)].map(([, name]) => name);
  expect(told).toEqual(Object.keys(SCENARIOS));
});

/** Does what it is told. */
function obedient(): CrewOrders {
  return { kill: async () => undefined, end: async () => undefined, start: async () => undefined };
}

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
    const stage = { clock, timer: clock, world, cloud, crew: obedient(), consulUrl: '' };
    const stop = playScript(quietly, { ...stage, say: tell, failed: tell });
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
  const stage = { clock, timer: clock, world, cloud, consulUrl: '', say, failed: say };
  const script = prepareScript(scenario, stage);
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
    timer: clock,
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

describe('a script with a team', () => {
  test('goes by its own timer, and not by the clock of the cluster', async () => {
    const scenario = SCENARIOS.group;
    const { clock, world, cloud, stop: stopWorld } = build(scenario);
    const timer = new VirtualClock();
    const told: string[] = [];
    const say = (text: string): void => void told.push(text);
    const stop = playScript(scenario, {
      clock,
      timer,
      world,
      cloud,
      crew: obedient(),
      consulUrl: '',
      say,
      failed: say,
    });
    await clock.advance(3_600_000);
    expect(told).toEqual([]);
    await timer.advance(16_000);
    expect(told).toHaveLength(1);
    stop();
    stopWorld();
  });

  test('ends members that run, starts those that do not, and has all of them at the end of its turn', async () => {
    const { team, script } = SCENARIOS.group;
    const running = new Set<string>(team?.members);
    const end = async (id: string): Promise<void> => expect(running.delete(id)).toBe(true);
    const start = async (id: string): Promise<void> => {
      expect(running.has(id)).toBe(false);
      running.add(id);
    };
    const { clock, world, cloud, stop } = build(SCENARIOS.group);
    for (const { act } of script.toSorted((a, b) => a.atS - b.atS)) {
      await performAct(act, { clock, world, cloud, crew: { kill: end, end, start }, consulUrl: '' });
      expect(running.size).toBeGreaterThanOrEqual(2);
    }
    expect([...running].toSorted()).toEqual(team?.members);
    stop();
  });

  test('cannot be played where there is none', async () => {
    const { clock, world, cloud, stop } = build(SCENARIOS.group);
    const act = { kind: 'kill', agent: 'agent-a' } as const;
    await expect(performAct(act, { clock, world, cloud, consulUrl: '' })).rejects.toThrow(
      'no group of agents',
    );
    stop();
  });
});

function metasOf(groups: unknown): Record<string, string>[] {
  return (groups as { Meta: Record<string, string> }[]).map(({ Meta }) => Meta);
}
