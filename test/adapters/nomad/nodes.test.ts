import { describe, expect, test } from 'vitest';
import { startFake } from './fake-nomad.ts';
import type { FakeServer, Reply } from './fake-nomad.ts';
import { createPermit, createRig, never, rejection } from './harness.ts';
import type { Rig } from './harness.ts';
import { recorded } from './recorded.ts';

const ID = 'ba98b79f-a59f-e647-5215-72e0b7aadf5c';
const drained = { text: recorded('node-drain', 1).text };

async function beside(reply: Reply): Promise<{ readonly rig: Rig; readonly server: FakeServer }> {
  const server = await startFake(() => reply);
  return { rig: createRig({ address: server.address, region: 'eu' }), server };
}

describe('a node', () => {
  test('is read as the leader has it', async () => {
    const { rig, server } = await beside(recorded('node-read', 0));
    expect((await rig.nomad.readNode(ID, never))?.name).toBe('nomad-client-1');
    expect(server.seen.map(({ path, query }) => [path, query.toString()])).toEqual([
      [`/v1/node/${ID}`, 'region=eu'],
    ]);
  });

  test('that nobody knows is none', async () => {
    const { rig } = await beside(recorded('unknown-ids', 8));
    expect(await rig.nomad.readNode(ID, never)).toBeUndefined();
  });

  test('has its allocations read as the leader has them', async () => {
    const { rig, server } = await beside(recorded('node-allocations', 0));
    const allocations = await rig.nomad.readNodeAllocations(ID, never);
    expect(new Set(allocations.map(({ nodeId }) => nodeId))).toEqual(new Set([ID]));
    expect(allocations.every(({ resources, jobType }) => resources !== undefined && jobType !== '')).toBe(
      true,
    );
    expect(server.seen.map(({ path, query }) => [path, query.has('stale')])).toEqual([
      [`/v1/node/${ID}/allocations`, false],
    ]);
  });

  test('that nobody knows has no allocations', async () => {
    const { rig } = await beside(recorded('unknown-ids', 11));
    expect(await rig.nomad.readNodeAllocations(ID, never)).toEqual([]);
  });

  test('whose allocations are left out of a recording is refused, not taken as empty', async () => {
    const { rig } = await beside({ text: JSON.stringify([{ ID: 'a', JobID: 'web', TaskGroup: 'g' }]) });
    const error = await rejection(rig.nomad.readNodeAllocations(ID, never));
    expect([error.kind, error.detail.text]).toEqual(['invalid', 'allocation a has no resources']);
  });
});

describe('a drain', () => {
  test('has no deadline of its own, leaves system jobs alone and marks the node ineligible', async () => {
    const { rig, server } = await beside(drained);
    const permit = createPermit();
    await rig.nomad.drain(ID, permit);
    expect(permit.asked).toBeGreaterThan(0);
    expect(server.seen.map(({ method, path }) => `${method} ${path}`)).toEqual([`PUT /v1/node/${ID}/drain`]);
    expect(JSON.parse(server.seen[0]?.body ?? '')).toEqual({
      NodeID: ID,
      DrainSpec: { Deadline: 0, IgnoreSystemJobs: true },
      MarkEligible: false,
    });
  });

  test('is ended by one request that makes the node eligible', async () => {
    const { rig, server } = await beside(drained);
    await rig.nomad.undrain(ID, createPermit());
    expect(server.seen.map(({ body }) => JSON.parse(body))).toEqual([
      { NodeID: ID, DrainSpec: null, MarkEligible: true },
    ]);
  });

  test.each([
    ['of an unknown node', recorded('unknown-ids', 25), 'not-found', { outcomeUnknown: false, status: 500 }],
    [
      'without the right to it',
      recorded('acl', { method: 'PUT', path: /drain/, status: 403 }),
      'denied',
      { permission: 'node:write', outcomeUnknown: false },
    ],
    ['that meets a broken server', { status: 500, text: 'raft' }, 'unavailable', { outcomeUnknown: true }],
    ['whose answer is cut off', 'reset', 'unavailable', { outcomeUnknown: true }],
  ] as const)('%s is told by kind, and never tried again', async (_, reply, kind, detail) => {
    const { rig, server } = await beside(reply);
    for (const change of [rig.nomad.drain, rig.nomad.undrain]) {
      const error = await rejection(change(ID, createPermit()));
      expect(error.kind).toBe(kind);
      expect(error.detail).toMatchObject(detail);
      expect(error.detail.doing).toContain(ID);
    }
    expect(server.seen).toHaveLength(2);
  });

  test('is not sent when its permit does not hold', async () => {
    const { rig, server } = await beside(drained);
    const permit = createPermit();
    permit.held = false;
    expect((await rejection(rig.nomad.drain(ID, permit))).detail.service).toBe('consul');
    expect(server.seen).toEqual([]);
  });
});
