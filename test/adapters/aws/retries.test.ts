import { describe, expect, onTestFinished, test } from 'vitest';
import { createScalingProvider } from '../../../src/adapters/aws/provider.ts';
import type { AwsProvider } from '../../../src/adapters/aws/provider.ts';
import { systemClock } from '../../../src/adapters/system/clock.ts';
import { createWriteAgent } from '../../../src/adapters/system/write-agent.ts';
import { awsEnvironment, stubAws } from '../../support/aws-environment.ts';
import { rejection } from '../../support/rejection.ts';
import { answer, fakeTls, groupXml, refusal, startFakeAws } from './fake-aws.ts';
import type { FakeAws, Handler, Reply } from './fake-aws.ts';
import { createPermit, createRig, never, region } from './harness.ts';

const ref = { pool: 'workers', region };
const found = answer(
  'DescribeAutoScalingGroups',
  `<AutoScalingGroups><member>${groupXml('workers')}</member></AutoScalingGroups>`,
);

/** The SDK waits in real time between its attempts. */
function inRealTime(url: string, readAttemptMs = 8_000): AwsProvider {
  stubAws(awsEnvironment(url));
  const provider = createScalingProvider({
    clock: systemClock(),
    writeAgent: createWriteAgent,
    readAttemptMs,
    tls: fakeTls,
  });
  onTestFinished(() => provider.close());
  return provider;
}

/** Answers `replies` one after the other, then the last one for good. */
function inTurn(...replies: readonly Reply[]): Handler {
  let at = 0;
  return () => {
    const reply = replies[Math.min(at, replies.length - 1)];
    at += 1;
    if (reply === undefined) throw new Error('no reply');
    return reply;
  };
}

async function started(...replies: readonly Reply[]): Promise<FakeAws> {
  return startFakeAws(inTurn(...replies));
}

describe('a read', () => {
  test.each<[string, Reply]>([
    ['an error of the server', refusal(500, 'InternalFailure', 'internal')],
    ['an HTML page of an overloaded proxy', { status: 502, text: '<html><p>bad gateway</html>' }],
    ['a cut connection', 'reset'],
  ])('is tried again after %s', async (_, reply) => {
    const server = await started(reply, reply, found);
    const group = await inRealTime(server.url).readGroup(ref, never);
    expect(group.desired).toBe(2);
    expect(server.seen).toHaveLength(3);
  });

  test('is tried again, after a pause, when it was throttled', async () => {
    const server = await started(refusal(400, 'Throttling', 'Rate exceeded'), found);
    expect((await inRealTime(server.url).readGroup(ref, never)).desired).toBe(2);
    expect(server.seen).toHaveLength(2);
  });

  test('is given up after the third attempt', async () => {
    const server = await started(refusal(500, 'InternalFailure', 'internal'));
    const error = await rejection(inRealTime(server.url).readGroup(ref, never));
    expect(error.kind).toBe('unavailable');
    expect(error.message).toBe('aws: read group workers in eu-west-1: 500 InternalFailure: internal');
    expect(server.seen).toHaveLength(3);
  });

  test('that is refused is not tried again', async () => {
    const server = await started(refusal(403, 'AccessDenied', 'no'));
    await rejection(inRealTime(server.url).readGroup(ref, never));
    expect(server.seen).toHaveLength(1);
  });

  test('is tried again when an attempt takes too long', async () => {
    const server = await started('hang', found);
    expect((await inRealTime(server.url, 200).readGroup(ref, never)).desired).toBe(2);
    expect(server.seen).toHaveLength(2);
  });

  test('ends when every attempt takes too long', async () => {
    const server = await started('hang');
    const error = await rejection(inRealTime(server.url, 100).readGroup(ref, never));
    expect(error.kind).toBe('timeout');
    expect(error.detail.text).toMatch(/^no answer in time/);
    expect(error.detail.outcomeUnknown).toBeUndefined();
    expect(server.seen).toHaveLength(3);
  });

  test('as a whole ends after thirty seconds', async () => {
    const server = await started('hang');
    const { provider, drive, clock } = createRig(server.url);
    const error = await drive(rejection(provider.readTrouble(ref, never)));
    expect(error.kind).toBe('timeout');
    expect(clock.monotonicMs()).toBeLessThanOrEqual(30_100);
    expect(clock.monotonicMs()).toBeGreaterThanOrEqual(30_000);
  });

  test('that is aborted ends at once', async () => {
    const server = await started('hang');
    const leaving = new AbortController();
    const read = rejection(inRealTime(server.url).readTrouble(ref, leaving.signal));
    await expect.poll(() => server.seen.length).toBe(1);
    leaving.abort();
    expect((await read).kind).toBe('cancelled');
    await expect.poll(() => server.sockets()).toBe(0);
  });

  test('goes over TLS where the endpoint says so, and over a kept connection', async () => {
    const server = await startFakeAws(() => found, { secure: true });
    const provider = inRealTime(server.url);
    await provider.readGroup(ref, never);
    await provider.readGroup(ref, never);
    expect([server.seen.length, server.connections()]).toEqual([2, 1]);
  });
});

describe('closing', () => {
  test('closes the connections that were kept', async () => {
    const server = await started(found);
    const provider = inRealTime(server.url);
    await provider.readGroup(ref, never);
    expect(server.sockets()).toBe(1);
    await provider.close();
    await expect.poll(() => server.sockets()).toBe(0);
  });

  test('stops reads and writes that are under way, and takes no more', async () => {
    const server = await started('hang');
    const provider = inRealTime(server.url);
    const underway = [
      rejection(provider.readTrouble(ref, never)),
      rejection(provider.detach(ref, 'i-1', createPermit())),
    ];
    await expect.poll(() => server.seen.length).toBe(2);
    const gathered = rejection(provider.readGroup(ref, never));
    await provider.close();
    const errors = await Promise.all([...underway, gathered]);
    expect(errors.map((error) => error.kind)).toEqual(['cancelled', 'cancelled', 'cancelled']);
    expect(errors[1]?.detail.outcomeUnknown).toBe(true);
    await expect.poll(() => server.sockets()).toBe(0);
    const late = [
      () => provider.readGroup(ref, never),
      () => provider.readTrouble(ref, never),
      () => provider.terminate(region, 'i-1', createPermit()),
    ];
    for (const call of late) expect((await rejection(call())).kind).toBe('cancelled');
    expect(server.seen).toHaveLength(2);
  });
});
