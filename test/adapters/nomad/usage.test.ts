import { describe, expect, test } from 'vitest';
import type { AllocationFacts } from '../../../src/domain/snapshot.ts';
import { adapterOf, startFake } from './fake-nomad.ts';
import type { Handler, Reply, Seen } from './fake-nomad.ts';
import { createRig, never, rejection } from './harness.ts';
import { recorded } from './recorded.ts';

const sample = recorded('client-allocation-stats', 0);

function allocationOf(id: string, more: Partial<AllocationFacts> = {}): AllocationFacts {
  return {
    namespace: 'default',
    jobId: 'web',
    group: 'g',
    id,
    nodeId: `node-${id}`,
    desiredStatus: 'run',
    clientStatus: 'running',
    createdMs: 0,
    deadTasks: [],
    jobType: 'service',
    ...more,
  };
}

const idOf = ({ path }: Seen): string => /allocation\/(.+)\/stats/.exec(path)?.[1] ?? '';

describe('statistics', () => {
  test('are one request an allocation, in its namespace', async () => {
    const server = await startFake(() => sample);
    const rig = createRig({ address: server.address });
    const allocations = [allocationOf('a'), allocationOf('b', { namespace: 'blue' })];
    const readings = await rig.nomad.readUsage(allocations, 5_000, never);
    expect([...readings.keys()]).toEqual(['a', 'b']);
    expect(readings.get('b')).toMatchObject({
      kind: 'sample',
      tasks: { busy: { cpuMhz: 803.8899274226326 } },
    });
    const asked = server.seen.map((seen): [string, string | null] => [
      idOf(seen),
      seen.query.get('namespace'),
    ]);
    expect(Object.fromEntries(asked)).toEqual({ a: 'default', b: 'blue' });
  });

  test('of none are none', async () => {
    const rig = createRig({ address: 'http://127.0.0.1:1' });
    expect((await rig.nomad.readUsage([], 5_000, never)).size).toBe(0);
  });

  test.each<readonly [string, Reply, RegExp]>([
    ['a broken server', { status: 500, text: 'rpc error: broken' }, /^500 rpc error: broken$/],
    ['a lost node', recorded('node-down', { status: 404 }), /^no path to node$/],
    [
      'an unknown allocation',
      recorded('unknown-ids', { path: /client\/allocation\/1111.*stats/ }),
      /^404 Unknown/,
    ],
    [
      'a client without a sample',
      recorded('client-allocation-stats', { note: 'unknown task' }),
      /^no sample yet$/,
    ],
    ['a reset', 'reset', /connection reset/],
    ['no JSON', { text: 'oops' }, /not JSON/],
    ['no permission', { status: 403, text: 'Permission denied' }, /namespace:read-job/],
    ['no answer', 'hang', /^timeout$/],
    ['half an answer', 'stall', /^timeout$/],
  ])('that meet %s are missing, and say why; the others are there', async (_, reply, why) => {
    const server = await startFake((seen) => (idOf(seen) === 'bad' ? reply : sample));
    const rig = createRig({ address: server.address });
    const allocations = [allocationOf('bad'), allocationOf('good')];
    const readings = await rig.drive(rig.nomad.readUsage(allocations, 2_000, never));
    expect(readings.get('good')?.kind).toBe('sample');
    expect(readings.get('bad')).toEqual({ kind: 'missing', why: expect.stringMatching(why) });
  });

  test('that nobody answers are all missing at the deadline, not later', async () => {
    const server = await startFake(() => 'hang');
    const rig = createRig({ address: server.address });
    const allocations = Array.from({ length: 100 }, (_, count) => allocationOf(`a${count}`));
    const reading = rig.nomad.readUsage(allocations, 3_000, never);
    await expect.poll(() => server.seen.length).toBeGreaterThan(0);
    await rig.clock.advance(3_000);
    const why = [...(await reading).values()].map((entry) => entry.kind === 'missing' && entry.why);
    expect(new Set(why)).toEqual(new Set(['timeout']));
    expect(why).toHaveLength(100);
  });

  test('that the caller stops are not answered', async () => {
    const server = await startFake(() => 'hang');
    const rig = createRig({ address: server.address });
    const stop = new AbortController();
    const reading = rejection(rig.nomad.readUsage([allocationOf('a')], 3_000, stop.signal));
    await expect.poll(() => server.seen.length).toBe(1);
    stop.abort(new Error('shutting down'));
    expect((await reading).kind).toBe('cancelled');
  });

  test('find a kept connection dead, and take a new one', async () => {
    const server = await startFake(() => sample);
    const rig = createRig({ address: server.address });
    await rig.nomad.readUsage([allocationOf('a')], 5_000, never);
    let resets = 0;
    const flaky = await startFake(() => (resets++ === 0 ? 'reset' : sample));
    const other = createRig({ address: flaky.address });
    const readings = await other.nomad.readUsage([allocationOf('a')], 5_000, never);
    expect(readings.get('a')?.kind).toBe('sample');
    expect(flaky.seen).toHaveLength(2);
  });
});

describe('statistics of many', () => {
  const group = (name: string, count: number, more: Partial<AllocationFacts> = {}): AllocationFacts[] =>
    Array.from({ length: count }, (_, at) => allocationOf(`${name}-${at}`, { jobId: name, ...more }));

  async function read(
    hanging: (seen: Seen) => boolean,
    groups: readonly AllocationFacts[][],
  ): Promise<{ missing: (at: number) => Promise<number>; clock: { advance(ms: number): Promise<void> } }> {
    const handler: Handler = (seen) => (hanging(seen) ? 'hang' : { ...sample });
    const rig = createRig({ address: 'http://nomad', adapter: adapterOf(handler) });
    const readings = groups.map((allocations) => rig.nomad.readUsage(allocations, 8_000, never));
    await rig.clock.advance(10);
    return {
      clock: rig.clock,
      missing: async (at) => {
        const done = await Promise.race([readings[at], Promise.resolve(undefined)]);
        return (
          [...(done ?? new Map()).values()].filter(({ kind }) => kind === 'missing').length +
          (done ? 0 : 1_000)
        );
      },
    };
  }

  test('let a group whose node agents hang hold up no other group', async () => {
    const groups = [group('stuck', 60), group('web', 20), group('api', 1)];
    const { missing } = await read((seen) => idOf(seen).startsWith('stuck'), groups);
    expect([await missing(1), await missing(2)]).toEqual([0, 0]);
    expect(await missing(0)).toBe(1_000);
  });

  test('let a hanging group hold up no other, on the same one node either', async () => {
    const groups = [group('stuck', 60, { nodeId: 'n' }), group('web', 20, { nodeId: 'n' })];
    const { missing } = await read((seen) => idOf(seen).startsWith('stuck'), groups);
    expect(await missing(1)).toBe(0);
  });

  test('let a hanging node hold up no allocation of another', async () => {
    const onBoth = (name: string): AllocationFacts[] =>
      Array.from({ length: 10 }, (_, at) =>
        allocationOf(`${at % 2}-${name}-${at}`, { jobId: name, nodeId: `n${at % 2}` }),
      );
    const names = Array.from({ length: 20 }, (_, at) => `job${at}`);
    const { missing, clock } = await read((seen) => idOf(seen).startsWith('0-'), names.map(onBoth));
    await clock.advance(8_000);
    for (const at of names.keys()) expect(await missing(at)).toBe(5);
  });

  test('use at most 32 connections', async () => {
    const server = await startFake(() => 'hang');
    const rig = createRig({ address: server.address });
    const many = ['a', 'b', 'c', 'd', 'e', 'f'].flatMap((name) => group(name, 20));
    const reading = rig.nomad.readUsage(many, 3_000, never);
    await expect.poll(() => server.seen.length).toBe(32);
    await rig.clock.advance(3_000);
    await reading;
    expect(server.most()).toBe(32);
  });
});
