import { describe, expect, test } from 'vitest';
import { readNodeFacts, readNodeStub } from '../../../src/adapters/nomad/wire-node.ts';
import { recorded } from './recorded.ts';

type Fields = Record<string, any>;

const whole: Fields = JSON.parse(recorded('node-read', 0).text);
const listed: Fields[] = JSON.parse(recorded('nodes-list', 1).text);

function without(node: Fields, ...members: readonly string[]): Fields {
  return Object.fromEntries(Object.entries(node).filter(([name]) => !members.includes(name)));
}

describe('a node', () => {
  test('is read with what it has, what it is and where', () => {
    const { attributes, meta, ...facts } = readNodeFacts(whole);
    expect(facts).toEqual({
      id: 'ba98b79f-a59f-e647-5215-72e0b7aadf5c',
      name: 'nomad-client-1',
      datacenter: 'dc1',
      nodeClass: 'pool-a',
      nodePool: 'default',
      status: 'ready',
      eligible: true,
      draining: false,
      createIndex: 7,
      modifyIndex: 8,
      drivers: ['raw_exec', 'java', 'exec'],
      capacity: { cpuMhz: 4000, memoryMb: 2048, diskMb: 77_909 },
      instanceId: 'i-0000000000000001a',
      addresses: ['10.0.1.11', '127.0.0.1'],
      zone: 'us-east-1a',
    });
    expect(meta['replicator_worker_pool']).toBe('pool-a');
    expect(attributes['cpu.totalcompute']).toBe('4000');
  });

  test.each([
    ['at once after a drain has begun', 2, { eligible: false, draining: true }],
    ['when the drain has ended', 5, { eligible: false, draining: false }],
    ['when it is eligible again', 8, { eligible: true, draining: false }],
  ])('%s is told apart', (_, position, expected) => {
    expect(readNodeFacts(JSON.parse(recorded('node-drain', position).text))).toMatchObject(expected);
  });

  test('that is down says so', () => {
    const down = readNodeFacts(JSON.parse(recorded('node-down', { note: 'down' }).text));
    expect([down.status, down.eligible]).toEqual(['down', true]);
  });

  const reserved = {
    Reserved: { CPU: 500, MemoryMB: 256, DiskMB: 1_000 },
    ReservedResources: { Cpu: { CpuShares: 500 }, Memory: { MemoryMB: 256 }, Disk: { DiskMB: 1_000 } },
  };

  test.each([
    ['both forms', { ...whole, ...reserved }],
    ['the new form alone', without({ ...whole, ...reserved }, 'Resources', 'Reserved')],
    ['the old form alone', without({ ...whole, ...reserved }, 'NodeResources', 'ReservedResources')],
    ['a new form that is null', { ...whole, ...reserved, NodeResources: null, ReservedResources: null }],
  ])('in %s has its resources without what is reserved', (_, node) => {
    expect(readNodeFacts(node).capacity).toEqual({ cpuMhz: 3500, memoryMb: 1792, diskMb: 76_909 });
  });

  test.each([
    ['no resources', without(whole, 'NodeResources', 'Resources'), 'has no resources'],
    ['no CPU', { ...whole, NodeResources: { ...whole['NodeResources'], Cpu: null } }, 'has no CpuShares'],
    [
      'no disk in the old form',
      { ...without(whole, 'NodeResources'), Resources: { CPU: 1, MemoryMB: 1 } },
      'has no DiskMB',
    ],
    ['no status', without(whole, 'Status'), 'has no Status'],
    ['no object', null, 'the node is no object'],
  ])('with %s is refused', (_, node, fault) => {
    expect(() => readNodeFacts(node)).toThrow(fault);
  });

  test('of a newer server tells its node pool; meta that is no text is left out', () => {
    const node = readNodeFacts({ ...whole, NodePool: 'gpu', Meta: { a: 'b', c: 5, d: null } });
    expect([node.nodePool, node.meta]).toEqual(['gpu', { a: 'b' }]);
  });

  test.each([
    ['10.1.2.3:4646', ['10.0.1.11', '10.1.2.3']],
    ['[fd00::7]:4646', ['10.0.1.11', 'fd00::7']],
    ['10.0.1.11:4646', ['10.0.1.11']],
    ['client-7.example:4646', ['10.0.1.11']],
    ['', ['10.0.1.11']],
  ])('that listens at %j has each address once, and no names', (HTTPAddr, addresses) => {
    expect(readNodeFacts({ ...whole, HTTPAddr }).addresses).toEqual(addresses);
  });

  test('without attributes of a cloud has no instance and no zone', () => {
    const node = readNodeFacts({ ...whole, Attributes: null });
    expect([node.instanceId, node.zone, node.addresses]).toEqual(['', '', ['127.0.0.1']]);
  });
});

describe('a node of the list', () => {
  test('tells its standing, and its capacity where the list has it', () => {
    const [first] = listed;
    expect(readNodeStub(first)).toEqual({
      id: '9401bccd-1084-e609-62d5-f280e407327f',
      modifyIndex: 10,
      status: 'ready',
      eligible: true,
      draining: false,
      capacity: { cpuMhz: 4000, memoryMb: 2048, diskMb: 77_909 },
    });
    const [bare] = JSON.parse(recorded('nodes-list', 0).text) as Fields[];
    expect(readNodeStub(bare).capacity).toBeUndefined();
  });

  test('drains, or is down', () => {
    const draining: Fields[] = JSON.parse(recorded('node-drain', 3).text);
    expect(draining.map(readNodeStub).filter((stub) => stub.draining && !stub.eligible)).toHaveLength(1);
    const down: Fields[] = JSON.parse(recorded('node-down', 5).text);
    expect(down.map(readNodeStub).filter(({ status }) => status === 'down')).toHaveLength(1);
  });
});
