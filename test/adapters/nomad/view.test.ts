import { describe, expect, test } from 'vitest';
import type { ClusterView } from '../../../src/ports/nomad.ts';
import { allocation, ClusterWorld, Heard } from './cluster-world.ts';
import { adapterOf } from './fake-nomad.ts';
import { createRig } from './harness.ts';

/** The first view of a world. */
async function viewOf(world: ClusterWorld): Promise<ClusterView> {
  const rig = createRig({ address: 'http://nomad', adapter: adapterOf(world.handler) });
  world.clock = rig.clock;
  const heard = new Heard();
  rig.nomad.follow(heard, { nodes: false });
  await rig.clock.advance(100);
  const [view] = heard.views;
  if (view === undefined) throw new Error('no view');
  return view;
}

const ref = (jobId: string, group = 'g', namespace = 'default') => ({ namespace, jobId, group });

describe('a view', () => {
  test('finds allocations by node, and by their id', async () => {
    const world = new ClusterWorld();
    world.allocations = [
      allocation('a1', 'web', { NodeID: 'n1' }),
      allocation('a2', 'web', { NodeID: 'n2' }),
      allocation('a3', 'sys', { NodeID: 'n1', ClientStatus: 'complete' }),
    ];
    const view = await viewOf(world);
    expect(view.allocationsOn('n1').map(({ id }) => id)).toEqual(['a1', 'a3']);
    expect(view.allocationsOn('n9')).toEqual([]);
    expect(view.allocation('a2')?.nodeId).toBe('n2');
    expect(view.allocation('a9')).toBeUndefined();
  });

  test('has the groups of services, batch and system jobs and parents; a child has its parent’s', async () => {
    const world = new ClusterWorld();
    const groupOf = (name: string) => ({ TaskGroups: [{ Name: name, Count: 1, Tasks: [] }] });
    world.jobs = [
      { id: 'web', index: 5, body: groupOf('api') },
      {
        id: 'nightly',
        index: 6,
        extra: { Type: 'batch', Periodic: true },
        body: { ...groupOf('run'), Periodic: {} },
      },
      { id: 'nightly/periodic-1', index: 7, extra: { Type: 'batch', ParentID: 'nightly' } },
      {
        id: 'work',
        index: 6,
        namespace: 'blue',
        extra: { ParameterizedJob: true },
        body: { ...groupOf('do'), ParameterizedJob: {} },
      },
      { id: 'work/dispatch-1', index: 8, namespace: 'blue', extra: { ParentID: 'work' } },
      { id: 'orphan/dispatch-1', index: 8, extra: { ParentID: 'orphan' } },
      { id: 'logs', index: 9, extra: { Type: 'system' }, body: { ...groupOf('ship'), Type: 'system' } },
    ];
    const view = await viewOf(world);
    expect(view.groupFacts(ref('web', 'api'))?.name).toBe('api');
    expect(view.groupFacts(ref('logs', 'ship'))?.name).toBe('ship');
    expect(view.groupFacts(ref('nightly', 'run'))?.name).toBe('run');
    expect(view.groupFacts(ref('nightly/periodic-1', 'run'))?.name).toBe('run');
    expect(view.groupFacts(ref('work/dispatch-1', 'do', 'blue'))?.needs.datacenters).toEqual([]);
    for (const none of [
      ref('web', 'other'),
      ref('work/dispatch-1', 'do'),
      ref('orphan/dispatch-1'),
      ref('nosuch'),
    ]) {
      expect(view.groupFacts(none)).toBeUndefined();
    }
    expect(view.jobs.map(({ jobId }) => jobId)).toEqual(['web']);
    expect([world.read('nightly/periodic-1'), world.read('work/dispatch-1')]).toEqual([0, 0]);
  });

  test('of which a job could not be read has no groups of it', async () => {
    const world = new ClusterWorld();
    world.jobs = [{ id: 'web', index: 5 }];
    world.bodyFaults.set('web', { status: 500, text: 'broken' });
    const view = await viewOf(world);
    expect(view.groupFacts(ref('web'))).toBeUndefined();
    expect(view.isUnread(ref('web'))).toBe(true);
  });

  test('names what waits for room, in order, children too', async () => {
    const world = new ClusterWorld();
    const queued = (groups: Readonly<Record<string, number>>) => ({
      JobSummary: {
        Summary: Object.fromEntries(Object.entries(groups).map(([name, count]) => [name, { Queued: count }])),
      },
    });
    world.jobs = [
      { id: 'web', index: 5, extra: queued({ g: 2, b: 1, idle: 0 }) },
      { id: 'api', index: 5, extra: queued({ g: 3 }) },
      { id: 'api', namespace: 'blue', index: 5, extra: queued({ g: 4 }) },
      { id: 'work/dispatch-1', index: 5, extra: { ...queued({ g: 5 }), ParentID: 'work', Type: 'batch' } },
      { id: 'sys', index: 5, extra: { ...queued({ g: 6 }), Type: 'system' } },
      { id: 'old', index: 5, extra: { ...queued({ g: 7 }), Stop: true } },
    ];
    const { queued: waiting } = await viewOf(world);
    expect(waiting).toEqual([
      { ...ref('api', 'g', 'blue'), queued: 4 },
      { ...ref('api'), queued: 3 },
      { ...ref('web', 'b'), queued: 1 },
      { ...ref('web'), queued: 2 },
      { ...ref('work/dispatch-1'), queued: 5 },
    ]);
  });
});
