import { findOption } from '../../src/config/options.ts';
import type { StoredOptions } from '../../src/domain/group/group-config-document.ts';
import { isPortError } from '../../src/ports/port-error.ts';
import type { ConsulDesk } from '../consul-desk.ts';
import { awaitMembers } from '../../src/agent/operator/await-members.ts';
import { type ConfigPlan, planConfig } from './plan-config.ts';
import { readStored } from './read-stored.ts';

/** What is to be stored, and how long its members are waited for. */
export interface StoreRequest {
  readonly group: string;
  readonly options: StoredOptions | undefined;
  readonly partitions: number | undefined;
  readonly withinMs: number;
}

/** Stores it, says what has changed, and waits until every member that is alive has it in force. The exit code. */
export async function storeConfig(desk: ConsulDesk, request: StoreRequest): Promise<number> {
  const written = await write(desk, request);
  if (typeof written === 'string') return desk.refuse(written);
  tellChange(desk, request, written);
  const { acknowledged, missing } = await awaitMembers(desk, {
    group: request.group,
    withinMs: request.withinMs,
    has: ({ member }) => member !== undefined && member.configSeen >= written.index,
  });
  desk.answer({
    group: request.group,
    key_root: desk.keys.root,
    changed: written.plan.differing.map(({ key }) => key),
    partitions: written.plan.config.partitions,
    acknowledged,
    missing,
  });
  const count = acknowledged.length;
  if (count > 0) {
    const who = `${count} ${count === 1 ? 'member' : 'members'}: ${acknowledged.join(', ')}`;
    desk.tell(`In force at ${who}.`);
  }
  if (missing.length === 0) return 0;
  const seconds = request.withinMs / 1_000;
  return desk.refuse(`not in force within ${seconds} s at ${missing.join(', ')}; the log there says why`);
}

interface Written {
  readonly plan: ConfigPlan;
  /** Of the stored configuration. */
  readonly index: number;
  /** Members that are alive. */
  readonly alive: number;
  /** Somebody stands for standalone agents. */
  readonly isLed: boolean;
}

const TRIES = 10;

/** Looks again where somebody wrote in between. */
async function write(desk: ConsulDesk, request: StoreRequest): Promise<Written | string> {
  const { coordination, keys, clock, config, by, signal } = desk;
  for (let left = TRIES; ; left--) {
    const stored = await readStored(desk, request.group);
    const wish = { ...request, defaultPartitions: config.partitions, by, nowMs: clock.now() };
    const plan = planConfig(wish, stored, keys);
    if (typeof plan === 'string') return plan;
    const isNew = stored.owner.kind === 'none';
    try {
      const leader = isNew ? await coordination.readKey(keys.leader, 0, signal) : undefined;
      const indexes =
        plan.changes.length > 0 ? await coordination.checkAndSet(plan.changes, signal) : undefined;
      const index = indexes?.get(keys.groupConfig(request.group)) ?? stored.index;
      const isLed = (leader?.entries[0]?.session ?? '') !== '';
      return { plan, index, alive: stored.alive.length, isLed };
    } catch (error) {
      if (left <= 1 || !isPortError(error, 'conflict')) throw error;
    }
  }
}

function tellChange(desk: ConsulDesk, { group }: StoreRequest, { plan, alive, isLed }: Written): void {
  const { keys, consulUrl } = desk;
  const where = `${keys.groupConfig(group)}, in the Consul at ${consulUrl}`;
  if (plan.differing.length === 0) desk.tell(`Stored already: ${where}. Nothing was changed.`);
  else desk.tell(`Stored for the group ${group}: ${where}.`);
  for (const { key, before, after } of plan.differing) desk.tell(`  ${key}: ${after} (was ${before})`);
  const inert = plan.differing.filter(({ key }) => needsRestart(key)).map(({ key }) => key);
  if (inert.length > 0) desk.tell(`Heeded by a member when it is started next: ${inert.join(', ')}.`);
  if (isLed) desk.tell(otherLeader(desk));
  const count = alive === 1 ? '1 member is' : `${alive} members are`;
  desk.tell(
    alive === 0 ? 'No member is alive; whoever joins goes by it.' : `${count} alive and will take it over.`,
  );
}

function otherLeader({ keys }: ConsulDesk): string {
  return `Somebody holds ${keys.leader}: standalone agents of this version give way to the group, those of the Go releases must be stopped.`;
}

/** `partitions` is fixed for members that are alive, and so never changes at one. */
function needsRestart(key: string): boolean {
  const row = findOption(key.slice(key.lastIndexOf('.') + 1));
  return row?.needsRestart === true && row.key !== 'partitions';
}
