import { describe, expect, test } from 'vitest';
import { allocation, ClusterWorld, Heard } from './cluster-world.ts';
import { adapterOf, type Reply, type Seen } from './fake-nomad.ts';
import { createRig, type Rig } from './harness.ts';

/** What the token may see, where a list of all namespaces is empty. */
interface Guarded {
  /** What `/v1/namespaces` answers. */
  readonly namespaces: Reply;
  /** Names of those that may be listed. */
  allowed: readonly string[];
}

type List = 'jobs' | 'allocations';

const named = (...names: readonly string[]): Reply => ({
  text: JSON.stringify(names.map((Name) => ({ Name }))),
});
const denied: Reply = { status: 403, text: 'Permission denied' };

/** A world where only the other list has something in it. */
function emptyBut(list: List): ClusterWorld {
  const world = new ClusterWorld();
  if (list === 'allocations') world.jobs = [{ id: 'web', index: 5 }];
  else world.allocations = [allocation('a-1', 'web')];
  return world;
}

function follow(
  list: List,
  guarded: Guarded,
  namespace = '*',
): Rig & { heard: Heard; asked: () => readonly string[] } {
  const world = emptyBut(list);
  const seen: string[] = [];
  const answer = async (request: Seen): Promise<Reply> => {
    const asked = request.query.get('namespace') ?? '';
    if (request.path === '/v1/namespaces') seen.push('namespaces');
    if (request.path === '/v1/namespaces') return guarded.namespaces;
    if (request.path !== `/v1/${list}` || asked === namespace) return world.handler(request);
    seen.push(asked);
    return guarded.allowed.includes(asked) ? { headers: world.headers, text: '[]' } : denied;
  };
  const rig = createRig({ address: 'http://nomad', adapter: adapterOf(answer), namespace });
  world.clock = rig.clock;
  const heard = new Heard();
  rig.nomad.follow(heard, { nodes: false });
  return { ...rig, heard, asked: () => seen };
}

describe.each([
  { list: 'jobs', permission: 'namespace:list-jobs' },
  { list: 'allocations', permission: 'namespace:read-job' },
] as const)('an empty list of the $list of all namespaces', ({ list, permission }) => {
  test.each<readonly [string, Guarded, readonly string[]]>([
    ['nobody has any', { namespaces: named('default'), allowed: ['default'] }, ['namespaces', 'default']],
    [
      'the namespace that may be listed has none',
      { namespaces: named('blue', 'default', 'green'), allowed: ['default'] },
      ['namespaces', 'blue', 'default'],
    ],
    ['Nomad knows no namespaces', { namespaces: { status: 404, text: '' }, allowed: [] }, ['namespaces']],
    [
      'namespaces are for Enterprise only',
      { namespaces: { status: 501, text: 'Nomad Enterprise only endpoint' }, allowed: [] },
      ['namespaces'],
    ],
  ])('is believed where %s', async (_what, guarded, asked) => {
    const rig = follow(list, guarded);
    await rig.clock.advance(100);
    expect(rig.heard.failures).toEqual([]);
    expect(rig.heard.views.length).toBeGreaterThan(0);
    expect(rig.asked()).toEqual(asked);
  });

  test.each<readonly [string, Reply]>([
    ['sees no namespace', named()],
    ['may list none that it sees', named('blue', 'default')],
  ])('is no view but a refusal where the token %s', async (_what, namespaces) => {
    const rig = follow(list, { namespaces, allowed: [] });
    await rig.clock.advance(5_000);
    expect(rig.heard.views).toEqual([]);
    expect(rig.heard.broken).toEqual([list]);
    expect(rig.heard.failures[0]).toMatchObject({
      kind: 'denied',
      message: `nomad: list ${list}: the token may list the ${list} of no namespace (${permission})`,
      detail: { permission },
    });
  });

  test('is believed once the token has been given the right', async () => {
    const guarded: Guarded = { namespaces: named('default'), allowed: [] };
    const rig = follow(list, guarded);
    await rig.clock.advance(5_000);
    expect(rig.heard.views).toEqual([]);
    guarded.allowed = ['default'];
    await rig.clock.advance(10_000);
    expect(rig.heard.recoveries).toEqual([list]);
    expect(rig.heard.views.length).toBeGreaterThan(0);
  });

  test('is a failure where the namespaces cannot be read', async () => {
    const rig = follow(list, { namespaces: { status: 500, text: 'No cluster leader' }, allowed: [] });
    await rig.clock.advance(5_000);
    expect(rig.heard.views).toEqual([]);
    expect(rig.heard.failures.map(({ message }) => message)).toEqual([
      'nomad: list namespaces: 500 No cluster leader',
    ]);
  });

  test('is believed at once for a single namespace: Nomad refuses it aloud', async () => {
    const rig = follow(list, { namespaces: named(), allowed: [] }, 'default');
    await rig.clock.advance(100);
    expect(rig.heard.views.length).toBeGreaterThan(0);
    expect(rig.asked()).toEqual([]);
  });
});

test('a namespace whose jobs may be listed and not read is hidden, until they may', async () => {
  const world = new ClusterWorld();
  world.jobs = [
    { id: 'web', index: 5 },
    { id: 'app', namespace: 'blue', index: 5 },
  ];
  world.allocations = [allocation('a-1', 'web')];
  world.bodyFaults.set('app', denied);
  const rig = createRig({ address: 'http://nomad', adapter: adapterOf(world.handler) });
  world.clock = rig.clock;
  const heard = new Heard();
  rig.nomad.follow(heard, { nodes: false });
  await rig.clock.advance(3_000);
  expect(heard.views.at(-1)?.hiddenNamespaces).toEqual(['blue']);
  expect(heard.jobs()).toEqual(['default:web@5=1']);
  world.bodyFaults.set('app', { status: 500, text: 'No cluster leader' });
  await rig.clock.advance(40_000);
  expect(heard.views.at(-1)?.hiddenNamespaces).toEqual([]);
  world.bodyFaults.delete('app');
  await rig.clock.advance(40_000);
  expect(heard.jobs()).toEqual(['blue:app@5=1', 'default:web@5=1']);
});
