import { describe, expect, test } from 'vitest';
import { VirtualClock } from '../../src/simulator/virtual-clock.ts';
import { buildWorld, parseWorldFile } from '../../src/simulator/world-file.ts';
import type { World } from '../../src/simulator/world/world.ts';

const group = (more: object = {}): object => ({ name: 'app', tasks: [{ name: 't' }], ...more });

function faultsOf(file: unknown): readonly string[] {
  const parsed = parseWorldFile(typeof file === 'string' ? file : JSON.stringify(file));
  return parsed.ok ? [] : parsed.faults;
}

function build(file: object, clock = new VirtualClock()): World {
  const parsed = parseWorldFile(JSON.stringify(file));
  if (!parsed.ok) throw new Error(parsed.faults.join('\n'));
  return buildWorld(parsed.description, clock);
}

describe('a world file', () => {
  test('describes nodes, jobs and loads', async () => {
    const clock = new VirtualClock();
    const world = build(
      {
        seed: 4,
        timing: { startMs: [10, 20], stopMs: 5 },
        nodes: [
          { count: 2, name: 'pool', nodeClass: 'a', cpuMhz: 3000, meta: { tier: 1 } },
          { datacenter: 'dc2', cgroup: 'v1' },
        ],
        jobs: [
          {
            id: 'web',
            update: { maxParallel: 2, minHealthyS: 1, healthyDeadlineS: 8, progressDeadlineS: 20 },
            constraints: { '${node.class}': 'a' },
            groups: [
              group({
                count: 2,
                meta: { replicator_enabled: true, replicator_max: 5 },
                scaling: { min: 1, max: 5 },
                load: {
                  cpuMhz: { kind: 'wave', mean: 10, amplitude: 5, periodS: 60 },
                  memoryMb: 64,
                  noise: 0,
                },
              }),
            ],
          },
          { id: 'many', type: 'batch', copies: 3, groups: [group()] },
          { id: 'sys', type: 'system', groups: [group()] },
        ],
      },
      clock,
    );
    await clock.advance(10_000);
    const { tables } = world.store;
    const names = tables.nodes.all().map((node) => `${node.name} ${node.nodeClass}`);
    expect(names.toSorted((a, b) => a.localeCompare(b))).toEqual(['node-3 ', 'pool-1 a', 'pool-2 a']);
    expect(tables.jobs.all().map((job) => job.spec.id)).toEqual(['many-1', 'many-2', 'many-3', 'sys', 'web']);
    const web = world.store.job('default', 'web');
    expect(web?.spec.groups[0]).toMatchObject({
      count: 2,
      scaling: { min: 1, max: 5 },
      update: { maxParallel: 2 },
    });
    expect(web?.spec.text).toContain('"replicator_enabled":"true","replicator_max":"5"');
    const rows = tables.allocations.all().filter((row) => row.jobId === 'web');
    expect(rows.map((row) => row.clientStatus)).toEqual(['running', 'running']);
    expect(world.store.latestDeployment('default\u0000web')?.status).toBe('successful');
  });

  test('takes a job in Nomad’s own JSON, with loads beside it', () => {
    const task = { Name: 't', Driver: 'docker', Config: { image: 'a' } };
    const spec = { ID: 'raw', Datacenters: ['dc1'], TaskGroups: [{ Name: 'g', Tasks: [task] }], Future: 1 };
    const world = build({ jobs: [{ spec, loads: { g: { cpuMhz: 10, memoryMb: 10 } } }] });
    expect(world.store.job('default', 'raw')?.spec.text).toContain('"Future":1');
  });

  test('makes no deployments where update is null', () => {
    const world = build({ jobs: [{ id: 'web', update: null, groups: [group()] }] });
    expect(world.store.job('default', 'web')?.spec.groups[0]?.update).toBeNull();
  });

  test.each([
    ['{"seed": 1', /^not JSON: /],
    [{ sede: 1 }, /^sede is not known$/],
    [{ seed: [] }, /^seed must be a number or a text$/],
    [{ nodes: {} }, /^nodes must be a list$/],
    [{ nodes: [{ cpuMhz: 'much' }] }, /^nodes\[0\]\.cpuMhz must be a number, at least 1$/],
    [{ nodes: [{ cgroup: 'v3' }] }, /^nodes\[0\]\.cgroup must be one of v1, v2$/],
    [{ timing: { startMs: [5, 1] } }, /^timing\.startMs must be a number or a pair \[from, to\]$/],
    [{ timing: { startS: 1 } }, /^timing\.startS is not known$/],
    [{ jobs: [{ groups: [group()] }] }, /^jobs\[0\]\.id is missing$/],
    [{ jobs: [{ id: 'a', groups: [] }] }, /^jobs\[0\] is refused: Missing job task groups$/],
    [
      { jobs: [{ id: 'a', type: 'cron', groups: [group()] }] },
      /^jobs\[0\]\.type must be one of service, batch, system$/,
    ],
    [
      { jobs: [{ id: 'a', groups: [group({ meta: 3 })] }] },
      /^jobs\[0\]\.groups\[0\]\.meta must be an object of texts$/,
    ],
    [
      { jobs: [{ id: 'a', groups: [group({ load: { cpuMhz: 1 } })] }] },
      /^jobs\[0\]\.groups\[0\]\.load\.memoryMb is missing$/,
    ],
    [
      { jobs: [{ id: 'a', groups: [group({ load: { cpuMhz: { kind: 'flat' }, memoryMb: 1 } })] }] },
      /^jobs\[0\]\.groups\[0\]\.load\.cpuMhz\.kind must be one of constant, wave, spike, steps$/,
    ],
    [
      { jobs: [{ id: 'a', update: { healthyDeadlineS: 900 }, groups: [group()] }] },
      /^jobs\[0\] is refused: .*Healthy deadline must be less than progress deadline/,
    ],
    [{ pools: [{ max: 3 }] }, /^pools\[0\]\.name is missing$/],
    [{ pools: [{ name: 'a', min: 2, max: 1 }] }, /^pools\[0\]\.max must be a number, at least 2$/],
    [{ pools: [{ name: 'a', max: 3, desired: 4 }] }, /^pools\[0\]\.desired must not be more than max$/],
    [{ pools: [{ name: 'a', max: 3, zones: [] }] }, /^pools\[0\]\.zones must name at least one zone$/],
    [{ pools: [{ name: 'a', max: 3, bootMs: 'long' }] }, /^pools\[0\]\.bootMs must be a number or a pair/],
    [{ pools: [{ name: 'a', max: 3, joins: 'late' }] }, /^pools\[0\]\.joins must be one of ordinary, /],
    [{ pools: [{ name: 'a', max: 3, node: { cpu: 1 } }] }, /^pools\[0\]\.node\.cpu is not known$/],
    [
      {
        pools: [
          { name: 'a', max: 3 },
          { name: 'a', max: 3 },
        ],
      },
      /^pools has a twice$/,
    ],
  ])('says in one line what is wrong with %j', (file, line) => {
    const faults = faultsOf(file);
    expect(faults.some((fault) => line.test(fault))).toBe(true);
    expect(faults.every((fault) => !fault.includes('\n'))).toBe(true);
  });

  test('says everything that is wrong at once', () => {
    const file = { nodes: [{ cpuMhz: -1, colour: 'red' }], jobs: [{ groups: [] }] };
    expect(faultsOf(file).length).toBeGreaterThanOrEqual(4);
  });
});
