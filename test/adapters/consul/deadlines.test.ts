import { EventEmitter, getEventListeners, once } from 'node:events';
import { Agent, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { PortError, isPortError } from '../../../src/ports/port-error.ts';
import { connect, failureOf, handClock, never, permit, startFake, type Adapter } from './support.ts';

const session = '11111111-2222-3333-4444-555555555555';
const spec = { name: 'replicator_leader_lock', ttlMs: 12_000, lockDelayMs: 15_000 };
const fence = { lockKey: 'r/leader', session, unchanged: [] };
const change = { kind: 'set', key: 'r/a', value: 'x', index: 0 } as const;

/** What the server does; resolves when it has done it. */
type Handler = (request: IncomingMessage, response: ServerResponse) => void | Promise<unknown>;

/** Starts `call` against `answer` and waits until the server has done its part. */
async function begin(answer: Handler, call: (consul: Adapter) => Promise<unknown>) {
  const arrivals = new EventEmitter();
  const fake = await startFake(async (request, response) => {
    await answer(request, response);
    arrivals.emit('request');
  });
  const clock = handClock();
  const consul = connect(fake.address, { clock, random: () => 0.5 });
  const arrived = once(arrivals, 'request');
  const outcome = failureOf(call(consul));
  await arrived;
  return { clock, outcome, consul };
}

const silent: Handler = () => {};
const cutInBody: Handler = (_request, response) => {
  response.writeHead(200, {
    'content-type': 'application/json',
    'x-consul-index': '7',
    'content-length': '99',
  });
  const closed = once(response, 'close');
  response.write('[{"Key":', () => response.socket?.destroy());
  return closed;
};

describe('a call that gets no answer ends at its deadline', () => {
  const rows: readonly [string, number, boolean | undefined, (consul: Adapter) => Promise<unknown>][] = [
    ['openSession', 10_000, true, (consul) => consul.openSession(spec, never())],
    ['renewSession', 3_000, true, (consul) => consul.renewSession(session, never())],
    ['closeSession', 5_000, true, (consul) => consul.closeSession(session, never())],
    ['acquireLock', 5_000, true, (consul) => consul.acquireLock('r/leader', session, never())],
    ['releaseLock', 5_000, true, (consul) => consul.releaseLock('r/leader', session, never())],
    ['readKey at once', 10_000, undefined, (consul) => consul.readKey('r/leader', 0, never())],
    ['readKey blocking', 33_875, undefined, (consul) => consul.readKey('r/leader', 7, never())],
    ['readTree blocking', 33_875, undefined, (consul) => consul.readTree('r/', 7, never())],
    ['write', 5_000, true, (consul) => consul.write(fence, [change], permit())],
  ];

  test.each(rows)('%s after %d ms of silence', async (_name, deadlineMs, outcomeUnknown, call) => {
    const { clock, outcome } = await begin(silent, call);
    const early = await Promise.race([outcome, Promise.resolve('waiting')]);
    clock.advance(deadlineMs - 1);
    expect(early).toBe('waiting');
    expect(clock.pending()).toBe(1);
    clock.advance(1);
    const failure = await outcome;
    expect(failure.kind).toBe('timeout');
    expect(failure.detail.outcomeUnknown).toBe(outcomeUnknown);
    expect(clock.pending()).toBe(0);
  });

  test.each(rows)(
    '%s at once, when the connection dies within the answer',
    async (_name, _deadlineMs, outcomeUnknown, call) => {
      const { clock, outcome } = await begin(cutInBody, call);
      const failure = await outcome;
      expect(failure.kind).toBe('unavailable');
      expect(failure.detail.text).toBe('the connection closed within the answer');
      expect(failure.detail.outcomeUnknown).toBe(outcomeUnknown);
      expect(clock.pending()).toBe(0);
    },
  );

  test('sends nothing when it was given up before', async () => {
    let requests = 0;
    const fake = await startFake(() => (requests += 1));
    const failure = await failureOf(
      connect(fake.address).acquireLock('r/leader', session, AbortSignal.abort()),
    );
    expect(failure.kind).toBe('cancelled');
    expect(failure.detail.outcomeUnknown).toBeUndefined();
    expect(requests).toBe(0);
  });

  test('by closing the adapter ends too, and later calls are refused', async () => {
    const { consul, outcome } = await begin(silent, (consul) => consul.readKey('r/leader', 7, never()));
    await consul.close();
    expect((await outcome).kind).toBe('cancelled');
    expect((await failureOf(consul.readKey('r/leader', 0, never()))).kind).toBe('cancelled');
  });
});

describe('a server that is not there or not Consul', () => {
  async function closedPort(): Promise<number> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    await new Promise((resolve) => server.close(resolve));
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  test.each(['127.0.0.1', 'localhost'])(
    'refused at %s: unavailable, and certainly not done',
    async (host) => {
      const consul = connect(`http://${host}:${await closedPort()}`);
      const failures = await Promise.all([
        failureOf(consul.acquireLock('r/leader', session, never())),
        failureOf(consul.readTree('r/', 0, never())),
        failureOf(consul.write(fence, [change], permit())),
      ]);
      for (const failure of failures) {
        expect(failure.kind).toBe('unavailable');
        expect(failure.detail.text).toContain('ECONNREFUSED');
        expect(failure.detail.outcomeUnknown).toBeUndefined();
      }
    },
  );

  const odd: readonly [string, number, Record<string, string>, string][] = [
    ['a 404 of another server', 404, { 'content-type': 'text/plain' }, '404 page not found'],
    ['a 404 with a useless index', 404, { 'x-consul-index': 'abc' }, ''],
    ['a page of HTML', 200, { 'content-type': 'text/html', 'x-consul-index': '7' }, '<p>hello</p>'],
    ['an object', 200, { 'content-type': 'application/json', 'x-consul-index': '7' }, '{"a":1}'],
    ['cut JSON', 200, { 'content-type': 'application/json', 'x-consul-index': '7' }, '[{"Key":'],
    [
      'a key without an index',
      200,
      { 'content-type': 'application/json', 'x-consul-index': '7' },
      '[{"Key":"a"}]',
    ],
    ['nothing', 200, {}, ''],
  ];
  test.each(odd)('%s is never taken for an absent key', async (_name, status, headers, body) => {
    const fake = await startFake((_request, response) => response.writeHead(status, headers).end(body));
    const consul = connect(fake.address);
    expect((await failureOf(consul.readKey('r/leader', 0, never()))).kind).toBe('unavailable');
    expect((await failureOf(consul.readTree('r/', 0, never()))).kind).toBe('unavailable');
  });

  test('an answer to a write that cannot be read leaves its outcome unknown', async () => {
    const fake = await startFake((_request, response) => response.writeHead(200).end('ok'));
    const failure = await failureOf(connect(fake.address).write(fence, [change], permit()));
    expect(failure).toMatchObject({ kind: 'unavailable', detail: { outcomeUnknown: true } });
  });

  test.each(['consul:8500', 'localhost', 'ftp://x', ''])('"%s" is no address', (address) => {
    expect(() => connect(address)).toThrow(/must be a URL/);
  });

  test('an IPv6 address is understood', async ({ skip }) => {
    const fake = await startFake((request, response) => {
      response.writeHead(404, { 'x-consul-index': '7' }).end(request.headers.host);
    }, '::1').catch(() => skip('no IPv6 on this machine'));
    await expect(connect(fake.address).readKey('a', 0, never())).resolves.toEqual({ entries: [], index: 7 });
    expect((await failureOf(connect(fake.address).write(fence, [], permit()))).kind).toBe('not-found');
  });
});

describe('what a call sends', () => {
  test('the token goes in its header, the key in one path segment, a path in the address before it', async () => {
    const seen: unknown[] = [];
    const fake = await startFake((request, response) => {
      seen.push([request.method, request.url, request.headers['x-consul-token']]);
      response.writeHead(404, { 'x-consul-index': '7' }).end();
    });
    const consul = connect(`${fake.address}/behind/`, { token: 'a-secret', random: () => 0 });
    await consul.readKey('r/état?', 5, never());
    expect(seen).toEqual([['GET', '/behind/v1/kv/r%2F%C3%A9tat%3F?index=5&wait=27s', 'a-secret']]);
  });

  test.each([
    ['backwards', 7, '3', 0],
    ['on', 7, '8', 8],
    ['nowhere', 7, '7', 7],
    ['to 0', 0, '0', 0],
  ])('an index that goes %s: asked from %d, answered %s, next %d', async (_way, asked, answered, next) => {
    const fake = await startFake((_request, response) => {
      response.writeHead(404, { 'x-consul-index': answered }).end();
    });
    expect((await connect(fake.address).readKey('a', asked, never())).index).toBe(next);
  });

  test('64 operations go out, 65 do not', async () => {
    let operations = 0;
    const fake = await startFake((request, response) => {
      let text = '';
      request.on('data', (chunk) => (text += String(chunk)));
      request.on('end', () => {
        operations = (JSON.parse(text) as unknown[]).length;
        response.writeHead(200, { 'content-type': 'application/json' }).end('{"Results":[]}');
      });
    });
    const consul = connect(fake.address);
    const changes = Array.from({ length: 63 }, (_, at) => ({ ...change, key: `r/${at}` }));
    await consul.write(fence, changes, permit());
    expect(operations).toBe(64);
    const failure = await failureOf(consul.write(fence, [...changes, change], permit()));
    expect(failure.kind).toBe('invalid');
  });
});

describe('the permit of a write', () => {
  const refusal = new PortError('cancelled', {
    service: 'consul',
    doing: 'write',
    text: 'the lease has ended',
  });
  const lost = () => {
    throw refusal;
  };

  test.each([
    ['a write agent', {}],
    ['one agent for all', { agent: new Agent(), writeAgent: undefined }],
  ])('refused, with %s: nothing is sent', async (_name, options) => {
    let requests = 0;
    const fake = await startFake(() => (requests += 1));
    const consul = connect(fake.address, options);
    const failure = await failureOf(consul.write(fence, [change], permit(lost)));
    expect(failure).toBe(refusal);
    expect(requests).toBe(0);
  });

  test('is asked in the very turn in which the request is made', async () => {
    const fake = await startFake((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"Results":[]}');
    });
    const order: string[] = [];
    class Watching extends Agent {
      override createConnection(...given: Parameters<Agent['createConnection']>) {
        order.push('connects');
        return super.createConnection(...given);
      }
    }
    const agent = new Watching();
    onTestFinished(() => agent.destroy());
    const consul = connect(fake.address, { agent, writeAgent: undefined });
    const asked = permit(() => {
      order.push('asked');
      queueMicrotask(() => order.push('next turn'));
    });
    await consul.write(fence, [change], asked);
    expect(order).toEqual(['asked', 'connects', 'next turn']);
  });
});

test('10,000 calls leave no listener, no timer and few connections', { timeout: 300_000 }, async () => {
  const warnings: unknown[] = [];
  const note = (warning: unknown) => warnings.push(warning);
  process.on('warning', note);
  onTestFinished(() => void process.off('warning', note));
  const fake = await startFake((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end('[{"TTL":"12s"}]');
  });
  const clock = handClock();
  const consul = connect(fake.address, { clock });
  const controller = new AbortController();
  const renewMany = async () => {
    for (let done = 0; done < 1_250; done += 1) await consul.renewSession(session, controller.signal);
  };
  await Promise.all(Array.from({ length: 8 }, renewMany));
  expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
  expect(clock.pending()).toBe(0);
  expect(await fake.connections()).toBeLessThanOrEqual(4);
  expect(warnings).toEqual([]);
});

test('every failure is a PortError', async () => {
  const consul = connect('http://127.0.0.1:1');
  const failure: unknown = await consul.renewSession('', never()).catch((error: unknown) => error);
  expect(isPortError(failure, 'invalid')).toBe(true);
});
