import { describe, expect, test } from 'vitest';
import type { InPhase, OutPhase } from '../../src/domain/pool-operation.ts';
import { instancesToRead, nodeToRead, sightNeeds } from '../../src/domain/pool-sight.ts';
import { MINUTE_MS, NOW_MS } from './build.ts';
import { aNode } from './build-pool.ts';
import { anInOperation, anOutOperation, groupOf, instancesOf } from './build-pool-operation.ts';

/** What is to be read, by name; false and empty are left out. */
function named(needs: ReturnType<typeof sightNeeds>): string {
  return Object.entries(needs)
    .filter(([, need]) => need === true || (Array.isArray(need) && need.length > 0))
    .map(([name]) => name)
    .toSorted()
    .join(' ');
}

describe('what a look reads', () => {
  test.each<readonly [OutPhase, string]>([
    ['requested', 'group'],
    ['launching', 'group trouble'],
    ['joining', 'group'],
    ['replacing', 'group instances node work'],
    ['detaching-failed', 'instances membership'],
  ])('out, %s: %s', (phase, names) => {
    const target = phase === 'replacing' || phase === 'detaching-failed' ? 'i-4' : '';
    expect(named(sightNeeds(anOutOperation({ phase, target })))).toBe(names);
  });

  test.each<readonly [InPhase, string]>([
    ['draining', 'node work'],
    ['undoing', 'node'],
    ['detaching', 'membership node work'],
    ['terminating', 'instances node work'],
  ])('in, %s: %s', (phase, names) => {
    expect(named(sightNeeds(anInOperation({ phase })))).toBe(names);
  });
});

describe('the instances a look is about', () => {
  const group = groupOf(4, ['i-1', 'i-2', 'i-3', 'i-4']);
  const joining = anOutOperation({ phase: 'joining' });

  test('are the new ones while they are waited for', () => {
    expect(instancesToRead(joining, group, NOW_MS)).toEqual(['i-4']);
  });

  test('are all of the group before one is given up', () => {
    expect(instancesToRead(joining, group, NOW_MS + 5 * MINUTE_MS)).toEqual(['i-1', 'i-2', 'i-3', 'i-4']);
  });

  test('are those that the operation names in the other phases', () => {
    const target = 'i-4';
    expect(instancesToRead(anOutOperation({ phase: 'replacing', target }), group, NOW_MS)).toEqual(['i-4']);
    expect(instancesToRead(anOutOperation({ phase: 'launching' }), group, NOW_MS)).toEqual([]);
    expect(instancesToRead(anInOperation({ phase: 'terminating' }), undefined, NOW_MS)).toEqual(['i-n1']);
    expect(instancesToRead(joining, undefined, NOW_MS)).toEqual([]);
  });
});

describe('the node a look is about', () => {
  const instances = instancesOf({ instanceId: 'i-4', addresses: ['10.0.0.4'] });
  const replacing = anOutOperation({ phase: 'replacing', target: 'i-4' });

  test('is the operation’s own when one is removed', () => {
    expect(nodeToRead(anInOperation(), { nodes: [], instances })).toBe('n1');
  });

  test.each([
    ['by its id', [aNode({ id: 'n4', instanceId: 'i-4' })], 'n4'],
    ['by an address', [aNode({ id: 'n4', instanceId: '', addresses: ['10.0.0.4'] })], 'n4'],
    ['though it is down', [aNode({ id: 'n4', instanceId: 'i-4', status: 'down' })], 'n4'],
    [
      'the one that is alive before others',
      [
        aNode({ id: 'n4', instanceId: 'i-4', status: 'down' }),
        aNode({ id: 'n5', instanceId: 'i-4', status: 'initializing' }),
      ],
      'n5',
    ],
    ['none', [aNode({ id: 'n4', instanceId: 'i-7', addresses: ['10.0.0.4'] })], ''],
  ])('is the one on the instance that is replaced: %s', (_how, nodes, id) => {
    expect(nodeToRead(replacing, { nodes, instances })).toBe(id);
  });

  test('is none in the other phases of an operation that adds instances', () => {
    const nodes = [aNode({ id: 'n4', instanceId: '' })];
    expect(nodeToRead(anOutOperation({ phase: 'joining' }), { nodes, instances })).toBe('');
  });
});
