import type { GroupRef } from './snapshot.ts';

/** Where things lie below the key root in Consul's KV. The wire's names: never changed. */
export interface Keys {
  readonly root: string;
  readonly leader: string;
  readonly failsafe: string;
  readonly paused: string;
  readonly groupState: (ref: GroupRef) => string;
  readonly groupOperation: (ref: GroupRef) => string;
  /** The group a state or operation path belongs to; undefined for every other key. */
  readonly groupOf: (key: string) => GroupRef | undefined;
  readonly poolState: (pool: string) => string;
  readonly poolOperation: (pool: string) => string;
  /** A pool's policy as an operator put it into KV. */
  readonly poolPolicy: (pool: string) => string;
  /** The pool an operation or policy path belongs to; undefined for every other key. */
  readonly poolOf: (key: string) => string | undefined;
  /** Names the one group of the key root; not there: standalone. */
  readonly group: string;
  /** What the keys of all groups begin with, a slash at its end. */
  readonly groups: string;
  /** What lies below a group's name, with a slash at its end. */
  readonly groupTree: (name: string) => string;
  readonly groupConfig: (name: string) => string;
  /** What its members' keys begin with, a slash at its end. */
  readonly members: (name: string) => string;
  /** A member's lock; its value is the member document. */
  readonly member: (name: string, id: string) => string;
  readonly assignment: (name: string) => string;
  /** The lock of a partition, 0 to partitions − 1. */
  readonly partition: (name: string, number: number) => string;
  /** What the key roots beside this one begin with: `replicator/`; '' for a root without a slash. */
  readonly groupsParent: string;
}

/** The keys below `root` (`replicator/config` by default, without a slash at its end). */
export function keysBelow(root: string): Keys {
  return {
    root,
    leader: `${root}/leader`,
    failsafe: `${root}/failsafe`,
    paused: `${root}/paused`,
    groupState: (ref) => `${root}/state/${groupPath(ref)}`,
    groupOperation: (ref) => `${root}/operations/${groupPath(ref)}`,
    groupOf: (key) => parseGroupKey(root, key),
    poolState: (pool) => `${root}/state/nodes/${pool}`,
    poolOperation: (pool) => `${root}/operations/nodes/${pool}`,
    poolPolicy: (pool) => `${root}/nodes/${pool}`,
    poolOf: (key) => parsePoolKey(root, key),
    ...groupKeys(root),
  };
}

/** The keys of agents that run as a group. */
function groupKeys(root: string) {
  const groups = `${root}/groups/`;
  const groupTree = (name: string): string => `${groups}${name}/`;
  const members = (name: string): string => `${groupTree(name)}members/`;
  return {
    group: `${root}/group`,
    groups,
    groupTree,
    groupConfig: (name: string) => `${groupTree(name)}config`,
    members,
    member: (name: string, id: string) => `${members(name)}${id}`,
    assignment: (name: string) => `${groupTree(name)}assignment`,
    partition: (name: string, number: number) => `${groupTree(name)}partitions/${number}`,
    groupsParent: root.slice(0, root.lastIndexOf('/') + 1),
  };
}

function groupPath(ref: GroupRef): string {
  const path = `jobs/${ref.jobId}/${ref.group}`;
  return ref.namespace === 'default' ? path : `namespaces/${ref.namespace}/${path}`;
}

/** Job ids may contain `/`: the group is what follows the last one. A path has one form: `default` is not named. */
function parseGroupKey(root: string, key: string): GroupRef | undefined {
  const tail = ['state', 'operations']
    .map((kind) => `${root}/${kind}/`)
    .filter((prefix) => key.startsWith(prefix))
    .map((prefix) => key.slice(prefix.length))[0];
  const parts = /^(?:namespaces\/(?!default\/)([^/]+)\/)?jobs\/(.+)\/([^/]+)$/s.exec(tail ?? '');
  if (!parts) return undefined;
  return { namespace: parts[1] ?? 'default', jobId: parts[2] ?? '', group: parts[3] ?? '' };
}

/** Pool names may contain anything but nothing: they are what follows. */
function parsePoolKey(root: string, key: string): string | undefined {
  const prefix = [`${root}/operations/nodes/`, `${root}/nodes/`].find((one) => key.startsWith(one));
  const pool = prefix === undefined ? '' : key.slice(prefix.length);
  return pool === '' ? undefined : pool;
}
