import { describe, expect, test } from 'vitest';
import { openBoard } from '../../src/domain/capacity/board.ts';
import { loadPool } from '../../src/domain/capacity/load.ts';
import { type PlacementProof, provePlacement } from '../../src/domain/capacity/placement.ts';
import { aPoolNode, aPoolSnapshot, asking, type PoolPart, poolNodes, resources, work } from './build-pool.ts';

/** The proof for n1, the first node. */
function prove(part: PoolPart): PlacementProof {
  const loading = loadPool(aPoolSnapshot(part));
  if (!loading.ok) throw new Error(loading.why);
  return provePlacement(openBoard(loading.loads), 0);
}

/** `fits`, or why not. */
function wordOf(part: PoolPart): string {
  const proof = prove(part);
  return proof.ok ? 'fits' : proof.why;
}

const of = (cpuMhz: number, jobId: string, memoryMb = 0, diskMb = 0) =>
  work(resources(cpuMhz, memoryMb, diskMb), { jobId });

type Rows = readonly (readonly [what: string, part: PoolPart, word: string])[];

describe('the work of a node', () => {
  test.each([
    ['fits where there is none', {}, 'fits'],
    [
      'fits on another node as a whole',
      { nodes: poolNodes(2), allocations: { n1: [of(4000, 'a')] } },
      'fits',
    ],
    [
      'fits on several others in pieces',
      {
        allocations: {
          n1: [of(1000, 'a'), of(3000, 'b')],
          n2: [of(3000, 'c')],
          n3: [of(1000, 'd')],
        },
      },
      'fits',
    ],
    [
      'largest first: small pieces take no room of large ones',
      {
        allocations: {
          n1: [of(500, 'a'), of(500, 'b'), of(4000, 'c')],
          n3: [of(3000, 'd')],
        },
      },
      'fits',
    ],
    [
      'does not fit in pieces of which one finds no room',
      { allocations: { n1: [of(2000, 'a'), of(2000, 'b')], n2: [of(2001, 'c')], n3: [of(2001, 'd')] } },
      'no room on 2 other nodes',
    ],
    [
      'does not fit twice into the same room',
      { nodes: poolNodes(2), allocations: { n1: [of(2500, 'a'), of(2500, 'b')] } },
      'no room on 1 other node',
    ],
    [
      'needs memory too',
      { nodes: poolNodes(2), allocations: { n1: [of(1, 'a', 1025)], n2: [of(1, 'b', 1024)] } },
      'no room on 1 other node',
    ],
    [
      'and disk',
      { nodes: poolNodes(2), allocations: { n1: [of(1, 'a', 1, 5001)], n2: [of(1, 'b', 1, 5000)] } },
      'no room on 1 other node',
    ],
    [
      'cannot go where there is no other node',
      { nodes: poolNodes(1), allocations: { n1: [of(1, 'a')] } },
      'there is no other node',
    ],
  ] as Rows)('%s', (_what, part, word) => {
    expect(wordOf(part)).toBe(word);
  });

  test('names the first allocation that does not fit, with what it needs', () => {
    const proof = prove({ nodes: poolNodes(2), allocations: { n1: [of(10, 'a'), of(4001, 'b', 512, 300)] } });
    expect(proof).toEqual({
      ok: false,
      what: 'b/api (4001 MHz, 512 MB, disk 300 MB)',
      why: 'no room on 1 other node',
    });
  });
});

describe('what a piece of work needs', () => {
  test.each([
    [
      'is what it was given, where its group asks for less by now',
      {
        nodes: poolNodes(2),
        allocations: { n1: [of(3000, 'a')], n2: [of(2000, 'b')] },
        groups: { a: asking(resources(100)) },
      },
      'no room on 1 other node',
    ],
    [
      'is what its group asks for by now, where that is more',
      {
        nodes: poolNodes(2),
        allocations: { n1: [of(100, 'a')], n2: [of(2000, 'b')] },
        groups: { a: asking(resources(3000)) },
      },
      'no room on 1 other node',
    ],
    [
      'of either the larger, size by size',
      {
        nodes: poolNodes(2),
        allocations: { n1: [of(3000, 'a', 10)], n2: [of(500, 'b', 1000)] },
        groups: { a: asking(resources(10, 1049)) },
      },
      'no room on 1 other node',
    ],
    [
      'is not known for a group that nobody can read',
      { nodes: poolNodes(2), allocations: { n1: [of(1, 'a')] }, groupFacts: () => undefined },
      'its job is not known',
    ],
    [
      'is not known for what is not understood',
      {
        nodes: poolNodes(2),
        allocations: { n1: [of(1, 'a')] },
        groups: { a: asking(resources(1), { unplaceable: ['volume data'] }) },
      },
      'asks for volume data, which is not understood',
    ],
  ] as Rows)('%s', (_what, part, word) => {
    expect(wordOf(part)).toBe(word);
  });
});

describe('what is on the other nodes', () => {
  test.each([
    [
      'system work is not moved',
      { nodes: poolNodes(1), allocations: { n1: [work(resources(1), { jobType: 'system' })] } },
      'fits',
    ],
    [
      'nor that of sysbatch',
      { nodes: poolNodes(1), allocations: { n1: [work(resources(1), { jobType: 'sysbatch' })] } },
      'fits',
    ],
    [
      'but what it takes is not free',
      {
        nodes: poolNodes(2),
        allocations: { n1: [of(3000, 'a')], n2: [work(resources(1001), { jobType: 'system', jobId: 's' })] },
      },
      'no room on 1 other node',
    ],
    [
      'work of a kind that nobody tells is moved',
      { nodes: poolNodes(1), allocations: { n1: [work(resources(1), { jobType: '' })] } },
      'there is no other node',
    ],
    [
      'what has ended takes no room',
      {
        nodes: poolNodes(2),
        allocations: {
          n1: [of(4000, 'a')],
          n2: [work(resources(4000), { clientStatus: 'complete', jobId: 'b' })],
        },
      },
      'fits',
    ],
    [
      'what is about to start does',
      {
        nodes: poolNodes(2),
        allocations: {
          n1: [of(4000, 'a')],
          n2: [work(resources(4000), { clientStatus: 'pending', jobId: 'b' })],
        },
      },
      'no room on 1 other node',
    ],
  ] as Rows)('%s', (_what, part, word) => {
    expect(wordOf(part)).toBe(word);
  });
});

describe('which other nodes', () => {
  const web = (constraint: string) =>
    asking(resources(1), { constraints: [{ left: '${node.class}', operand: '=', right: constraint }] });

  test.each([
    [
      'one of the right class among others',
      {
        nodes: [...poolNodes(2), aPoolNode({ id: 'n3', nodeClass: 'web' })],
        allocations: { n1: [of(1, 'a')] },
        groups: { a: web('web') },
      },
      'fits',
    ],
    [
      'none of the right class, which is named',
      { allocations: { n1: [of(1, 'a')] }, groups: { a: web('gpu') } },
      'constraint ${node.class} = gpu is not met on 2 other nodes',
    ],
    [
      'the right one is full, the other of another class: both are told',
      {
        nodes: [...poolNodes(2), aPoolNode({ id: 'n3', nodeClass: 'web' })],
        allocations: { n1: [of(1000, 'a')], n3: [of(3500, 'b')] },
        groups: { a: web('web') },
      },
      'no room on 1 other node; constraint ${node.class} = web is not met on 1 other node',
    ],
  ] as Rows)('%s', (_what, part, word) => {
    expect(wordOf(part)).toBe(word);
  });
});

describe('hosts that are to be distinct', () => {
  const apart = (distinctHosts: 'group' | 'job') => asking(resources(1), { distinctHosts });
  const group = (name: string) => work(resources(1), { jobId: 'a', group: name });

  test.each([
    [
      'one of the group is there',
      {
        nodes: poolNodes(2),
        allocations: { n1: [group('x')], n2: [group('x')] },
        groups: { a: apart('group') },
      },
      'distinct_hosts on 1 other node',
    ],
    [
      'one of another group of the job is no matter to a group',
      {
        nodes: poolNodes(2),
        allocations: { n1: [group('x')], n2: [group('y')] },
        groups: { a: apart('group') },
      },
      'fits',
    ],
    [
      'but to a job',
      {
        nodes: poolNodes(2),
        allocations: { n1: [group('x')], n2: [group('y')] },
        groups: { a: apart('job') },
      },
      'distinct_hosts on 1 other node',
    ],
    [
      'a job of the same name in another namespace is another job',
      {
        nodes: poolNodes(2),
        allocations: { n1: [group('x')], n2: [{ ...group('x'), namespace: 'other' }] },
        groups: { a: apart('job') },
      },
      'fits',
    ],
    [
      'two of the moved ones may not share a new host either',
      { nodes: poolNodes(2), allocations: { n1: [group('x'), group('x')] }, groups: { a: apart('group') } },
      'distinct_hosts on 1 other node',
    ],
    [
      'but may go to two',
      { nodes: poolNodes(3), allocations: { n1: [group('x'), group('x')] }, groups: { a: apart('group') } },
      'fits',
    ],
  ] as Rows)('%s', (_what, part, word) => {
    expect(wordOf(part)).toBe(word);
  });
});

describe('static ports', () => {
  const port = (...staticPorts: number[]) => asking(resources(1), { staticPorts });

  test.each([
    [
      'free on the other node',
      {
        nodes: poolNodes(2),
        allocations: { n1: [of(1, 'a')], n2: [of(1, 'b')] },
        groups: { a: port(80, 443), b: port(8080) },
      },
      'fits',
    ],
    [
      'one of them in use there',
      {
        nodes: poolNodes(2),
        allocations: { n1: [of(1, 'a')], n2: [of(1, 'b')] },
        groups: { a: port(80, 443), b: port(443) },
      },
      'port 443 is in use on 1 other node',
    ],
    [
      'in use by something that has ended',
      {
        nodes: poolNodes(2),
        allocations: { n1: [of(1, 'a')], n2: [work(resources(1), { jobId: 'b', clientStatus: 'failed' })] },
        groups: { a: port(80), b: port(80) },
      },
      'fits',
    ],
    [
      'two moved ones ask for the same',
      {
        nodes: poolNodes(2),
        allocations: { n1: [of(1, 'a'), of(1, 'b')] },
        groups: { a: port(80), b: port(80) },
      },
      'port 80 is in use on 1 other node',
    ],
    [
      'unknown work there may hold it',
      {
        nodes: poolNodes(2),
        allocations: { n1: [of(1, 'a')], n2: [of(1, 'b')] },
        groupFacts: ({ jobId }) => (jobId === 'a' ? port(80) : undefined),
      },
      'which ports b holds there is not known on 1 other node',
    ],
    [
      'no matter to work that asks for none',
      {
        nodes: poolNodes(2),
        allocations: { n1: [of(1, 'a')], n2: [of(1, 'b')] },
        groupFacts: ({ jobId }) => (jobId === 'a' ? port() : undefined),
      },
      'fits',
    ],
  ] as Rows)('%s', (_what, part, word) => {
    expect(wordOf(part)).toBe(word);
  });
});
