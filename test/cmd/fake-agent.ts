import { formatInstant } from '../../src/domain/instant.ts';
import { decideGroup, type GroupDecision } from '../../src/domain/decision/group-decision.ts';
import type { GateFacts } from '../../src/domain/decision/gates.ts';
import { judgeGroup } from '../../src/domain/decision/judge-group.ts';
import type { PoolDecision } from '../../src/domain/decision/pool-judgement.ts';
import type { Flag } from '../../src/domain/flag-document.ts';
import type { GroupPolicy } from '../../src/domain/policy/group-policy.ts';
import type { ScalingState } from '../../src/domain/scaling-state.ts';
import type {
  DecisionEntry,
  GroupStatus,
  MemberStatus,
  PoolStatus,
  StatusView,
} from '../../src/ports/status-view.ts';
import {
  aGroup,
  aPolicyOf,
  aSnapshot,
  aState,
  aUsage,
  NOW_MS,
  OPEN_GATES,
  running,
} from '../domain/build.ts';
import { NO_DESK, openServer, SELF } from '../http/api-room.ts';

/** What an agent that is not there tells over its real HTTP API. */
export interface FakeAgent {
  readonly groups?: readonly GroupStatus[];
  readonly pools?: readonly PoolStatus[];
  /** Runs of decisions, the oldest first; those of `groups` and `pools` without it. */
  readonly entries?: readonly DecisionEntry[];
  readonly members?: readonly MemberStatus[];
  readonly failsafe?: Flag;
  readonly paused?: Flag;
}

const UNSET: Flag = { set: false, by: '', at: '', reason: '' };

export const ALONE: MemberStatus = {
  id: 'agent-1',
  name: 'host-1',
  address: undefined,
  session: 'session-1',
  node: 'consul-1',
  alive: true,
  ready: true,
  isLeader: true,
  partitions: [0],
};

/** Starts it; it ends with the test. Answers `host:port`. */
export async function startFakeAgent(told: FakeAgent = {}): Promise<string> {
  const { groups = [], pools = [], members = [ALONE] } = told;
  const made = [...groups, ...pools].flatMap(({ decision }) => (decision ? [decision] : []));
  const { entries = made } = told;
  const view: StatusView = {
    leader: () => ({ session: 'session-1', node: 'consul-1' }),
    health: () => ({ role: 'leader', faults: [], services: [], rounds: [] }),
    isAlive: () => true,
    members: () => ({ group: undefined, members }),
    groups: () => ({ items: groups, total: groups.length, next: undefined }),
    pools: () => ({ items: pools, total: pools.length, next: undefined }),
    decisions: ({ id, limit }) => ({
      entries: entries.filter((one) => one.id === id).slice(-limit),
      next: 0,
      isComplete: true,
    }),
    failsafe: () => told.failsafe ?? UNSET,
    paused: () => told.paused ?? UNSET,
    self: () => SELF,
  };
  const { server } = await openServer(() => ({ view, desk: NO_DESK }));
  return server.address;
}

/** What of a task group a test is about; all else is ordinary: 3 of 1 to 10 run, cpu 50 %, thresholds 30 and 80. */
export interface GroupPart {
  readonly cpu?: number;
  readonly count?: number;
  readonly policy?: Partial<GroupPolicy>;
  readonly gates?: Partial<GateFacts>;
  readonly state?: Partial<ScalingState>;
  readonly status?: Partial<GroupStatus>;
}

/** A task group and what the judgement of the agents says of it. */
export function fakeGroup(job: string, part: GroupPart = {}): GroupStatus {
  const { count = 3, gates = {} } = part;
  const policy = aPolicyOf('cpu', part.policy);
  const entry = groupEntry(`${job}/api`, fakeDecision(part));
  return {
    id: `${job}/api`,
    ref: { namespace: 'default', jobId: job, group: 'api' },
    stateKey: `replicator/config/state/jobs/${job}/api`,
    isOurs: true,
    failsafe: false,
    paused: false,
    policy: { kind: 'policy', policy },
    count,
    running: count,
    fault: undefined,
    stored: {
      state: aState(part.state),
      cooldownLeftMs: gates.cooldownLeftMs ?? 0,
      backoffLeftMs: gates.backoffLeftMs ?? 0,
      operation: undefined,
    },
    decision: entry,
    ...part.status,
  };
}

/** What would be decided of it. */
export function fakeDecision({ cpu = 50, count = 3, policy: given, gates = {} }: GroupPart): GroupDecision {
  const policy = aPolicyOf('cpu', given);
  const tasks = [{ task: 'main', cpu, mem: undefined }];
  const usage = aUsage({ running: count, cpu, tasks });
  const snapshot = aSnapshot({ group: aGroup({ count }), allocations: running(count), usage });
  const left = gates.cooldownLeftMs ?? 0;
  const scaledAt = formatInstant(NOW_MS + left - policy.cooldownMs);
  const waits = {
    nowMs: NOW_MS,
    cooldownMs: policy.cooldownMs,
    lastScalingEvent: scaledAt,
    failures: 0,
    lastFailureEvent: '',
    refusedLeftMs: 0,
  };
  return decideGroup(snapshot, policy, {
    wish: judgeGroup(snapshot, policy),
    gates: { ...OPEN_GATES, ...gates },
    ...(left > 0 && { waits }),
  });
}

type EntryOf<Type> = Extract<DecisionEntry, { readonly type: Type }>;

/** A run of `count` decisions; `agoS`: when the last of them was made, one every ten seconds. */
export function groupEntry(
  id: string,
  decision: GroupDecision,
  { count = 1, agoS = 0 } = {},
): EntryOf<'job_group'> {
  const lastMs = NOW_MS - agoS * 1000;
  const firstMs = lastMs - (count - 1) * 10_000;
  return { sequence: NOW_MS - agoS, id, count, firstMs, lastMs, type: 'job_group', decision };
}

/** A worker pool of two ready nodes, and what was decided of it. */
export function fakePool(id: string, decision: PoolDecision, part: Partial<PoolStatus> = {}): PoolStatus {
  const run = { sequence: 1, id, count: 1, firstMs: NOW_MS, lastMs: NOW_MS };
  return {
    id,
    stateKey: `replicator/config/state/nodes/${id}`,
    isOurs: true,
    failsafe: false,
    paused: false,
    fault: undefined,
    discovered: undefined,
    stored: {
      state: aState(),
      cooldownLeftMs: decision.cooldownLeftMs,
      backoffLeftMs: decision.backoffLeftMs,
      operation: undefined,
    },
    decision: { ...run, type: 'worker_pool', decision },
    ...part,
  };
}
