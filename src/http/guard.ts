import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';

/** True for an address that only this machine can reach. */
export function isLoopback(address: string): boolean {
  const plain = withoutBrackets(address.toLowerCase());
  return plain === 'localhost' || plain === '::1' || (isIP(plain) === 4 && plain.startsWith('127.'));
}

/**
 * True for a Host header that may be answered. A server on loopback is asked by loopback's names or by its own address:
 * any other name is that of a page in a browser here, which has made its name point at this machine.
 */
export function isKnownHost(host: string | undefined, bindAddress: string): boolean {
  if (!isLoopback(bindAddress) || host === undefined) return true;
  const name = nameIn(host);
  return name !== undefined && (isLoopback(name) || name === withoutBrackets(bindAddress.toLowerCase()));
}

/** The name in a Host header, without its port. */
function nameIn(host: string): string | undefined {
  const parts = /^(\[[\da-f:.]+\]|[^\s:/@[\]]+)(?::\d{1,5})?$/.exec(host.toLowerCase());
  return parts?.[1] === undefined ? undefined : withoutBrackets(parts[1]);
}

/** `[::1]` → `::1`. */
export function withoutBrackets(address: string): string {
  return address.startsWith('[') && address.endsWith(']') ? address.slice(1, -1) : address;
}

/** Whether a request shows the token; undefined where none is configured. Takes as long whatever is shown. */
export function createTokenCheck(
  token: string | undefined,
): ((headers: IncomingHttpHeaders) => boolean) | undefined {
  if (token === undefined || token === '') return undefined;
  const wanted = digest(token);
  return (headers) => timingSafeEqual(digest(shownIn(headers)), wanted);
}

function shownIn({ authorization, 'x-replicator-token': own }: IncomingHttpHeaders): string {
  if (typeof own === 'string') return own;
  return /^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1] ?? '';
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
