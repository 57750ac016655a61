import { findFileKey, isBlockName } from '../file-keys.ts';
import type { TreeNode } from '../tree.ts';
import { POOL_NAME_KEY } from '../../domain/policy/pool-policy.ts';

/** What a document is. */
export type DocumentKind = 'job' | 'client' | 'pool' | 'agent' | 'group';

/** What each kind is called, in the order in which they are listed. */
export const DOCUMENT_KINDS: Readonly<Record<DocumentKind, string>> = {
  job: 'job file',
  client: 'Nomad client configuration',
  pool: 'policy of a worker pool',
  agent: 'agent configuration',
  group: 'stored configuration of a group of agents',
};

/** The kind of that name. */
export function documentKind(name: string): DocumentKind | undefined {
  return KIND_NAMES.find((kind) => kind === name);
}

const KIND_NAMES: readonly DocumentKind[] = ['job', 'client', 'pool', 'agent', 'group'];

/** Top-level keys that a Nomad agent has and Replicator has not; `client` decides by itself. */
const NOMAD_KEYS: ReadonlySet<string> = new Set([
  'acl',
  'addresses',
  'advertise',
  'autopilot',
  'bind_addr',
  'data_dir',
  'datacenter',
  'disable_update_check',
  'enable_syslog',
  'leave_on_interrupt',
  'leave_on_terminate',
  'plugin',
  'plugin_dir',
  'ports',
  'server',
]);

/** What a document is, by its top-level keys; undefined where they do not tell. The stored one of a group looks like an agent's. */
export function detectKind(nodes: readonly TreeNode[]): DocumentKind | undefined {
  const keys = nodes.map(({ key }) => key);
  const has = (...some: readonly string[]): boolean => some.some((key) => keys.includes(key));
  if (has('job', 'Job', 'TaskGroups')) return 'job';
  if (has('client')) return 'client';
  if (keys.some((key) => key.startsWith('replicator_'))) return 'pool';
  if (has('meta')) return isPoolMeta(nodes) ? 'client' : 'job';
  if (nodes.some(isNomadKey)) return 'client';
  return nodes.some(isOurKey) ? 'agent' : undefined;
}

/** Older releases' `init` wrote a block `meta` by itself. */
function isPoolMeta(nodes: readonly TreeNode[]): boolean {
  return nodes.some(
    ({ value }) => value.kind === 'object' && value.members.some(({ key }) => key === POOL_NAME_KEY),
  );
}

/** Consul's address is a text for Replicator and a block for Nomad. */
function isNomadKey({ key, value }: TreeNode): boolean {
  return NOMAD_KEYS.has(key) || (key === 'consul' && value.kind === 'object');
}

function isOurKey({ key }: TreeNode): boolean {
  return isBlockName(key) || findFileKey(key, undefined) !== undefined;
}
