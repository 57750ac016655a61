import { describe, expect, test } from 'vitest';
import { bindNodes, isOnInstance, unboundAddresses, unboundMembers } from '../../src/domain/bind-nodes.ts';
import { aMember, aNode } from './build-pool.ts';
import type { InstanceFacts, PoolGroup } from '../../src/domain/worker-pool.ts';

const GROUP: PoolGroup = {
  pool: 'pool-a',
  region: 'eu-west-1',
  desired: 2,
  min: 1,
  max: 5,
  members: [aMember({ instanceId: 'i-1' }), aMember({ instanceId: 'i-2' })],
  zones: ['eu-west-1a'],
  suspended: [],
};

function instance(instanceId: string, ...addresses: string[]): InstanceFacts {
  return { instanceId, state: 'running', addresses, launchedMs: 0, zone: 'eu-west-1a' };
}

describe('the instance of a node', () => {
  const silent = aNode({ instanceId: '', addresses: ['10.0.0.7', '172.17.0.1'] });

  test('is the one its client names, whatever has its address', () => {
    const found = new Map([['10.0.0.1', [instance('i-foreign', '10.0.0.1')]]]);
    const [bound] = bindNodes([aNode({ instanceId: 'i-1', addresses: ['10.0.0.1'] })], GROUP, found);
    expect(bound).toMatchObject({ instanceId: 'i-1', member: { instanceId: 'i-1' } });
  });

  test.each<[string, readonly [string, readonly InstanceFacts[]][], string, boolean]>([
    ['the only one that has one of its addresses', [['10.0.0.7', [instance('i-2')]]], 'i-2', true],
    ['not known where nobody has one', [], '', false],
    ['not known where two have it', [['10.0.0.7', [instance('i-1'), instance('i-2')]]], '', false],
    [
      'not known where two addresses lead to two',
      [
        ['10.0.0.7', [instance('i-1')]],
        ['172.17.0.1', [instance('i-2')]],
      ],
      '',
      false,
    ],
    ['no member where a foreign one has it', [['10.0.0.7', [instance('i-foreign')]]], 'i-foreign', false],
  ])('is %s', (_what, found, instanceId, isMember) => {
    const [bound] = bindNodes([silent], GROUP, new Map(found));
    expect(bound?.instanceId).toBe(instanceId);
    expect(bound?.member !== undefined).toBe(isMember);
  });

  test('is looked up only where the client names none, each address once', () => {
    const twin = aNode({ id: 'n2', instanceId: '', addresses: ['10.0.0.7'] });
    expect(unboundAddresses([aNode({ instanceId: 'i-1' }), silent, twin])).toEqual([
      '10.0.0.7',
      '172.17.0.1',
    ]);
  });

  test('is met by any of its private addresses, but only where the client names none', () => {
    expect(isOnInstance(silent, instance('i-1', '10.9.9.9', '10.0.0.7'))).toBe(true);
    expect(isOnInstance(aNode({ instanceId: 'i-2' }), instance('i-1', '10.0.0.1'))).toBe(false);
  });
});

describe('members that nothing runs on', () => {
  test('are living ones that no node is bound to', () => {
    const leaving = aMember({ instanceId: 'i-3', lifecycle: 'Terminating' });
    const group = { ...GROUP, members: [...GROUP.members, leaving] };
    const nodes = bindNodes([aNode({ instanceId: 'i-1' })], group, new Map());
    expect(unboundMembers(group, nodes).map((one) => one.instanceId)).toEqual(['i-2']);
  });
});
