import { GROUP_KEYS, type GroupPolicy, parseGroupPolicy } from '../../domain/policy/group-policy.ts';
import { parsePoolMeta, POOL_KEYS, type PoolPolicy } from '../../domain/policy/pool-policy.ts';
import type { MetaLaw } from './judge-meta.ts';

/** The meta of a task group. */
export const GROUP_LAW: MetaLaw<GroupPolicy> = {
  keys: GROUP_KEYS,
  aliases: [],
  parse: parseGroupPolicy,
  place: 'a task group',
  foreign: POOL_KEYS,
  foreignPlace: 'a worker pool, for the meta of Nomad clients',
};

/** The meta of a Nomad client. */
export const POOL_LAW: MetaLaw<PoolPolicy> = {
  keys: POOL_KEYS,
  aliases: ['replicator_cool_down'],
  parse: parsePoolMeta,
  place: 'a worker pool',
  foreign: GROUP_KEYS,
  foreignPlace: 'a task group, for the meta of its job',
};
