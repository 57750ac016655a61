import type { ValueOf } from '../../src/config/options.ts';
import { GROUP_SCENARIO } from './group-scenario.ts';
import { POOL_SCENARIOS } from './pool-scenarios.ts';
import { batch, each, type Scenario, service, wave } from './scenario.ts';

/** The scenarios that the option table names. */
export const SCENARIOS: Readonly<Record<ValueOf<'scenario'>, Scenario>> = {
  wave: {
    summary: 'load comes and goes in waves',
    nodes: [{ name: 'node', count: 4, cpuMhz: 4000, memoryMb: 8192 }],
    jobs: [
      service('shop', {
        name: 'web',
        count: 2,
        policy: { bounds: [2, 8], cpu: [35, 75], mem: [60, 90] },
        cpuMhz: 500,
        memoryMb: 256,
        load: { cpuMhz: wave([250, 2150], 900), memoryMb: each(110), noise: 0.04 },
      }),
      service('cart', {
        name: 'api',
        count: 2,
        policy: { bounds: [1, 5], cpu: [30, 70], mem: [50, 80] },
        cpuMhz: 250,
        memoryMb: 256,
        load: { cpuMhz: wave([60, 640], 1200, 240), memoryMb: wave([90, 640], 1200, 240), noise: 0.03 },
      }),
      batch('reports', {
        name: 'worker',
        count: 2,
        policy: { bounds: [1, 6], cpu: [30, 80] },
        cpuMhz: 400,
        memoryMb: 512,
        load: { cpuMhz: wave([150, 1650], 1020, 180), memoryMb: each(200) },
      }),
      service('search', {
        name: 'index',
        count: 3,
        policy: { bounds: [1, 3], cpu: [25, 70], mem: [40, 85] },
        cpuMhz: 600,
        memoryMb: 1024,
        load: { cpuMhz: each(500), memoryMb: each(820), noise: 0.03 },
      }),
      service('mail', {
        name: 'outbox',
        count: 4,
        policy: { bounds: [1, 5], cpu: [30, 70], mem: [50, 85] },
        cpuMhz: 200,
        memoryMb: 128,
        load: { cpuMhz: 36, memoryMb: each(40) },
      }),
      service('legacy', {
        name: 'api',
        count: 2,
        policy: { bounds: [1, 4], cpu: [30, 70], enabled: false },
        cpuMhz: 500,
        memoryMb: 512,
        load: { cpuMhz: each(430), memoryMb: each(300) },
      }),
    ],
    script: [],
  },
  spike: {
    summary: 'short spikes of load: out as far as the bounds and the cluster allow, and back in',
    nodes: [{ name: 'node', count: 3, cpuMhz: 3000, memoryMb: 4096 }],
    jobs: [
      service('shop', {
        name: 'checkout',
        count: 2,
        policy: { bounds: [2, 6], cpu: [30, 75], mem: [60, 90] },
        cpuMhz: 500,
        memoryMb: 256,
        load: {
          cpuMhz: { kind: 'spike', base: 450, peak: 2900, atS: 90, forS: 420, everyS: 900 },
          memoryMb: each(100),
        },
      }),
      batch('feed', {
        name: 'ingest',
        count: 1,
        policy: { bounds: [1, 4], mem: [30, 80] },
        cpuMhz: 300,
        memoryMb: 512,
        load: {
          cpuMhz: each(120),
          memoryMb: { kind: 'spike', base: 120, peak: 1500, atS: 240, forS: 300, everyS: 720 },
        },
      }),
      service('render', {
        name: 'farm',
        count: 2,
        policy: { bounds: [1, 8], cpu: [30, 70] },
        cpuMhz: 1200,
        memoryMb: 512,
        load: {
          cpuMhz: { kind: 'spike', base: 700, peak: 9000, atS: 420, forS: 1200, everyS: 2400 },
          memoryMb: each(200),
        },
      }),
      service('site', {
        name: 'static',
        count: 2,
        policy: { bounds: [1, 4], cpu: [20, 80] },
        cpuMhz: 200,
        memoryMb: 128,
        load: { cpuMhz: each(90), memoryMb: each(60) },
      }),
    ],
    script: [],
  },
  'no-metrics': {
    summary: 'the statistics of the allocations fail for a while and come back: unknown is not zero',
    nodes: [{ name: 'node', count: 3, cpuMhz: 4000, memoryMb: 8192 }],
    jobs: [
      service('shop', {
        name: 'web',
        count: 2,
        policy: { bounds: [2, 8], cpu: [35, 75] },
        cpuMhz: 500,
        memoryMb: 256,
        load: { cpuMhz: wave([250, 2150], 600), memoryMb: each(110) },
      }),
      batch('reports', {
        name: 'worker',
        count: 2,
        policy: { bounds: [1, 6], cpu: [30, 80] },
        cpuMhz: 400,
        memoryMb: 512,
        load: { cpuMhz: wave([150, 1650], 720, 120), memoryMb: each(200) },
      }),
      service('mail', {
        name: 'outbox',
        count: 3,
        policy: { bounds: [1, 5], cpu: [30, 70] },
        cpuMhz: 200,
        memoryMb: 128,
        load: { cpuMhz: each(90), memoryMb: each(40) },
      }),
    ],
    script: [
      {
        atS: 240,
        say: 'the statistics of all allocations fail',
        act: { kind: 'faults', faults: { statistics: { mode: 'error' } } },
      },
      {
        atS: 420,
        say: 'the statistics come back',
        act: { kind: 'faults', faults: { statistics: null } },
      },
      {
        atS: 600,
        say: 'the statistics of half of the allocations hang',
        act: { kind: 'faults', faults: { statistics: { mode: 'hang', fraction: 0.5 } } },
      },
      {
        atS: 720,
        say: 'the statistics come back',
        act: { kind: 'faults', faults: { statistics: null } },
      },
    ],
    repeatS: 900,
  },
  'bad-deploy': {
    summary:
      'an image that cannot be pulled is deployed: failed deployments, backoff, failsafe, and the way back',
    nodes: [{ name: 'node', count: 3, cpuMhz: 4000, memoryMb: 8192 }],
    jobs: [
      service('shop', {
        name: 'web',
        count: 3,
        policy: { bounds: [2, 8], cpu: [35, 75], retries: 2 },
        cpuMhz: 500,
        memoryMb: 256,
        load: { cpuMhz: wave([600, 2400], 720, -120), memoryMb: each(110) },
      }),
      batch('reports', {
        name: 'worker',
        count: 2,
        policy: { bounds: [1, 6], cpu: [30, 80] },
        cpuMhz: 400,
        memoryMb: 512,
        load: { cpuMhz: wave([150, 1650], 720, 120), memoryMb: each(200) },
      }),
    ],
    script: [
      {
        atS: 300,
        say: 'a user deploys shop with an image that does not exist',
        act: { kind: 'deploy', job: 'shop', image: 'missing/web:2' },
      },
      {
        atS: 1500,
        say: 'the user deploys shop with the good image again',
        act: { kind: 'deploy', job: 'shop', image: 'registry.example/web:3' },
      },
      {
        atS: 1680,
        say: 'an operator resets the failsafe of shop/web',
        act: { kind: 'reset-failsafe', group: { namespace: 'default', jobId: 'shop', group: 'web' } },
      },
    ],
    repeatS: 2400,
  },
  ...POOL_SCENARIOS,
  group: GROUP_SCENARIO,
};
