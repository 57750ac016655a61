import { differingOptions } from '../../src/config/stored-options.ts';
import {
  encodeGroupConfig,
  type GroupConfig,
  type StoredOptions,
} from '../../src/domain/group/group-config-document.ts';
import { encodeGroupName } from '../../src/domain/group/group-document.ts';
import type { Keys } from '../../src/domain/keys.ts';
import type { StoreChange } from '../../src/ports/coordination.ts';
import { otherOwner } from '../group/key-root.ts';
import type { StoredConfig } from './read-stored.ts';

/** What is to be stored for a group. */
export interface ConfigWish {
  readonly group: string;
  /** Undefined: those that are stored. */
  readonly options: StoredOptions | undefined;
  /** Undefined: the number that is stored, else the default. */
  readonly partitions: number | undefined;
  readonly defaultPartitions: number;
  readonly by: string;
  readonly nowMs: number;
}

/** What is to be written, and how it differs from what is stored; no changes: it is so already. */
export interface ConfigPlan {
  readonly config: GroupConfig;
  readonly changes: readonly StoreChange[];
  readonly differing: ReturnType<typeof differingOptions>;
}

/** Compares a wish with what is there. Answers the changes, or why they cannot be. */
export function planConfig(wish: ConfigWish, stored: StoredConfig, keys: Keys): ConfigPlan | string {
  const { group, by, nowMs } = wish;
  const refusal = refuseOther(stored, keys, group) ?? refusePartitions(wish, stored);
  if (refusal !== undefined) return refusal;
  const options = wish.options ?? stored.config?.options ?? {};
  const partitions = wish.partitions ?? inForce(stored) ?? wish.defaultPartitions;
  const config = { options, partitions, by, atMs: nowMs };
  const before = stored.config && { ...stored.config.options, partitions: stored.config.partitions };
  const differing = differingOptions(before ?? {}, { ...options, partitions });
  const set = { kind: 'set', key: keys.groupConfig(group), value: encodeGroupConfig(config) } as const;
  const write: StoreChange[] = before && differing.length === 0 ? [] : [{ ...set, index: stored.index }];
  return { config, differing, changes: [...claim(stored, keys, group), ...write] };
}

function refuseOther({ owner }: StoredConfig, keys: Keys, group: string): string | undefined {
  if (owner.kind === 'unreadable') return `${keys.group}: ${owner.fault}; mend or delete it`;
  if (owner.kind === 'none' || owner.name === group) return undefined;
  return otherOwner(keys.root, owner.name, group);
}

/** Members that are alive go by one number for good: what they say, else what is stored. */
function refusePartitions({ partitions, group }: ConfigWish, stored: StoredConfig): string | undefined {
  const fixed = inForce(stored);
  if (stored.alive.length === 0 || fixed === undefined) return undefined;
  if (partitions === undefined || partitions === fixed) return undefined;
  const alive = stored.alive.map(({ id }) => id).join(', ');
  return `partitions: is ${fixed} and cannot be ${partitions} while a member of the group ${group} is alive: stop ${alive} first`;
}

function inForce({ config, alive }: StoredConfig): number | undefined {
  const said = alive.flatMap(({ member }) => (member && member.partitions > 0 ? [member.partitions] : []));
  return said[0] ?? config?.partitions;
}

/** The first to configure a group takes the key root for it. */
function claim({ owner }: StoredConfig, keys: Keys, group: string): readonly StoreChange[] {
  if (owner.kind !== 'none') return [];
  return [{ kind: 'set', key: keys.group, value: encodeGroupName(group), index: 0 }];
}
