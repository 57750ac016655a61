import type { JsonObject } from '../../src/simulator/json-text.ts';
import { batch, each, pool, type Scenario, service, wave } from './scenario.ts';

/** A demand that is there from the beginning, falls, and comes again. */
function spike([base, peak]: readonly [number, number], forS: number, everyS: number): JsonObject {
  return { kind: 'spike', base, peak, atS: 0, forS, everyS };
}

/** Work of 16 times 1,500 MHz: more than the nodes of the pool hold at first. */
const TRAINING = batch('train', {
  name: 'model',
  count: 16,
  cpuMhz: 1500,
  memoryMb: 512,
  load: { cpuMhz: each(1400), memoryMb: each(300) },
  runsS: 600,
});

/** A task that is larger than any node of the pool. */
const GIANT = batch('giant', {
  name: 'solver',
  count: 1,
  cpuMhz: 5000,
  memoryMb: 512,
  load: { cpuMhz: each(4000), memoryMb: each(300) },
  runsS: 600,
});

/** Batch work on every node, which no drain ends. */
const CRUNCHING = batch('crunch', {
  name: 'numbers',
  count: 4,
  cpuMhz: 400,
  memoryMb: 900,
  load: { cpuMhz: each(380), memoryMb: each(600) },
  runsS: 600,
});

const NO_CAPACITY =
  'We currently do not have sufficient m5.large capacity in the Availability Zone you requested (us-east-1a). Launching EC2 instance failed.';

/** The scenarios with worker pools. */
export const POOL_SCENARIOS = {
  'pool-wave': {
    summary: 'jobs, and the nodes they run on, follow waves of load',
    nodes: [],
    pools: [
      pool({ name: 'workers', bounds: [2, 8], desired: 2, cpuMhz: 4000, memoryMb: 8192, cooldownS: 60 }),
    ],
    jobs: [
      service('shop', {
        name: 'web',
        count: 3,
        policy: { bounds: [2, 12], cpu: [40, 75], cooldownS: 30 },
        cpuMhz: 800,
        memoryMb: 512,
        load: { cpuMhz: wave([700, 6600], 1500, 0), memoryMb: each(200), noise: 0.03 },
      }),
      service('cart', {
        name: 'api',
        count: 2,
        policy: { bounds: [2, 8], cpu: [40, 75], cooldownS: 30 },
        cpuMhz: 600,
        memoryMb: 512,
        load: { cpuMhz: wave([500, 3000], 1500, 0), memoryMb: each(250), noise: 0.03 },
      }),
      service('mail', {
        name: 'outbox',
        count: 2,
        policy: { bounds: [1, 4], cpu: [30, 70] },
        cpuMhz: 400,
        memoryMb: 256,
        load: { cpuMhz: each(200), memoryMb: each(60) },
      }),
    ],
    script: [],
  },
  'bad-launch': {
    summary: 'instances that are not launched, or never join: failures, failsafe, and the way back',
    nodes: [],
    pools: [
      pool({ name: 'workers', bounds: [2, 6], desired: 3, cpuMhz: 4000, memoryMb: 8192, cooldownS: 60 }),
    ],
    jobs: [
      service('shop', {
        name: 'web',
        count: 7,
        policy: { bounds: [4, 8], cpu: [45, 75] },
        cpuMhz: 1000,
        memoryMb: 512,
        load: { cpuMhz: spike([2200, 5600], 2000, 3300), memoryMb: each(250) },
      }),
    ],
    script: [
      {
        atS: 1,
        say: 'AWS has no capacity: all launches fail',
        act: { kind: 'pool', order: { pool: 'workers', failLaunches: 'always', launchFailure: NO_CAPACITY } },
      },
      {
        atS: 500,
        say: 'AWS has capacity again, but the image is broken: no instance joins',
        act: { kind: 'pool', order: { pool: 'workers', failLaunches: 0, joins: 'never' } },
      },
      {
        atS: 1540,
        say: 'an operator mends the image',
        act: { kind: 'pool', order: { pool: 'workers', joins: 'ordinary' } },
      },
      {
        atS: 1555,
        say: 'the operator has examined the instance left over, and terminates it',
        act: { kind: 'terminate-detached', pool: 'workers' },
      },
      {
        atS: 1570,
        say: 'the operator resets the failsafe of the pool',
        act: { kind: 'reset-failsafe', pool: 'workers' },
      },
    ],
    repeatS: 3300,
  },
  'stuck-drain': {
    summary: 'batch work does not leave a node: the drain is undone, and another one works',
    nodes: [],
    pools: [
      pool({ name: 'workers', bounds: [2, 5], desired: 2, cpuMhz: 4000, memoryMb: 8192, cooldownS: 60 }),
    ],
    drainDeadlineS: 240,
    jobs: [
      service('shop', {
        name: 'web',
        count: 4,
        policy: { bounds: [1, 4], cpu: [40, 85], cooldownS: 20 },
        cpuMhz: 1000,
        memoryMb: 512,
        load: { cpuMhz: spike([600, 3100], 420, 3900), memoryMb: each(250) },
      }),
    ],
    script: [
      {
        atS: 240,
        say: 'somebody runs crunch: ten minutes of batch work, which no drain ends',
        act: { kind: 'run', job: CRUNCHING },
      },
      { atS: 1020, say: 'somebody removes crunch, which is done', act: { kind: 'stop', job: 'crunch' } },
    ],
    repeatS: 3900,
  },
  pending: {
    summary: 'allocations find no room: several nodes at once, and back when the work is done',
    nodes: [],
    pools: [
      pool({ name: 'workers', bounds: [2, 10], desired: 2, cpuMhz: 4000, memoryMb: 2048, cooldownS: 30 }),
    ],
    jobs: [
      service('shop', {
        name: 'web',
        count: 2,
        policy: { bounds: [2, 4], cpu: [30, 75] },
        cpuMhz: 300,
        memoryMb: 128,
        load: { cpuMhz: each(150), memoryMb: each(60) },
      }),
    ],
    script: [
      {
        atS: 30,
        say: 'somebody runs train: 16 times 1,500 MHz, for which there is no room',
        act: { kind: 'run', job: TRAINING },
      },
      {
        atS: 240,
        say: 'somebody runs giant: 5,000 MHz in one task, for which no node has room',
        act: { kind: 'run', job: GIANT },
      },
      { atS: 480, say: 'somebody stops giant', act: { kind: 'stop', job: 'giant' } },
      { atS: 780, say: 'somebody removes train, which is done', act: { kind: 'stop', job: 'train' } },
    ],
    repeatS: 2400,
  },
} satisfies Record<string, Scenario>;
