import { encodeMember } from '../../domain/group/member-document.ts';
import { createAssigner } from './assigner.ts';
import type { GroupTree } from './group-tree.ts';
import { heedPause, type PauseHeed } from './heed-pause.ts';
import type { GroupOptions } from './member.ts';
import type { MemberLocks } from './open-locks.ts';
import type { Self } from './open-member.ts';
import { keepStoredConfig, type StoredConfig } from './stored-config.ts';
import { type KeptKey, type Wanted, writeWhenChanged } from './write-when-changed.ts';

/** What a member reads and writes of its group. */
export interface MemberDocuments {
  readonly config: StoredConfig;
  readonly pause: PauseHeed;
  /** What it says of itself. */
  readonly own: KeptKey;
  /** What it says of the partitions, while it leads. */
  readonly assigner: KeptKey;
}

interface Around {
  readonly tree: GroupTree;
  readonly self: Self;
  readonly locks: MemberLocks;
  readonly changed: () => void;
}

/** Reads and writes nothing by itself: everything is looked at when it is asked to. */
export function openDocuments(options: GroupOptions, around: Around): MemberDocuments {
  const { keys, group, emit } = options;
  const { tree, self, locks } = around;
  const config = keepStoredConfig(group, { emit, inForce: () => self.partitions });
  const pause = heedPause({ ...options, changed: around.changed });
  const key = keys.member(group.name, group.serviceId);
  const own = writeWhenChanged({
    ...options,
    doing: `write ${key}`,
    wanted: () => ownDocument(options, around, { key, pausedSeen: pause.seen(), configSeen: config.seen() }),
  });
  const assigner = createAssigner({
    ...options,
    tree,
    group: group.name,
    term: () => locks.leader.holder.term(),
    partitions: () => self.partitions,
    defaultPartitions: group.partitions,
  });
  return { config, pause, own, assigner };
}

function ownDocument(
  options: GroupOptions,
  { tree, self, locks }: Around,
  of: { readonly key: string; readonly pausedSeen: number; readonly configSeen: number },
): Wanted | undefined {
  const { group, identity, unheardMs, unheardLimitMs } = options;
  const term = locks.member.term();
  const entry = tree.get(of.key);
  if (!term || entry?.session !== term.session) return undefined;
  const { pausedSeen, configSeen } = of;
  const text = encodeMember({
    id: group.serviceId,
    name: identity.name,
    address: group.address,
    port: group.port,
    node: '',
    allocationId: identity.allocationId,
    isReady: unheardMs() <= unheardLimitMs() && options.isHeard(),
    sinceMs: self.sinceMs,
    pausedSeen,
    configSeen,
    partitions: self.partitions,
    version: group.version,
  });
  return { term, key: of.key, text, seen: { text: entry.value, index: entry.index } };
}
