import { describe, expect, test } from 'vitest';
import type { AllocationFacts, UsageReading } from '../../../src/domain/snapshot.ts';
import { startFake } from './fake-nomad.ts';
import type { FakeServer, Reply } from './fake-nomad.ts';
import { createRig, never } from './harness.ts';
import type { Rig } from './harness.ts';
import { recorded } from './recorded.ts';

const metrics = recorded('node-metrics', { path: '/v1/metrics' });
const statistics = recorded('client-allocation-stats', 0);
const ids = [...new Set([...metrics.text.matchAll(/"alloc_id":"([^"]+)"/g)].flatMap(([, id]) => id ?? []))];

function allocationOf(id: string, nodeId = 'n1'): AllocationFacts {
  const ref = { namespace: 'default', jobId: 'web', group: 'g' };
  const status = { desiredStatus: 'run', clientStatus: 'running', jobType: 'service' };
  return { ...ref, ...status, id, nodeId, createdMs: 0, deadTasks: [] };
}

interface Room {
  readonly server: FakeServer;
  readonly client: FakeServer;
  readonly rig: Rig;
  readonly read: (allocations: readonly AllocationFacts[]) => Promise<ReadonlyMap<string, UsageReading>>;
  /** Statistics that Nomad was asked for one by one. */
  readonly alone: () => number;
}

/** A server, and a client elsewhere whose answer can be chosen. */
async function roomWith(answer: () => Reply): Promise<Room> {
  const client = await startFake(answer);
  const HTTPAddr = new URL(client.address).host;
  const server = await startFake(({ path }) =>
    path.startsWith('/v1/node/') ? { text: JSON.stringify({ ID: 'n1', HTTPAddr }) } : statistics,
  );
  const rig = createRig({ address: server.address, usageSource: 'node', token: 'the-token' });
  return {
    server,
    client,
    rig,
    read: (allocations) => rig.drive(rig.nomad.readUsage(allocations, 10_000, never)),
    alone: () => server.seen.filter(({ path }) => path.endsWith('/stats')).length,
  };
}

describe('usage read by node', () => {
  test('is one request a node, with the token, for all its allocations', async () => {
    const room = await roomWith(() => metrics);
    const readings = await room.read(ids.map((id) => allocationOf(id)));
    expect([...readings.keys()]).toEqual(ids);
    expect([...readings.values()].map(({ kind }) => kind)).toEqual(['sample', 'sample']);
    expect(room.client.seen.map(({ path, headers }) => [path, headers['x-nomad-token']])).toEqual([
      ['/v1/metrics', 'the-token'],
    ]);
    expect(room.alone()).toBe(0);
  });

  test('is what the statistics of each allocation say', async () => {
    const room = await roomWith(() => metrics);
    const readings = await room.read(ids.map((id) => allocationOf(id)));
    for (const id of ids) {
      const reading = readings.get(id);
      const published = reading?.kind === 'sample' ? reading.tasks['busy'] : undefined;
      const alone = statisticsOf(id);
      expect(published?.memoryMb).toBeCloseTo(alone.rss / 1_048_576, 0);
      expect(published?.cpuMhz).toBeGreaterThan(alone.ticks / 4);
      expect(published?.cpuMhz).toBeLessThan(alone.ticks * 4);
    }
  });

  test('is shared by all groups for eight seconds, and read anew afterwards; the address is read once', async () => {
    const room = await roomWith(() => metrics);
    await room.read([allocationOf(ids[0]!)]);
    await room.rig.clock.advance(5_000);
    await room.read([allocationOf(ids[1]!)]);
    expect(room.client.seen).toHaveLength(1);
    await room.rig.clock.advance(5_000);
    await room.read([allocationOf(ids[1]!)]);
    expect(room.client.seen).toHaveLength(2);
    expect(room.server.seen).toHaveLength(1);
  });

  test.each<readonly [string, Reply]>([
    ['refuses', { status: 403, text: 'Permission denied' }],
    ['publishes nothing of its allocations', { text: '{"Timestamp":"2026-11-24","Gauges":[]}' }],
    ['says something else', { text: '<html>' }],
    ['breaks off', 'reset'],
    ['hangs', 'hang'],
  ])('of a node that %s is read one by one, and the node left alone', async (_, answer) => {
    const room = await roomWith(() => answer);
    const readings = await room.read(ids.map((id) => allocationOf(id)));
    expect([...readings.values()].map(({ kind }) => kind)).toEqual(['sample', 'sample']);
    expect(room.alone()).toBe(2);
    const asked = room.client.seen.length;
    await room.rig.clock.advance(60_000);
    await room.read([allocationOf(ids[0]!)]);
    expect([room.client.seen.length, room.alone()]).toEqual([asked, 3]);
    await room.rig.clock.advance(300_000);
    await room.read([allocationOf(ids[0]!)]);
    expect(room.client.seen.length).toBeGreaterThan(asked);
  });

  test('of an allocation that the node does not measure whole is read by itself', async () => {
    const zeroed = JSON.parse(metrics.text) as { Gauges: { Name: string; Value: number }[] };
    const first = zeroed.Gauges.find(({ Name }) => Name.endsWith('total_ticks'));
    first!.Value = 0;
    const room = await roomWith(() => ({ text: JSON.stringify(zeroed) }));
    const readings = await room.read([...ids, 'another'].map((id) => allocationOf(id)));
    expect(readings.size).toBe(3);
    expect(room.alone()).toBe(2);
  });

  test('waits no longer than the caller does', async () => {
    const room = await roomWith(() => 'hang');
    const { rig } = room;
    const readings = await rig.drive(rig.nomad.readUsage([allocationOf(ids[0]!)], 1_000, never), 2_000);
    expect([...readings.values()].map(({ kind }) => kind)).toEqual(['missing']);
  });
});

function statisticsOf(id: string): { readonly rss: number; readonly ticks: number } {
  const { text } = recorded('node-metrics', { path: new RegExp(`${id}/stats`) });
  const { ResourceUsage: usage } = JSON.parse(text) as {
    ResourceUsage: { CpuStats: { TotalTicks: number }; MemoryStats: { RSS: number } };
  };
  return { rss: usage.MemoryStats.RSS, ticks: usage.CpuStats.TotalTicks };
}
