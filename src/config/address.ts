/** A URL without a slash at its end, or what is wrong with the address. */
export type ParsedAddress =
  { readonly kind: 'ok'; readonly url: string } | { readonly kind: 'fault'; readonly message: string };

/** Host and port of a UDP or TCP peer. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

const EXPECTED_ADDRESS = 'must be host:port, or an http:// or https:// URL';

/** Reads `host:port` or a URL; `scheme` is what an address without one gets. Messages do not repeat the address. */
export function parseAddress(text: string, scheme: 'http' | 'https'): ParsedAddress {
  const hasScheme = /^[a-z][a-z\d+.-]*:\/\//i.test(text);
  const url = parseUrl(hasScheme ? text : `${scheme}://${text}`);
  if (url === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    return { kind: 'fault', message: EXPECTED_ADDRESS };
  }
  if (url.username !== '' || url.password !== '') {
    return { kind: 'fault', message: 'must not contain a user name or a password' };
  }
  if (url.search !== '' || url.hash !== '') return { kind: 'fault', message: 'must not contain ? or #' };
  return { kind: 'ok', url: url.origin + url.pathname.replace(/\/+$/, '') };
}

function parseUrl(text: string): URL | undefined {
  if (/\s/.test(text) || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  return url.hostname === '' ? undefined : url;
}

/** Reads `host:port`; an IPv6 host stands in brackets, which are taken off. */
export function parseEndpoint(text: string): Endpoint | undefined {
  const match = /^(?:\[([\da-fA-F:.]+)\]|([^\s:/[\]]+)):(\d{1,5})$/.exec(text);
  if (match === null) return undefined;
  const host = match[1] ?? match[2] ?? '';
  const port = Number(match[3]);
  return port >= 1 && port <= 65_535 ? { host, port } : undefined;
}
