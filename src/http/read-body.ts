import type { IncomingMessage } from 'node:http';
import { parseJson } from '../domain/json-members.ts';
import { type Answer, told } from './answer.ts';
import { checkSchema, type Schema } from './schema.ts';

/** No body is larger: flags have a few hundred characters. */
export const MOST_BODY_BYTES = 16 * 1024;

/** A body as its schema wants it, or why not. */
export type BodyReading =
  { readonly kind: 'body'; readonly body: unknown } | { readonly kind: 'refused'; readonly answer: Answer };

/** Reads and checks it. Rejects when the client goes away meanwhile. */
export async function readBody(request: IncomingMessage, schema: Schema): Promise<BodyReading> {
  const bytes = await readAll(request);
  if (bytes === undefined) return refused(413, `the body is larger than ${MOST_BODY_BYTES} bytes`);
  const text = decode(bytes);
  const body = text === undefined ? undefined : parseJson(text);
  if (body === undefined) return refused(400, 'the body is not JSON');
  const faults = checkSchema(schema, body);
  return faults.length > 0 ? refused(400, faults.join('; ')) : { kind: 'body', body };
}

function refused(status: number, text: string): BodyReading {
  return { kind: 'refused', answer: told(status, text) };
}

/** True for a request that brings a body where none is wanted. */
export function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/** Undefined for too large a body; what is left of it is not read. */
async function readAll(request: IncomingMessage): Promise<Buffer | undefined> {
  const stated = Number(request.headers['content-length'] ?? 0);
  if (stated > MOST_BODY_BYTES) return undefined;
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > MOST_BODY_BYTES) {
        request.pause();
        resolve(undefined);
      } else chunks.push(chunk);
    });
    request.once('end', () => resolve(Buffer.concat(chunks)));
    request.once('error', reject);
    request.once('close', () => reject(new Error('the client went away')));
  });
}

function decode(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
