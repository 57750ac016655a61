/** Requests that something is wrong with, as the bytes that are sent. */
export interface BrokenRequest {
  readonly what: string;
  readonly bytes: Buffer;
  /** Statuses that are right; 0: the connection is closed without an answer. */
  readonly statuses: readonly number[];
}

const HOST = 'Host: 127.0.0.1\r\n';
const CLOSE = 'Connection: close\r\n';

function request(line: string, headers = '', body = ''): Buffer {
  return Buffer.from(`${line}\r\n${HOST}${CLOSE}${headers}\r\n${body}`);
}

const GET_PATHS = [
  '/v1/status/leader',
  '/v1/health',
  '/v1/groups',
  '/v1/decisions',
  '/v1/metrics',
  '/v1/agent/self',
];

/** A method is not known to Node's parser: 400. Known, but not ours: 405. */
const methods: BrokenRequest[] = [
  'POST',
  'DELETE',
  'PATCH',
  'HEAD',
  'OPTIONS',
  'TRACE',
  'PUT',
  'LOCK',
  'PROPFIND',
].flatMap((method) =>
  GET_PATHS.map((path) => ({
    what: `${method} ${path}`,
    bytes: request(`${method} ${path} HTTP/1.1`),
    statuses: [405],
  })),
);

const strangeMethods: BrokenRequest[] = [
  'BREW',
  'get',
  'G E T',
  '',
  '\0',
  'GETGETGETGETGETGETGETGETGET',
  'ÄÖÜ',
].map((method) => ({
  what: `method ${JSON.stringify(method)}`,
  bytes: request(`${method} /v1/health HTTP/1.1`),
  statuses: [400, 0],
}));

const paths: BrokenRequest[] = [
  '/',
  '/v1',
  '/v1/',
  '/v1/healthy',
  '/v1/health/',
  '//v1/health',
  '/v1//health',
  '/V1/HEALTH',
  '/v1/groups/web/api',
  '/v1/../v1/health',
  '/v1/health/..',
  '/%76%31/health',
  '/v1/health%00',
  '/v1/health;a=b',
  '/v1/health%2F',
  '/..%2f..%2fetc/passwd',
  '/etc/passwd',
  '/index.html',
  '/favicon.ico',
  '/v1/decisions.json',
  '/v1/kv/replicator',
  '/v1/agent',
  '/v1/agent/',
  '/v1/failsafe/web',
  '/%',
  '/%zz',
  '/%ff%fe',
  `/${'a'.repeat(4_000)}`,
  '/v1/health#x',
  '/constructor',
  '/__proto__',
  '/v1/toString',
  '/\\..\\..',
  '/v1/status',
  '/v1/status/leader/x',
].map((path) => ({
  what: `path ${path.slice(0, 40)}`,
  bytes: request(`GET ${path} HTTP/1.1`),
  statuses: [404, 400],
}));

const targets: BrokenRequest[] = [
  'http://127.0.0.1/v1/health',
  'https://evil.example/v1/health',
  '*',
  'v1/health',
  'evil.example:443',
  '?x',
  '//',
  'http://',
  'a b',
].map((target) => ({
  what: `target ${target}`,
  bytes: request(`GET ${target} HTTP/1.1`),
  statuses: [400, 404],
}));

const queries: BrokenRequest[] = [
  '/v1/groups?limit=0',
  '/v1/groups?limit=501',
  '/v1/groups?limit=-1',
  '/v1/groups?limit=x',
  '/v1/groups?limit=',
  '/v1/groups?limit=1.5',
  '/v1/groups?limit=1e3',
  '/v1/groups?limit=99999999999999999999',
  '/v1/groups?limit=1&limit=2',
  '/v1/groups?id=a&id=b',
  '/v1/pools?limit=NaN',
  '/v1/pools?after=a&after=b',
  '/v1/decisions?since=-1',
  '/v1/decisions?since=x',
  '/v1/decisions?since=9999999999999999',
  '/v1/decisions?type=job',
  '/v1/decisions?type=',
  '/v1/decisions?limit=0x10',
  '/v1/health?live=maybe',
  '/v1/health?live=2',
  '/v1/health?live&live',
].map((target) => ({ what: target, bytes: request(`GET ${target} HTTP/1.1`), statuses: [400] }));

const hosts: BrokenRequest[] = [
  'evil.example',
  'evil.example:1313',
  '127.0.0.1.evil.example',
  'localhost.evil.example',
  '10.0.0.1',
  '0.0.0.0',
  '[::2]',
  '127.0.0.1@evil.example',
  'localhost:99999999',
  '',
  'a, b',
  '169.254.169.254',
  'rebind.network:1313',
].map((host) => ({
  what: `Host ${host}`,
  bytes: Buffer.from(`GET /v1/agent/self HTTP/1.1\r\nHost: ${host}\r\n${CLOSE}\r\n`),
  statuses: [403, 400],
}));

const headers: BrokenRequest[] = [
  { what: 'no Host', bytes: Buffer.from(`GET /v1/health HTTP/1.1\r\n${CLOSE}\r\n`), statuses: [400] },
  {
    what: 'two Hosts',
    bytes: request('GET /v1/health HTTP/1.1', 'Host: evil.example\r\n'),
    statuses: [400, 403],
  },
  {
    what: 'headers of 20 kB',
    bytes: request('GET /v1/health HTTP/1.1', `X-A: ${'a'.repeat(20_000)}\r\n`),
    statuses: [431],
  },
  {
    what: '3,000 headers',
    bytes: request('GET /v1/health HTTP/1.1', 'X-A: a\r\n'.repeat(3_000)),
    statuses: [431],
  },
  { what: 'a path of 20 kB', bytes: request(`GET /${'a'.repeat(20_000)} HTTP/1.1`), statuses: [431, 414] },
  {
    what: 'a header without a colon',
    bytes: request('GET /v1/health HTTP/1.1', 'nonsense\r\n'),
    statuses: [400],
  },
  {
    what: 'a header with a NUL',
    bytes: request('GET /v1/health HTTP/1.1', 'X-A: a\0b\r\n'),
    statuses: [400],
  },
  {
    what: 'a header name with a blank',
    bytes: request('GET /v1/health HTTP/1.1', 'X A: a\r\n'),
    statuses: [400],
  },
  {
    what: 'folded headers',
    bytes: request('GET /v1/health HTTP/1.1', 'X-A: a\r\n b\r\n'),
    statuses: [400, 200],
  },
  {
    what: 'two lengths',
    bytes: request('PUT /v1/failsafe HTTP/1.1', 'Content-Length: 1\r\nContent-Length: 2\r\n', 'x'),
    statuses: [400],
  },
  {
    what: 'a length that is none',
    bytes: request('PUT /v1/failsafe HTTP/1.1', 'Content-Length: x\r\n', 'x'),
    statuses: [400],
  },
  {
    what: 'a negative length',
    bytes: request('PUT /v1/failsafe HTTP/1.1', 'Content-Length: -1\r\n', 'x'),
    statuses: [400],
  },
  {
    what: 'length and chunks',
    bytes: request(
      'PUT /v1/failsafe HTTP/1.1',
      'Content-Length: 4\r\nTransfer-Encoding: chunked\r\n',
      '0\r\n\r\n',
    ),
    statuses: [400],
  },
  {
    what: 'chunks that are none',
    bytes: request(
      'PUT /v1/pause HTTP/1.1',
      'Transfer-Encoding: chunked\r\nX-Replicator-Token: TOKEN\r\n',
      'zz\r\n',
    ),
    statuses: [400, 403],
  },
  {
    what: 'another coding',
    bytes: request('PUT /v1/pause HTTP/1.1', 'Transfer-Encoding: gzip\r\n', 'x'),
    statuses: [400, 403],
  },
  { what: 'HTTP/3.0', bytes: Buffer.from('GET /v1/health HTTP/3.0\r\n\r\n'), statuses: [400] },
  { what: 'HTTP/0.9', bytes: Buffer.from('GET /v1/health\r\n\r\n'), statuses: [400] },
  { what: 'HTTP/2 by knowledge', bytes: Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), statuses: [400] },
  { what: 'TLS', bytes: Buffer.from('16030100a5010000a10303', 'hex'), statuses: [400] },
  {
    what: 'noise',
    bytes: Buffer.from(Array.from({ length: 500 }, (_none, at) => (at * 7919) % 256)),
    statuses: [400],
  },
  { what: 'SSH', bytes: Buffer.from('SSH-2.0-OpenSSH_9.2\r\n'), statuses: [400] },
  { what: 'a tunnel', bytes: Buffer.from(`CONNECT 10.0.0.1:443 HTTP/1.1\r\n${HOST}\r\n`), statuses: [405] },
  {
    what: 'a WebSocket',
    bytes: request('GET /v1/nothing HTTP/1.1', 'Upgrade: websocket\r\n'),
    statuses: [404],
  },
  {
    what: 'an expectation',
    bytes: request('PUT /v1/pause HTTP/1.1', 'Expect: something\r\nContent-Length: 2\r\n', '{}'),
    statuses: [417, 403],
  },
  {
    what: 'a GET with a body',
    bytes: request('GET /v1/health HTTP/1.1', 'Content-Length: 5\r\n', 'hello'),
    statuses: [400],
  },
  {
    what: 'a GET with chunks',
    bytes: request('GET /v1/groups HTTP/1.1', 'Transfer-Encoding: chunked\r\n', '5\r\nhello\r\n0\r\n\r\n'),
    statuses: [400],
  },
];

/** Bodies of a change, all but the last few under the right token. */
function bodies(token: string): BrokenRequest[] {
  const change = (
    what: string,
    body: string | Buffer,
    statuses: readonly number[] = [400],
    path = '/v1/failsafe',
  ): BrokenRequest => ({
    what: `${path}: ${what}`,
    bytes: Buffer.concat([
      request(
        `PUT ${path} HTTP/1.1`,
        `X-Replicator-Token: ${token}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n`,
      ),
      Buffer.from(body),
    ]),
    statuses,
  });
  const wrong = [
    '',
    ' ',
    '{',
    '}',
    'null',
    'true',
    '1',
    '"set"',
    '[]',
    '[{"set":true}]',
    '{}',
    '{"set":1}',
    '{"set":"true"}',
    '{"set":null}',
    '{"Set":true}',
    '{"set":true,"more":1}',
    '{"set":true,"group":1}',
    '{"set":true,"group":null}',
    '{"set":true,"pool":[]}',
    '{"set":true,"by":{}}',
    '{"set":true,"reason":1}',
    `{"set":true,"by":"${'b'.repeat(129)}"}`,
    `{"set":true,"reason":"${'r'.repeat(257)}"}`,
    `{"set":true,"group":"${'g'.repeat(513)}"}`,
    '{"set":true,"group":"a/b","pool":"c"}',
    '{"set":true,"__proto__":{"x":1}}',
    '{"constructor":1,"set":true}',
    "{'set':true}",
    '{"set":true,}',
    '{"set":tru',
    'set=true',
    '<set>true</set>',
    '\u0000',
    '{"set":true}}',
    '['.repeat(8_000),
    `{"a":${'['.repeat(4_000)}`,
  ];
  return [
    ...wrong.map((body) => change(JSON.stringify(body.slice(0, 50)), body)),
    ...wrong.slice(0, 20).map((body) => change(JSON.stringify(body.slice(0, 50)), body, [400], '/v1/pause')),
    change('a group that a pause has not', '{"set":true,"group":"web/api"}', [400], '/v1/pause'),
    change('no UTF-8', Buffer.from([0x7b, 0xff, 0xfe, 0x7d])),
    change('20 kB', `{"set":true,"reason":"${'r'.repeat(20_000)}"}`, [413]),
    change('1 MB', 'x'.repeat(1_000_000), [413]),
    {
      what: 'chunks of 1 MB',
      bytes: Buffer.concat([
        request(
          'PUT /v1/failsafe HTTP/1.1',
          `X-Replicator-Token: ${token}\r\nTransfer-Encoding: chunked\r\n`,
        ),
        Buffer.from(`f4240\r\n${'x'.repeat(1_000_000)}\r\n0\r\n\r\n`),
      ]),
      statuses: [413],
    },
    {
      what: 'a length of 4 GB',
      bytes: request(
        'PUT /v1/failsafe HTTP/1.1',
        `X-Replicator-Token: ${token}\r\nContent-Length: 4294967296\r\n`,
        'x',
      ),
      statuses: [413],
    },
  ];
}

/** Requests that never come to their end: they are given a few seconds. */
function slow(token: string): BrokenRequest[] {
  const ends = (what: string, bytes: Buffer): BrokenRequest => ({ what, bytes, statuses: [408, 0] });
  const body = `X-Replicator-Token: ${token}\r\nContent-Length: 100\r\n`;
  return [
    ends('nothing at all', Buffer.alloc(0)),
    ends('half a line', Buffer.from('GET /v1/hea')),
    ends('half the headers', Buffer.from(`GET /v1/health HTTP/1.1\r\n${HOST}X-A:`)),
    ends('half a body', request('PUT /v1/failsafe HTTP/1.1', body, '{"set":')),
    ends('no body', request('PUT /v1/pause HTTP/1.1', body)),
    ends(
      'half a chunk',
      request(
        'PUT /v1/pause HTTP/1.1',
        `X-Replicator-Token: ${token}\r\nTransfer-Encoding: chunked\r\n`,
        '5\r\n{"s',
      ),
    ),
  ];
}

/** All of them, the slow ones last. */
export function brokenRequests(token: string): {
  readonly quick: readonly BrokenRequest[];
  readonly slow: readonly BrokenRequest[];
} {
  const quick = [methods, strangeMethods, paths, targets, queries, hosts, headers, bodies(token)].flat();
  return { quick, slow: slow(token) };
}

/** What is wrong with an answer to a broken request, as a text; '' for nothing. */
export function faultOf({ what, statuses }: BrokenRequest, answer: string): string {
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1] ?? 0);
  if (!statuses.includes(status)) return `${what}: ${status}, not ${statuses.join(' or ')}`;
  if (/\bat \S+ \(|node:internal|\.ts:\d|\.js:\d|Error:/.test(answer))
    return `${what}: a stack trace: ${answer}`;
  // Node's own refusals have an empty body in chunks.
  const body = answer.slice(answer.indexOf('\r\n\r\n') + 4).replace(/^0\r\n\r\n$/, '');
  if (status >= 400 && body.includes('\n')) return `${what}: more than one line: ${body}`;
  return '';
}
