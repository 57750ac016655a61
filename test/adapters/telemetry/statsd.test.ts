import { createSocket, Socket } from 'node:dgram';
import { once } from 'node:events';
import { expect, onTestFinished, test, vi } from 'vitest';
import { systemClock } from '../../../src/adapters/system/clock.ts';
import { createLookup, type Resolve } from '../../../src/adapters/telemetry/lookup.ts';
import { createStatsd, type Statsd, type StatsdOptions } from '../../../src/adapters/telemetry/statsd.ts';
import { ELECTION, groupCounter, poolCounter, TERMINATION } from '../../../src/domain/statsd-counters.ts';
import { VirtualClock } from '../../../src/simulator/virtual-clock.ts';

interface Room {
  readonly statsd: Statsd;
  readonly failures: Error[];
  /** The lines that have arrived so far. */
  readonly lines: string[];
  /** Resolves once so many lines have arrived. */
  arrived(count: number): Promise<void>;
}

async function startRoom(options: Partial<StatsdOptions> = {}): Promise<Room> {
  const socket: Socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const lines: string[] = [];
  socket.on('message', (message) => lines.push(...message.toString().split('\n')));
  const failures: Error[] = [];
  const statsd = createStatsd({
    host: '127.0.0.1',
    port: socket.address().port,
    clock: systemClock(),
    failed: (error) => failures.push(error),
    gatherMs: 5,
    ...options,
  });
  onTestFinished(async () => {
    await statsd.close();
    socket.close();
    await once(socket, 'close');
  });
  const arrived = async (count: number): Promise<void> => {
    while (lines.length < count) await once(socket, 'message');
  };
  return { statsd, failures, lines, arrived };
}

test('counters look as the Go releases write them, several in a packet', async () => {
  const { statsd, lines, arrived, failures } = await startRoom();
  const ref = { namespace: 'default', jobId: 'web', group: 'api' };
  statsd.count(ELECTION);
  statsd.count(TERMINATION);
  statsd.count(poolCounter('pool-a', { direction: 'out', outcome: 'success' }));
  statsd.count(groupCounter(ref, { direction: 'in', outcome: 'failure' }));
  statsd.count(groupCounter({ ...ref, namespace: 'team' }, { direction: 'out', outcome: 'success' }));
  await arrived(5);
  expect(lines).toEqual([
    'replicator.cluster.leadership.election:1.000000|c',
    'replicator.cluster.aws.instance_terminations:1.000000|c',
    'replicator.cluster.pool-a.scale_out.success:1.000000|c',
    'replicator.job.web.api.scale_in.failure:1.000000|c',
    'replicator.job.team.web.api.scale_out.success:1.000000|c',
  ]);
  expect(failures).toEqual([]);
});

test('names keep dots and lose what would break the protocol', async () => {
  const { statsd, lines, arrived } = await startRoom();
  statsd.count(['job', 'a.b c:d', 'e|f\ng\th\r']);
  await arrived(1);
  expect(lines).toEqual(['replicator.job.a.b_c_d.e_f_g_h_:1.000000|c']);
});

test('nothing of the environment is added: it is plain statsd', async () => {
  vi.stubEnv('DD_ENV', 'prod');
  vi.stubEnv('DD_TAGS', 'team:x');
  vi.stubEnv('DD_AGENT_HOST', 'nowhere.invalid');
  vi.stubEnv('DD_DOGSTATSD_URL', 'udp://nowhere.invalid:1');
  const { statsd, lines, arrived } = await startRoom();
  statsd.count(ELECTION);
  await arrived(1);
  expect(lines).toEqual(['replicator.cluster.leadership.election:1.000000|c']);
});

test('what is gathered when it ends is sent before', async () => {
  const { statsd, lines, arrived } = await startRoom({ gatherMs: 60_000 });
  statsd.count(ELECTION);
  expect(lines).toEqual([]);
  await statsd.close();
  await arrived(1);
  expect(lines).toEqual(['replicator.cluster.leadership.election:1.000000|c']);
});

test('nobody listening costs nothing and throws nothing', async () => {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  await once(socket, 'close');
  const printed = vi.spyOn(console, 'error').mockImplementation(() => undefined);
  const { statsd } = await startRoom({ port });
  const startedMs = performance.now();
  for (let count = 0; count < 2_000; count += 1) statsd.count(ELECTION);
  expect(performance.now() - startedMs).toBeLessThan(2_000);
  await statsd.close();
  expect(printed).not.toHaveBeenCalled();
});

test('a name without an address is told once, costs one lookup, and is looked up again after a while', async () => {
  const printed = vi.spyOn(console, 'error').mockImplementation(() => undefined);
  const asked: string[] = [];
  const resolve: Resolve = (name, answer) => {
    asked.push(name);
    setImmediate(() => answer(Object.assign(new Error('no'), { code: 'ENOTFOUND' }), '', 0));
  };
  const clock = new VirtualClock();
  const { statsd, failures } = await startRoom({ host: 'statsd.invalid', port: 8125, clock, resolve });
  const countFor = async (ms: number): Promise<void> => {
    for (const endMs = performance.now() + ms; performance.now() < endMs;) {
      statsd.count(ELECTION);
      await new Promise((done) => void setTimeout(done, 2));
    }
  };
  await vi.waitFor(async () => {
    await countFor(10);
    expect(failures).toHaveLength(1);
  });
  await countFor(30);
  expect(failures.map(({ message }) => message)).toEqual([
    'statsd at statsd.invalid:8125 cannot be reached: ENOTFOUND; telemetry is lost',
  ]);
  expect(asked).toEqual(['statsd.invalid']);
  await clock.advance(30_000);
  await vi.waitFor(async () => {
    await countFor(10);
    expect(asked).toHaveLength(2);
  });
  expect(failures).toHaveLength(1);
  await statsd.close();
  expect(printed).not.toHaveBeenCalled();
});

test('a name server that never answers holds up nothing, not even the end', async () => {
  const closed = vi.spyOn(Socket.prototype, 'close');
  const printed = vi.spyOn(console, 'error').mockImplementation(() => undefined);
  let asked = 0;
  const resolve: Resolve = () => void (asked += 1);
  const { statsd } = await startRoom({ host: 'statsd.invalid', port: 8125, resolve });
  statsd.count(ELECTION);
  await vi.waitFor(() => expect(asked).toBe(1));
  for (let count = 0; count < 100; count += 1) statsd.count(ELECTION);
  const startedMs = performance.now();
  await statsd.close();
  expect(performance.now() - startedMs).toBeLessThan(2_000);
  expect(closed).toHaveBeenCalledTimes(1);
  expect(asked).toBe(1);
  expect(printed).not.toHaveBeenCalled();
});

test('an address that was looked up serves a minute', async () => {
  const clock = new VirtualClock();
  let asked = 0;
  const { lookup, close } = createLookup(clock, (_name, answer) => {
    asked += 1;
    answer(null, '127.0.0.1', 4);
  });
  const told: unknown[] = [];
  const look = (name: string): void => lookup(name, 4, (error, address) => told.push(error ?? address));
  look('statsd.test');
  await clock.advance(59_999);
  look('statsd.test');
  expect(asked).toBe(1);
  await clock.advance(1);
  look('statsd.test');
  look('127.0.0.2');
  expect([asked, told]).toEqual([2, ['127.0.0.1', '127.0.0.1', '127.0.0.1', '127.0.0.2']]);
  close();
  await clock.advance(60_000);
  look('statsd.test');
  expect(told.at(-1)).toBeInstanceOf(Error);
});
