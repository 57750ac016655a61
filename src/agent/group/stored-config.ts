import { decodeGroupConfig } from '../../domain/group/group-config-document.ts';
import type { StoredEntry } from '../../ports/coordination.ts';
import type { Emit } from '../events.ts';
import type { GroupIdentity } from './group-identity.ts';

/** A group's stored configuration, as a member goes by it. */
export interface StoredConfig {
  /** What is stored was read; undefined: nothing is. Taken over at once, or refused and told once. */
  found(entry: StoredEntry | undefined): void;
  /** Index of what is in force; 0: nothing that is stored. */
  seen(): number;
  /** How many partitions it says; 0 before anything was read. */
  partitions(): number;
}

/** `inForce` answers how many partitions this member goes by already; 0: of none yet. */
export function keepStoredConfig(
  { takeOptions }: Pick<GroupIdentity, 'takeOptions'>,
  { emit, inForce }: { readonly emit: Emit; readonly inForce: () => number },
): StoredConfig {
  const state = { told: -1, seen: 0, partitions: 0 };
  const take = (entry: StoredEntry): readonly string[] => {
    const reading = decodeGroupConfig(entry.value);
    if (!reading.ok) return [reading.fault];
    const { partitions, options } = reading.value;
    const mismatch = inForce() !== 0 && partitions !== inForce();
    const faults = mismatch
      ? [`partitions: is ${inForce()}, and cannot be ${partitions} while a member is alive`]
      : takeOptions(options);
    if (faults.length === 0) Object.assign(state, { seen: entry.index, partitions });
    return faults;
  };
  const drop = (): readonly string[] => {
    if (state.seen > 0) takeOptions(undefined);
    state.seen = 0;
    return [];
  };
  return {
    found: (entry) => {
      const index = entry?.index ?? 0;
      if (index === state.told) return;
      state.told = index;
      const faults = entry ? take(entry) : drop();
      if (entry && faults.length > 0) emit({ kind: 'group-config-refused', key: entry.key, faults });
    },
    seen: () => state.seen,
    partitions: () => state.partitions,
  };
}
