import { describe, expect, test } from 'vitest';
import type { AwsProvider } from '../../../src/adapters/aws/provider.ts';
import type { SdkRequest, SdkRequestHandler } from '../../../src/adapters/aws/options.ts';
import type { WritePermit } from '../../../src/ports/write-permit.ts';
import { rejection } from '../../support/rejection.ts';
import { answer, ec2Answer, fakeTls, groupXml, refusal, startFakeAws } from './fake-aws.ts';
import type { FakeAws, Handler, Reply } from './fake-aws.ts';
import { createPermit, createRig, region } from './harness.ts';
import type { Rig } from './harness.ts';
import { recorded } from './recorded.ts';

const ref = { pool: 'workers', region };

type Write = (provider: AwsProvider, permit: WritePermit) => Promise<void>;

const setDesired: Write = (provider, permit) => provider.setDesired(ref, 3, permit);
const detach: Write = (provider, permit) => provider.detach(ref, 'i-1', permit);
const terminate: Write = (provider, permit) => provider.terminate(region, 'i-1', permit);

const writes: readonly (readonly [string, Write])[] = [
  ['a desired capacity', setDesired],
  ['a detach', detach],
  ['a termination', terminate],
];

/** What AWS answers when it does as it is told. */
const obeying: Handler = ({ action }) => {
  if (action === 'TerminateInstances') {
    return ec2Answer(action, '<instancesSet><item><instanceId>i-1</instanceId></item></instancesSet>');
  }
  return answer(action, action === 'DetachInstances' ? '<Activities/>' : '');
};

async function rigFor(
  handler: Handler,
  secure = false,
): Promise<Rig & { readonly server: FakeAws; readonly permit: ReturnType<typeof createPermit> }> {
  const server = await startFakeAws(handler, { secure });
  const rig = createRig(server.url, secure ? { tls: fakeTls } : {});
  return { ...rig, server, permit: createPermit() };
}

const nobody = (): Reply => 'hang';

describe('what is sent to', () => {
  const common = { Version: '2011-01-01', AutoScalingGroupName: 'workers' };
  test.each([
    [
      'set the desired capacity: that, and nothing else',
      setDesired,
      { Action: 'UpdateAutoScalingGroup', ...common, DesiredCapacity: '3' },
    ],
    [
      'detach: one instance, lowering the desired capacity',
      detach,
      {
        Action: 'DetachInstances',
        ...common,
        'InstanceIds.member.1': 'i-1',
        ShouldDecrementDesiredCapacity: 'true',
      },
    ],
    [
      'terminate: one instance',
      terminate,
      { Action: 'TerminateInstances', Version: '2016-11-15', 'InstanceId.1': 'i-1' },
    ],
  ])('%s', async (_, write, form) => {
    const { provider, permit, server, drive } = await rigFor(obeying);
    await drive(write(provider, permit));
    expect(server.seen.map((one) => Object.fromEntries(one.form))).toEqual([form]);
    expect(permit.asked).toBe(1);
  });
});

test.each([
  ['of a desired capacity', setDesired, recorded('scale-out', 1, 'UpdateAutoScalingGroup')],
  ['of a detach', detach, recorded('scale-in', 1, 'DetachInstances')],
])('the answer of moto %s is a good one', async (_, write, reply) => {
  const { provider, permit, drive } = await rigFor(() => reply);
  await expect(drive(write(provider, permit))).resolves.toBeUndefined();
});

test.each([
  ['first', 5],
  ['second', 8],
])('the answer of moto to the %s termination is a good one', async (_, number) => {
  const { provider, permit, drive } = await rigFor(() => recorded('scale-in', number, 'TerminateInstances'));
  await expect(drive(provider.terminate(region, 'i-4f09dff92d4ab5549', permit))).resolves.toBeUndefined();
});

describe.each([
  ['plain HTTP', false],
  ['TLS', true],
])('over %s', (_, secure) => {
  test.each(writes)('%s asks the permit once, on a connection of its own', async (_name, write) => {
    const { provider, permit, server, drive } = await rigFor(obeying, secure);
    await drive(write(provider, permit));
    await drive(write(provider, permit));
    expect(permit.asked).toBe(2);
    expect(server.connections()).toBe(2);
    await expect.poll(() => server.sockets()).toBe(0);
  });

  test.each(writes)('nothing of %s is sent when the lease has ended', async (_name, write) => {
    const { provider, permit, server, drive } = await rigFor(obeying, secure);
    permit.held = false;
    const error = await drive(rejection(write(provider, permit)));
    expect(error.message).toBe('consul: write: the lease has ended');
    await expect.poll(() => server.sockets()).toBe(0);
    expect(server.connections()).toBe(1);
    expect(server.seen).toEqual([]);
  });

  test.each(writes)('%s whose lock is lost while it is under way is stopped', async (_name, write) => {
    const { provider, permit, server, drive } = await rigFor(nobody, secure);
    const written = drive(rejection(write(provider, permit)), 4_000);
    await expect.poll(() => server.seen.length).toBe(1);
    permit.end.abort(new Error('lock lost'));
    const error = await written;
    expect(error.kind).toBe('cancelled');
    expect(error.detail).toMatchObject({ text: 'stopped while under way', outcomeUnknown: true });
    await expect.poll(() => server.sockets()).toBe(0);
  });
});

test.each(writes)('not one byte of %s is left behind when the lease has ended', async (_, write) => {
  const { provider, permit, server, drive } = await rigFor(obeying);
  permit.held = false;
  await drive(rejection(write(provider, permit)));
  await expect.poll(() => server.bytesOfClosed).toEqual([0]);
});

test.each(writes)('%s is not begun when the lock is lost already', async (_, write) => {
  const { provider, permit, server, drive } = await rigFor(obeying);
  permit.end.abort();
  const error = await drive(rejection(write(provider, permit)));
  expect(error.kind).toBe('cancelled');
  expect(error.detail).toMatchObject({ text: 'stopped before it was sent', outcomeUnknown: false });
  expect(server.connections()).toBe(0);
});

test.each(writes)('%s that nobody answers ends after five seconds, its outcome unknown', async (_, write) => {
  const { provider, permit, server, clock, drive } = await rigFor(nobody);
  const begunMs = clock.monotonicMs();
  const error = await drive(rejection(write(provider, permit)));
  expect(error.kind).toBe('timeout');
  expect(error.detail).toMatchObject({ text: 'no answer in time', outcomeUnknown: true });
  expect(clock.monotonicMs() - begunMs).toBeLessThanOrEqual(5_100);
  expect(server.seen).toHaveLength(1);
  await expect.poll(() => server.sockets()).toBe(0);
});

describe('one attempt, whatever comes:', () => {
  test.each<[string, Reply, string, boolean]>([
    ['an error of the server', refusal(500, 'InternalFailure', 'internal'), 'unavailable', true],
    ['an overloaded server', refusal(503, 'ServiceUnavailable', 'try later'), 'unavailable', true],
    ['a throttled call', refusal(400, 'Throttling', 'Rate exceeded'), 'throttled', false],
    ['a cut connection', 'reset', 'unavailable', true],
    ['the HTML page of a moto', recorded('scale-in', 11, 'DetachInstances'), 'unavailable', true],
    ['a page with 200', { text: '<!doctype html><p>please log in</p>' }, 'invalid', true],
    ['no XML with 200', { text: 'OK' }, 'invalid', true],
    ['a redirect', { status: 302, text: '', headers: { Location: '/' } }, 'invalid', true],
  ])('%s', async (_, reply, kind, outcomeUnknown) => {
    for (const write of [detach, terminate]) {
      const { provider, permit, server, drive } = await rigFor(() => reply);
      const error = await drive(rejection(write(provider, permit)));
      expect(error.kind).toBe(kind);
      expect(error.detail.outcomeUnknown).toBe(outcomeUnknown);
      expect(error.message).not.toContain('\n');
      expect(server.seen).toHaveLength(1);
    }
  });
});

test('an empty answer to a new desired capacity counts only when it is AWS that gives it', async () => {
  const anonymous = { text: '', headers: { 'x-amzn-RequestId': '' } };
  const page = { text: '<html><p>hello</p></html>', headers: { 'x-amzn-RequestId': '' } };
  for (const reply of [anonymous, page]) {
    const { provider, permit, drive } = await rigFor(() => reply);
    const error = await drive(rejection(setDesired(provider, permit)));
    expect(error.kind).toBe('invalid');
    expect(error.detail.outcomeUnknown).toBe(true);
  }
});

test('a termination is not believed when the answer names another instance', async () => {
  const { provider, permit, drive } = await rigFor(obeying);
  const error = await drive(rejection(provider.terminate(region, 'i-2', permit)));
  expect(error.detail).toMatchObject({ text: 'the answer does not name i-2', outcomeUnknown: true });
});

test('a write that cannot connect has begun nothing', async () => {
  const { provider, drive } = createRig('http://127.0.0.1:1');
  const error = await drive(rejection(detach(provider, createPermit())));
  expect(error.kind).toBe('unavailable');
  expect(error.detail).toMatchObject({ text: 'connection refused: 127.0.0.1:1', outcomeUnknown: false });
});

test('a server with a certificate that nobody trusts is not written to', async () => {
  const server = await startFakeAws(obeying, { secure: true });
  const { provider, drive } = createRig(server.url);
  const permit = createPermit();
  const error = await drive(rejection(detach(provider, permit)));
  expect(error.kind).toBe('unavailable');
  expect(error.detail.outcomeUnknown).toBe(false);
  expect([permit.asked, server.seen]).toEqual([0, []]);
});

describe('over a transport in memory', () => {
  const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
  const page =
    '<DetachInstancesResponse><DetachInstancesResult><Activities/></DetachInstancesResult></DetachInstancesResponse>';

  function inMemory(reply: () => Promise<string>): SdkRequestHandler & { readonly seen: SdkRequest[] } {
    const seen: SdkRequest[] = [];
    return {
      seen,
      handle: async (request) => {
        seen.push(request);
        return { response: { statusCode: 200, headers: {}, body: encode(await reply()) } };
      },
    };
  }

  test('a write is made without a socket, a file or a credential of this machine', async () => {
    const requestHandler = inMemory(() => Promise.resolve(page));
    const { provider } = createRig('http://127.0.0.1:1', { requestHandler });
    await detach(provider, createPermit());
    const [request] = requestHandler.seen;
    expect(request).toMatchObject({
      method: 'POST',
      hostname: `autoscaling.${region}.amazonaws.com`,
      path: '/',
    });
    expect(request?.headers['authorization']).toContain(`/${region}/autoscaling/aws4_request`);
    expect(new URLSearchParams(request?.body).get('Action')).toBe('DetachInstances');
  });

  test('the permit is asked where the request is handed over', async () => {
    const requestHandler = inMemory(() => Promise.resolve(page));
    const { provider } = createRig('http://127.0.0.1:1', { requestHandler });
    const permit = createPermit();
    permit.held = false;
    const error = await rejection(detach(provider, permit));
    expect(error.message).toBe('consul: write: the lease has ended');
    expect([permit.asked, requestHandler.seen]).toEqual([1, []]);
  });

  test('a write that nobody answers ends in virtual time', async () => {
    const requestHandler = inMemory(() => new Promise(() => undefined));
    const { provider, clock } = createRig('http://127.0.0.1:1', { requestHandler });
    const written = rejection(detach(provider, createPermit()));
    await clock.advance(5_000);
    const error = await written;
    expect(error.kind).toBe('timeout');
    expect(error.detail.outcomeUnknown).toBe(true);
    expect(requestHandler.seen).toHaveLength(1);
  });

  test('a read is answered within the turn of the clock in which its request is sent', async () => {
    const group = `<AutoScalingGroups><member>${groupXml('workers')}</member></AutoScalingGroups>`;
    const text = `<DescribeAutoScalingGroupsResponse><DescribeAutoScalingGroupsResult>${group}</DescribeAutoScalingGroupsResult></DescribeAutoScalingGroupsResponse>`;
    const { provider, clock } = createRig('http://127.0.0.1:1', {
      requestHandler: inMemory(() => Promise.resolve(text)),
    });
    const state: { desired?: number } = {};
    const read = provider.readGroup(ref, new AbortController().signal).then((found) => {
      state.desired = found.desired;
      return found;
    });
    await clock.advance(49);
    expect(state.desired).toBeUndefined();
    await clock.advance(1);
    expect(state.desired).toBe(2);
    await read;
  });

  test('a read that nobody answers ends in virtual time, after one attempt', async () => {
    const requestHandler = inMemory(() => new Promise(() => undefined));
    const { provider, clock } = createRig('http://127.0.0.1:1', { requestHandler });
    const read = rejection(provider.readTrouble(ref, new AbortController().signal));
    await clock.advance(8_000);
    expect((await read).kind).toBe('timeout');
    expect(requestHandler.seen).toHaveLength(1);
  });
});
