import { once } from 'node:events';
import * as http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { LinkFault } from './link-fault.ts';
import { type Link, startLink } from './link.ts';

/** What the server was asked, in order: method and path. */
const served: string[] = [];
/** Streams that the server has open. */
const tells: http.ServerResponse[] = [];
let server: http.Server;
let link: Link;

beforeAll(async () => {
  server = http.createServer((request, response) => {
    served.push(`${request.method} ${request.url}`);
    if (request.url === '/v1/event/stream') {
      response.write('{}');
      tells.push(response);
      return;
    }
    response.end(`answer to ${request.url}`);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});
beforeEach(async () => {
  served.length = 0;
  tells.length = 0;
  const { port } = server.address() as AddressInfo;
  const target = `http://127.0.0.1:${port}`;
  link = await startLink({ agent: 0, server: 'nomad', target, seed: 'test', keeps: () => true });
});
afterEach(() => link.stop());

interface Outcome {
  /** The status, or how it failed. */
  readonly status: number | 'cut' | 'nothing';
  readonly text: string;
  readonly tookMs: number;
}

/** Asks through the link on a connection of its own; gives up so long after the link has the request, as agents do. */
async function ask(method: 'GET' | 'PUT', patienceMs = 20_000, path = '/x'): Promise<Outcome> {
  const beganMs = performance.now();
  const done = (status: Outcome['status'], text = ''): Outcome => ({
    status,
    text,
    tookMs: performance.now() - beganMs,
  });
  const request = http.request(`${link.url}${path}`, { method, agent: false });
  let timer: NodeJS.Timeout | undefined;
  const isHere = link.arrived;
  link.arrived = (passage) => {
    isHere(passage);
    if (passage.path === path) {
      timer ??= setTimeout(() => request.destroy(new Error('patience')), patienceMs);
    }
  };
  try {
    const answered = once(request, 'response');
    request.end(method === 'PUT' ? 'body' : '');
    const [response] = (await answered) as [http.IncomingMessage];
    let text = '';
    for await (const chunk of response) text += String(chunk);
    return done(response.statusCode ?? 0, text);
  } catch (error) {
    return done(error instanceof Error && error.message === 'patience' ? 'nothing' : 'cut');
  } finally {
    clearTimeout(timer);
    link.arrived = isHere;
  }
}

function fault(kind: LinkFault['kind'], more: Partial<LinkFault> = {}): ReturnType<Link['begin']> {
  return link.begin({ kind, share: 1, holdMs: [100, 100], afterwards: false, ...more });
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 5));
}

test('passes requests and answers, and notes both', async () => {
  expect(await ask('PUT')).toMatchObject({ status: 200, text: 'answer to /x' });
  const [passage] = link.log;
  const noted = { method: 'PUT', path: '/x', body: 'body', status: 200, reply: 'answer to /x' };
  expect(passage).toMatchObject(noted);
  const { arrivedMs = 0, forwardedMs = 0, answeredMs = 0, deliveredMs = 0 } = passage ?? {};
  const times = [arrivedMs, forwardedMs, answeredMs, deliveredMs];
  expect(times.toSorted((a, b) => a - b)).toEqual(times);
});

const aGatewaysOwn: unknown = expect.toSatisfy((status: number) => status >= 500 && status < 600);

/** What an agent sees of a fault, and whether the server has carried the request out. */
test.each([
  ['drops a request', 'drop', {}, 'nothing', []],
  ['drops an answer', 'drop', { afterwards: true }, 'nothing', ['GET /x']],
  ['cuts the connection before the server is asked', 'reset', {}, 'cut', []],
  ['cuts the connection before the answer', 'reset', { afterwards: true }, 'cut', ['GET /x']],
  ['answers for the server, which was not asked', '5xx', {}, aGatewaysOwn, []],
  ['answers for the server, which has done it', '5xx', { afterwards: true }, aGatewaysOwn, ['GET /x']],
  ['leaves a connection half open', 'half-open', {}, 'nothing', []],
  ['refuses connections', 'partition', { refuses: true }, 'cut', []],
  ['lets nothing pass', 'partition', {}, 'nothing', []],
] as const)('%s', async (_sentence, kind, more, status, asked) => {
  const active = fault(kind, more);
  expect((await ask('GET', status === 'nothing' ? 100 : undefined)).status).toEqual(status);
  await until(() => served.length >= asked.length);
  expect(served).toEqual(asked);
  expect(active.hits).toBe(1);
  active.end();
  expect(await ask('GET')).toMatchObject({ status: 200 });
});

test('delays a request, and trickles an answer', async () => {
  const delay = fault('delay');
  expect((await ask('GET')).tookMs).toBeGreaterThan(95);
  delay.end();
  fault('slow-body');
  const slow = await ask('GET');
  expect(slow).toMatchObject({ status: 200, text: 'answer to /x' });
  expect(slow.tookMs).toBeGreaterThan(90);
});

describe('what arrives late', () => {
  test('a write is carried out although its sender has given up', async () => {
    fault('late');
    expect(await ask('PUT', 30)).toMatchObject({ status: 'nothing' });
    await until(() => served.length > 0);
    expect(served).toEqual(['PUT /x']);
    expect(link.log[0]?.deliveredMs).toBeUndefined();
  });

  test('a write held by a partition goes on its way when that is over, a read is forgotten', async () => {
    const partition = fault('partition');
    await ask('PUT', 30, '/write');
    await ask('GET', 30, '/read');
    await until(() => link.open() === 0);
    partition.end();
    await until(() => served.length > 0);
    await ask('GET', undefined, '/after');
    expect(served).toEqual(['PUT /write', 'GET /after']);
  });
});

/** Listens to a stream through the link; collects what comes, and how it ends. */
async function listenTo(): Promise<{ readonly pieces: string[]; end: string }> {
  const heard = { pieces: [] as string[], end: '' };
  const request = http.request(`${link.url}/v1/event/stream`, { agent: false });
  request.on('error', () => (heard.end = 'cut'));
  const answered = once(request, 'response');
  request.end();
  const [response] = (await answered) as [http.IncomingMessage];
  response.on('data', (chunk) => heard.pieces.push(String(chunk)));
  response.on('error', () => (heard.end = 'cut'));
  response.on('end', () => (heard.end = 'ended'));
  return heard;
}

describe('a stream', () => {
  test('is passed on piece by piece, and ends where the server ends it', async () => {
    const heard = await listenTo();
    await until(() => heard.pieces.length === 1);
    tells[0]?.write('two');
    await until(() => heard.pieces.length === 2);
    expect(heard).toEqual({ pieces: ['{}', 'two'], end: '' });
    tells[0]?.end();
    await until(() => heard.end !== '');
    expect(heard.end).toBe('ended');
  });

  test.each([
    ['drop', ''],
    ['half-open', ''],
    ['reset', 'cut'],
  ] as const)('meets a fault in the middle: %s', async (kind, end) => {
    const heard = await listenTo();
    await until(() => heard.pieces.length === 1);
    const active = fault(kind);
    tells[0]?.write('two');
    await until(() => active.hits === 1);
    active.end();
    tells[0]?.write('three');
    await until(() => heard.end === end);
    await ask('GET');
    expect(heard).toEqual({ pieces: ['{}'], end });
    expect(link.log[0]).toMatchObject({ fault: kind });
  });

  test('is held by a partition, and comes when that is over', async () => {
    const heard = await listenTo();
    await until(() => heard.pieces.length === 1);
    const active = fault('partition');
    tells[0]?.write('two');
    await until(() => active.hits === 1);
    expect(heard.pieces).toEqual(['{}']);
    active.end();
    await until(() => heard.pieces.length === 2);
  });
});

test('meets only what it is meant for', async () => {
  fault('reset', { meets: ({ path }) => path.startsWith('/not') });
  expect(await ask('GET', undefined, '/not/this')).toMatchObject({ status: 'cut' });
  expect(await ask('GET', undefined, '/this')).toMatchObject({ status: 200 });
});
