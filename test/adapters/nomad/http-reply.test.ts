import { describe, expect, test } from 'vitest';
import { BadReply, type HttpReply, ReplyReader } from '../../../src/adapters/nomad/http-reply.ts';

/** The reply, its bytes coming so many at a time. */
function read(text: string, size: number): HttpReply | undefined {
  const reader = new ReplyReader();
  const bytes = Buffer.from(text);
  let reply: HttpReply | undefined;
  for (let at = 0; at < bytes.length; at += size) reply = reader.take(bytes.subarray(at, at + size));
  return reply ?? reader.end();
}

const OPEN = { retryAfter: undefined, keepsOpen: true };
const HEAD = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n';

const REPLIES: readonly (readonly [string, string, Partial<HttpReply>])[] = [
  ['a length', `${HEAD}Content-Length: 5\r\n\r\n{"ü"`, { status: 200, text: '{"ü"', ...OPEN }],
  ['no body', 'HTTP/1.1 404 Not Found\r\ncontent-length:0\r\n\r\n', { status: 404, text: '', ...OPEN }],
  [
    'chunks',
    `${HEAD}Transfer-Encoding: chunked\r\n\r\n3\r\n{"a\r\n2;x=y\r\n":\r\n0\r\n\r\n`,
    { text: '{"a":' },
  ],
  ['a trailer', `${HEAD}Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nA: b\r\n\r\n`, { text: 'x' }],
  ['the connection', `${HEAD}\r\n[1]`, { text: '[1]', keepsOpen: false }],
  [
    'a length, and then no more',
    `${HEAD}Connection: close\r\nContent-Length: 1\r\n\r\nx`,
    { keepsOpen: false },
  ],
  ['HTTP/1.0', 'HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx', { keepsOpen: false, text: 'x' }],
  ['a status without a body', 'HTTP/1.1 204 No Content\r\n\r\n', { status: 204, text: '', ...OPEN }],
  ['a first word before it', `HTTP/1.1 100 Continue\r\n\r\n${HEAD}Content-Length: 1\r\n\r\nx`, { text: 'x' }],
  [
    'a time to come back',
    'HTTP/1.1 429 Too Many\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n',
    { status: 429, retryAfter: '7' },
  ],
];

describe('an answer that ends with', () => {
  test.each(REPLIES)('%s is read, whole or byte by byte', (_, text, wanted) => {
    for (const size of [text.length * 2, 1, 2, 7]) expect(read(text, size)).toMatchObject(wanted);
  });
});

test('a letter that two chunks share is one letter', () => {
  const head = `${HEAD}Transfer-Encoding: chunked\r\n\r\n`;
  const [first = 0, second = 0] = Buffer.from('ü');
  const bytes = [Buffer.from(`${head}1\r\n`), Buffer.from([first]), Buffer.from('\r\n1\r\n')];
  const rest = [Buffer.from([second]), Buffer.from('\r\n0\r\n\r\n')];
  expect(new ReplyReader().take(Buffer.concat([...bytes, ...rest]))?.text).toBe('ü');
});

describe('an answer is not whole', () => {
  test.each([
    ['within its headers', 'HTTP/1.1 200 OK\r\nContent-Le'],
    ['within its length', `${HEAD}Content-Length: 5\r\n\r\nabc`],
    ['within a chunk', `${HEAD}Transfer-Encoding: chunked\r\n\r\n5\r\nabc`],
    ['between two chunks', `${HEAD}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n`],
    ['before the end of its chunks', `${HEAD}Transfer-Encoding: chunked\r\n\r\n0\r\n`],
  ])('%s', (_, text) => {
    for (const size of [text.length, 1]) expect(read(text, size)).toBeUndefined();
  });
});

describe('refused are', () => {
  test.each([
    ['another protocol', 'SSH-2.0-OpenSSH\r\n\r\n'],
    ['bytes behind the answer', `${HEAD}Content-Length: 1\r\n\r\nxy`],
    ['bytes behind the chunks', `${HEAD}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\nx`],
    ['a length that is none', `${HEAD}Content-Length: many\r\n\r\n`],
    ['a chunk without length', `${HEAD}Transfer-Encoding: chunked\r\n\r\nx\r\n`],
    ['a chunk longer than it says', `${HEAD}Transfer-Encoding: chunked\r\n\r\n1\r\nxyz\r\n`],
    ['an encoded body', `${HEAD}Content-Encoding: gzip\r\nContent-Length: 1\r\n\r\nx`],
    ['an unknown transfer', `${HEAD}Transfer-Encoding: gzip\r\n\r\nx`],
    ['headers without end', `HTTP/1.1 200 OK\r\nA: ${'x'.repeat(70_000)}`],
  ])('%s', (_, text) => {
    expect(() => read(text, text.length)).toThrow(BadReply);
  });
});
