import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { beginIn, beginOut, type InOperation, type OutOperation } from '../../src/domain/pool-operation.ts';
import { MINUTE_MS } from './build.ts';
import { anInOperation, anOutOperation } from './build-pool-operation.ts';
import { ANSWERED, type Fate, PoolDriver } from './pool-driver.ts';
import { PoolWorld } from './pool-world.ts';

const SIZE = 3;
const VICTIM = { nodeId: 'n-i-2', nodeName: 'client-2', instanceId: 'i-2' };

/** One thing that happens; ten seconds pass after each. */
type Event =
  | { readonly kind: 'tick'; readonly fate: Fate; readonly staleS: number }
  | { readonly kind: 'work'; readonly workS: number }
  | { readonly kind: 'asks-out'; readonly asks: boolean }
  | { readonly kind: 'boots'; readonly boots: 'soon' | 'late' | 'never' }
  | { readonly kind: 'failsafe'; readonly set: boolean }
  | { readonly kind: 'operator' }
  | { readonly kind: 'time'; readonly seconds: number };

const fates: fc.Arbitrary<Fate> = fc.oneof(
  { weight: 4, arbitrary: fc.constant(ANSWERED) },
  fc.constantFrom<Fate>({ kind: 'killed-before' }, { kind: 'killed-after' }),
  fc.constant<Fate>({ kind: 'late', delayMs: Infinity }),
  fc.integer({ min: 1000, max: 100_000 }).map((delayMs): Fate => ({ kind: 'late', delayMs })),
);

const ticks: fc.Arbitrary<Event> = fc
  .record({ fate: fates, staleS: fc.constantFrom(0, 0, 5, 12, 25) })
  .map(({ fate, staleS }) => ({ kind: 'tick', fate, staleS }));

const common: fc.Arbitrary<Event> = fc.oneof(
  { weight: 6, arbitrary: ticks },
  fc.boolean().map((set): Event => ({ kind: 'failsafe', set })),
  fc.integer({ min: 1, max: 400 }).map((seconds): Event => ({ kind: 'time', seconds })),
);

const inEvents: fc.Arbitrary<readonly Event[]> = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: common },
    fc.constantFrom(1, 60, 2000, Infinity).map((workS): Event => ({ kind: 'work', workS })),
    fc.boolean().map((asks): Event => ({ kind: 'asks-out', asks })),
    fc.constant<Event>({ kind: 'operator' }),
  ),
  { maxLength: 40 },
);

const outEvents: fc.Arbitrary<readonly Event[]> = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: common },
    fc.constantFrom('soon', 'late', 'never').map((boots): Event => ({ kind: 'boots', boots })),
    fc.constant<Event>({ kind: 'work', workS: 60 }),
  ),
  { maxLength: 60 },
);

function happen(driver: PoolDriver, event: Event): void {
  const { world } = driver;
  switch (event.kind) {
    case 'tick':
      driver.tick(event.fate, event.staleS);
      break;
    case 'work':
      for (const { id } of world.nodes) world.giveWork(id, event.workS);
      break;
    case 'asks-out':
      driver.asksOut = event.asks;
      break;
    case 'boots':
      world.boots = event.boots;
      break;
    case 'failsafe':
      driver.failsafe = event.set;
      break;
    case 'operator':
      world.makeEligible(VICTIM.nodeId);
      break;
    case 'time':
      world.pass(event.seconds);
      break;
  }
  world.pass(10);
}

function removing(world: PoolWorld, part: Partial<InOperation> = {}): PoolDriver {
  return new PoolDriver(world, beginIn({ ...anInOperation(part), ...VICTIM }, world.nowMs));
}

function adding(world: PoolWorld, part: Partial<OutOperation> = {}): PoolDriver {
  const { members, nodes, nowMs } = world;
  return new PoolDriver(world, beginOut({ ...anOutOperation(part), members }, nodes, nowMs));
}

/** Nodes on running instances that take no work. */
function closedNodes({ nodes, strays, members }: PoolWorld): readonly string[] {
  const running = new Set([...members, ...strays]);
  const isClosed = nodes.filter((node) => running.has(node.instanceId) && (!node.eligible || node.draining));
  return isClosed.map((node) => node.id);
}

/** What is left at the end, and how it came about. */
function summaryOf({ world, operation, trail }: PoolDriver) {
  const { broken, desired, detached, strays } = world;
  const members = world.members.length;
  return { operation, broken, closed: closedNodes(world), desired, members, detached, strays, trail };
}

const WELL = { operation: undefined, broken: [], closed: [] };

describe('removing a node, whatever happens on the way', () => {
  test('ends with exactly one less, or with everything as it was; work is never lost', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(inEvents, fc.constantFrom(60_000, 900_000), (events, drainDeadlineMs) => {
        const world = new PoolWorld(SIZE);
        const driver = removing(world, { drainDeadlineMs });
        for (const event of events) happen(driver, event);
        world.calm();
        driver.finish(2000);
        seen.add(driver.ended?.outcome ?? 'none');
        const isRemoved = driver.ended?.outcome === 'success';
        expect(summaryOf(driver)).toEqual({
          ...WELL,
          desired: isRemoved ? SIZE - 1 : SIZE,
          members: isRemoved ? SIZE - 1 : SIZE,
          detached: isRemoved ? ['i-2'] : [],
          strays: [],
          trail: driver.trail,
        });
      }),
      { numRuns: 400 },
    );
    expect([...seen].toSorted()).toEqual(['dropped', 'failure', 'success']);
  });

  test('without faults takes a few rounds', () => {
    const world = new PoolWorld(SIZE);
    world.giveWork(VICTIM.nodeId, 60);
    const driver = removing(world);
    driver.finish(30);
    expect(driver.ended).toMatchObject({ outcome: 'success' });
    expect(world).toMatchObject({ broken: [], desired: 2, members: ['i-1', 'i-3'], strays: [] });
  });

  test('that never empties gives the node back after its 15 minutes', () => {
    const world = new PoolWorld(SIZE);
    world.giveWork(VICTIM.nodeId, Infinity);
    const driver = removing(world);
    driver.finish(15 * 6 + 5);
    expect(driver.ended).toMatchObject({ outcome: 'failure', failedDrain: 'n-i-2' });
    expect(world).toMatchObject({ broken: [], desired: 3, detached: [] });
    expect(closedNodes(world)).toEqual([]);
  });
});

describe('adding instances, whatever happens on the way', () => {
  test('ends with exactly as many more as were asked for, or with none, or with one set aside', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(
        outEvents,
        fc.constantFrom(1, 2, 3),
        fc.constantFrom(1, 2),
        (events, retryThreshold, more) => {
          const world = new PoolWorld(SIZE);
          const driver = adding(world, { retryThreshold, from: SIZE, to: SIZE + more });
          driver.asksOut = true;
          for (const event of events) happen(driver, event);
          world.calm();
          driver.finish(4000);
          const { detached } = world;
          const isAside = detached.length === 1;
          seen.add(`${driver.ended?.outcome ?? 'none'}${isAside ? ' aside' : ''}`);
          const isMore = isAside || driver.ended?.outcome === 'success';
          const size = SIZE + (isMore ? more : 0) - detached.length;
          expect(detached.length).toBeLessThanOrEqual(1);
          expect(summaryOf(driver)).toEqual({
            ...WELL,
            desired: size,
            members: size,
            detached,
            strays: detached,
            trail: driver.trail,
          });
        },
      ),
      { numRuns: 400 },
    );
    expect([...seen].toSorted()).toEqual(['dropped', 'failure', 'failure aside', 'success']);
  });

  test('one that never joins is replaced twice, and set aside at the threshold', () => {
    const world = new PoolWorld(SIZE);
    world.boots = 'never';
    const driver = adding(world);
    for (let round = 0; round < 6 * 40 && driver.operation; round += 1) {
      driver.tick(ANSWERED);
      world.pass(10);
    }
    expect(driver.ended).toMatchObject({ outcome: 'failure', failsafe: true });
    expect(driver.failures).toBe(3);
    expect(world).toMatchObject({ broken: [], desired: 3, detached: ['i-6'], strays: ['i-6'] });
    expect(world.members).toEqual(['i-1', 'i-2', 'i-3']);
  });

  test('a request that arrives after a minute never lowers what was asked for since', () => {
    const world = new PoolWorld(SIZE);
    const first = adding(world);
    first.tick({ kind: 'late', delayMs: 60_000 });
    world.pass(5);
    const startMs = world.nowMs;
    first.finish(40);
    expect(first.ended).toMatchObject({ outcome: 'success' });
    expect(world.nowMs - startMs).toBeGreaterThan(2 * MINUTE_MS);
    const second = adding(world, { from: 4, to: 5 });
    second.finish(40);
    expect(second.ended).toMatchObject({ outcome: 'success' });
    expect(world).toMatchObject({ broken: [], desired: 5 });
  });
});
