import type { RequestLogEntry } from '../../src/simulator/http-handler.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** What may follow a job's id, which can itself contain slashes. */
const JOB_VERBS = new Set([
  'allocations',
  'deployment',
  'deployments',
  'dispatch',
  'evaluate',
  'evaluations',
  'plan',
  'revert',
  'scale',
  'stable',
  'summary',
  'versions',
]);

/** `GET /v1/job/web%2Fapi/scale?x=1` → `GET /v1/job/:id/scale`: method and path with ids and keys replaced. */
export function endpointOf(method: string, path: string): string {
  return `${method} ${normalise(path.split('?', 1)[0] ?? '')}`;
}

/** The action that a call of AWS's Query protocol names, e.g. `DetachInstances`. */
export function awsActionOf({ body = '' }: Pick<RequestLogEntry, 'body'>): string {
  return new URLSearchParams(body).get('Action') ?? '';
}

function normalise(path: string): string {
  const [, version, kind, ...rest] = path.split('/');
  if (version !== 'v1' || rest.length === 0) return path;
  if (kind === 'kv') return '/v1/kv/:key';
  if (kind === 'job') return `/v1/job/:id${jobVerb(rest)}`;
  if (kind === 'session' && rest[0] === 'node') return '/v1/session/node/:node';
  return ['', version, kind, ...rest.map((part) => (UUID.test(part) ? ':id' : part))].join('/');
}

function jobVerb(rest: readonly string[]): string {
  const last = rest.at(-1) ?? '';
  return rest.length > 1 && JOB_VERBS.has(last) ? `/${last}` : '';
}
