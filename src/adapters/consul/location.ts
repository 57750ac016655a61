import { PortError } from '../../ports/port-error.ts';
import type { TlsOptions } from '../../ports/tls.ts';

/**
 * Where and how to connect, in the constructor options of node-consul (`baseUrl` ends in `/v1`).
 * Throws PortError `invalid` for anything but an http or https URL.
 */
export function locate(address: string, tls: TlsOptions | undefined): object {
  const url = parseAddress(address);
  const base = { baseUrl: `${url.origin}${url.pathname.replace(/\/+$/, '')}/v1` };
  return url.protocol === 'https:' ? { ...base, ...tlsSettings(tls ?? {}) } : base;
}

/** True when Consul is spoken to over TLS. */
export function isSecure(address: string): boolean {
  return parseAddress(address).protocol === 'https:';
}

function parseAddress(address: string): URL {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url !== undefined && (url.protocol === 'http:' || url.protocol === 'https:')) return url;
  throw new PortError('invalid', {
    service: 'consul',
    doing: 'read the address',
    text: 'the address of Consul must be a URL such as http://127.0.0.1:8500',
  });
}

/** Options of a TLS connection, in Node's words. */
export function tlsSettings(tls: TlsOptions): object {
  return {
    ca: tls.caCert,
    cert: tls.clientCert,
    key: tls.clientKey,
    servername: tls.serverName,
    rejectUnauthorized: tls.skipVerify !== true,
  };
}
