/** The servers that agents talk to. */
export type ServerName = 'nomad' | 'consul' | 'aws';

/** What a link can do to the requests that pass it. */
export const LINK_FAULT_KINDS = [
  'delay',
  'drop',
  'reset',
  'half-open',
  '5xx',
  'slow-body',
  'late',
  'partition',
] as const;

export type LinkFaultKind = (typeof LINK_FAULT_KINDS)[number];

/**
 * One request as the link between an agent and a server saw it. Times are `performance.now()` of the process
 * that runs the links; one that is absent has not come to pass.
 */
export interface Passage {
  readonly seq: number;
  /** The agent whose link it is; −1 for the operator's. */
  readonly agent: number;
  /** Which process of that agent, counted from 1. */
  readonly life: number;
  readonly server: ServerName;
  readonly method: string;
  /** Path with query. */
  readonly path: string;
  /** The first byte has arrived: the request has begun. */
  readonly arrivedMs: number;
  body: string;
  /** The fault it met, if any. */
  fault?: LinkFaultKind;
  /** When it met it, where it was under way already. */
  faultMs?: number;
  forwardedMs?: number;
  /** The server's answer was complete at the link. */
  answeredMs?: number;
  /** The server's answer; what a fault made of it is not told here. */
  status?: number;
  /** Consul's index of what it read. */
  index?: number;
  /** Its text, where the rules need it. */
  reply?: string;
  /** The agent was sent the server's answer to its end. */
  deliveredMs?: number;
}

/** True when a request changes something, as servers of this kind see it. */
export function isMutating({ server, method, body }: Pick<Passage, 'server' | 'method' | 'body'>): boolean {
  if (server === 'aws') return /(?:^|&)Action=(?!Describe)/.test(body);
  return method !== 'GET' && method !== 'HEAD';
}

/** Path without query. */
export function pathOf({ path }: Pick<Passage, 'path'>): string {
  return path.split('?', 1)[0] ?? '';
}

/** A parameter of the query, '' where there is none. */
export function queryOf({ path }: Pick<Passage, 'path'>, name: string): string {
  return new URLSearchParams(path.slice(path.indexOf('?') + 1)).get(name) ?? '';
}
