import { decodeGroupConfig, type GroupConfig } from '../../src/domain/group/group-config-document.ts';
import type { SeenMember } from '../../src/domain/group/seen-member.ts';
import type { ConsulDesk } from '../consul-desk.ts';
import { aliveMembers } from '../../src/agent/operator/await-members.ts';
import { type KeyRootOwner, readOwner } from '../group/key-root.ts';

/** What Consul holds of a group, as far as its configuration is concerned. */
export interface StoredConfig {
  readonly owner: KeyRootOwner;
  /** Of the stored configuration; 0: none is stored. */
  readonly index: number;
  /** Undefined where none is stored, or none that can be read. */
  readonly config: GroupConfig | undefined;
  /** Why it cannot be read; '' for nothing. */
  readonly fault: string;
  readonly alive: readonly SeenMember[];
}

/** Reads it by one request: the key that names the group and those below its name begin with the same words. */
export async function readStored(
  { coordination, keys, signal }: ConsulDesk,
  group: string,
): Promise<StoredConfig> {
  const { entries } = await coordination.readTree(keys.group, 0, signal);
  const entry = entries.find(({ key }) => key === keys.groupConfig(group));
  const reading = entry && decodeGroupConfig(entry.value);
  return {
    owner: readOwner(entries.find(({ key }) => key === keys.group)?.value),
    index: entry?.index ?? 0,
    config: reading?.ok ? reading.value : undefined,
    fault: reading?.ok === false ? reading.fault : '',
    alive: aliveMembers(entries, keys, group),
  };
}
