import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Face } from '../../../src/simulator/face.ts';

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString('utf8');
}

async function answer(face: Face, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const hangUp = new AbortController();
  response.once('close', () => hangUp.abort());
  const [path = '', ...search] = (request.url ?? '').split('?');
  const body = await bodyOf(request);
  const query = new URLSearchParams(search.join('?'));
  const headers = request.headers as Record<string, string>;
  const { method = 'GET' } = request;
  const got = await face.handle({ method, path, query, headers, body, signal: hangUp.signal });
  response
    .writeHead(got.status, { ...got.headers, 'Content-Length': Buffer.byteLength(got.body) })
    .end(got.body);
}

/** A face behind a socket on loopback. */
export async function serveFace(face: Face): Promise<{ url: string; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    answer(face, request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
