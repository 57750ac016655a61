import { describe, expect, test } from 'vitest';
import { ClusterWorld, Heard } from './cluster-world.ts';
import { adapterOf, type Reply, type Seen } from './fake-nomad.ts';
import { createRig, type Rig } from './harness.ts';

/** A Nomad that lists no job in all namespaces together; answers for each namespace alone are given. */
interface Guarded {
  /** What `/v1/namespaces` answers. */
  readonly namespaces: Reply;
  /** Names of those whose jobs may be listed. */
  allowed: readonly string[];
}

const named = (...names: readonly string[]): Reply => ({
  text: JSON.stringify(names.map((Name) => ({ Name }))),
});
const denied: Reply = { status: 403, text: 'Permission denied' };

function follow(guarded: Guarded, namespace = '*'): Rig & { heard: Heard; asked: () => readonly string[] } {
  const world = new ClusterWorld();
  const seen: string[] = [];
  const answer = async (request: Seen): Promise<Reply> => {
    const asked = request.query.get('namespace') ?? '';
    if (request.path === '/v1/namespaces') seen.push('namespaces');
    if (request.path === '/v1/namespaces') return guarded.namespaces;
    if (request.path !== '/v1/jobs' || asked === namespace) return world.handler(request);
    seen.push(asked);
    return guarded.allowed.includes(asked) ? { headers: world.headers, text: '[]' } : denied;
  };
  const rig = createRig({ address: 'http://nomad', adapter: adapterOf(answer), namespace });
  world.clock = rig.clock;
  const heard = new Heard();
  rig.nomad.follow(heard, { nodes: false });
  return { ...rig, heard, asked: () => seen };
}

describe('an empty list of the jobs of all namespaces', () => {
  test.each<readonly [string, Guarded, readonly string[]]>([
    ['nobody has jobs', { namespaces: named('default'), allowed: ['default'] }, ['namespaces', 'default']],
    [
      'the one that may be listed is empty',
      { namespaces: named('blue', 'default', 'green'), allowed: ['default'] },
      ['namespaces', 'blue', 'default'],
    ],
    ['Nomad knows no namespaces', { namespaces: { status: 404, text: '' }, allowed: [] }, ['namespaces']],
    [
      'namespaces are for Enterprise only',
      { namespaces: { status: 501, text: 'Nomad Enterprise only endpoint' }, allowed: [] },
      ['namespaces'],
    ],
  ])('is a view of nothing where %s', async (_what, guarded, asked) => {
    const rig = follow(guarded);
    await rig.clock.advance(100);
    expect(rig.heard.failures).toEqual([]);
    expect(rig.heard.jobs()).toEqual([]);
    expect(rig.asked()).toEqual(asked);
  });

  test.each<readonly [string, Reply]>([
    ['sees no namespace', named()],
    ['may list jobs in none that it sees', named('blue', 'default')],
  ])('is no view but a refusal where the token %s', async (_what, namespaces) => {
    const rig = follow({ namespaces, allowed: [] });
    await rig.clock.advance(5_000);
    expect(rig.heard.views).toEqual([]);
    expect(rig.heard.broken).toEqual(['jobs']);
    expect(rig.heard.failures[0]).toMatchObject({
      kind: 'denied',
      message: 'nomad: list jobs: the token may list the jobs of no namespace (namespace:list-jobs)',
      detail: { permission: 'namespace:list-jobs' },
    });
  });

  test('is a view once the token has been given the right', async () => {
    const guarded: Guarded = { namespaces: named('default'), allowed: [] };
    const rig = follow(guarded);
    await rig.clock.advance(5_000);
    expect(rig.heard.views).toEqual([]);
    guarded.allowed = ['default'];
    await rig.clock.advance(10_000);
    expect(rig.heard.recoveries).toEqual(['jobs']);
    expect(rig.heard.jobs()).toEqual([]);
  });

  test('is a failure, and no view, where the namespaces cannot be read', async () => {
    const rig = follow({ namespaces: { status: 500, text: 'No cluster leader' }, allowed: [] });
    await rig.clock.advance(5_000);
    expect(rig.heard.views).toEqual([]);
    expect(rig.heard.failures.map(({ message }) => message)).toEqual([
      'nomad: list namespaces: 500 No cluster leader',
    ]);
  });
});

test('an empty list of one namespace is believed: Nomad refuses it aloud', async () => {
  const rig = follow({ namespaces: named(), allowed: [] }, 'default');
  await rig.clock.advance(100);
  expect(rig.heard.jobs()).toEqual([]);
  expect(rig.asked()).toEqual([]);
});
