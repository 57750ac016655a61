import type { GroupRef } from '../../src/domain/snapshot.ts';
import type { Json, JsonObject } from '../../src/simulator/json-text.ts';
import { parseWorldFile, type WorldDescription } from '../../src/simulator/world-file.ts';
import type { WorldJob } from '../../src/simulator/world-file-job.ts';
import type { Faults } from '../../src/simulator/world/faults.ts';

/** What happens in a demo: the cluster at its beginning, and what is done to it later. */
export interface Scenario {
  /** One line, without a full stop. */
  readonly summary: string;
  /** Nodes and jobs as in a world file. */
  readonly nodes: Json;
  readonly jobs: Json;
  /** Worker pools as in a world file; AWS is served where there are any. */
  readonly pools?: Json;
  /** Seconds of the cluster that a drain may take; the agent's own where it is left out. */
  readonly drainDeadlineS?: number;
  /** Agents that run as a group; one that stands alone where it is left out. */
  readonly team?: Team;
  readonly script: readonly Step[];
  /** The script begins again after this many seconds; without it it plays once. */
  readonly repeatS?: number;
}

/** The name of a group of agents and the service ids of its members. The first leads before the others are started. */
export interface Team {
  readonly group: string;
  readonly members: readonly [string, ...string[]];
}

/**
 * One thing that is done to the cluster, `atS` seconds of its clock after an agent leads, or after the script's turn
 * begins. With a team: seconds of the machine's clock, which sessions run on, after each member has its share.
 */
export interface Step {
  readonly atS: number;
  /** What the audience is told. */
  readonly say: string;
  readonly act: Act;
}

export type Act =
  | { readonly kind: 'faults'; readonly faults: Partial<Faults> }
  /** Somebody registers the job with another image for all its tasks, at the counts it has. */
  | { readonly kind: 'deploy'; readonly job: string; readonly image: string }
  /** An operator resets the failsafe of a group or a pool. */
  | { readonly kind: 'reset-failsafe'; readonly group: GroupRef }
  | { readonly kind: 'reset-failsafe'; readonly pool: string }
  /** Somebody runs a job. */
  | { readonly kind: 'run'; readonly job: JsonObject }
  /** Somebody stops a job and has it forgotten. */
  | { readonly kind: 'stop'; readonly job: string }
  /** From now on instances of a pool come otherwise, as the control face's `pool` has it. */
  | { readonly kind: 'pool'; readonly order: JsonObject }
  /** An operator terminates what runs and came from the pool, but is in its group no more. */
  | { readonly kind: 'terminate-detached'; readonly pool: string }
  /** A member of the team is ended by SIGKILL, or by SIGTERM, or started again. */
  | { readonly kind: 'kill' | 'end' | 'start'; readonly agent: string };

/** The beginning of a scenario, ready to be built. Throws where its data are no world. */
export function describeWorld(scenario: Scenario, seed: number): WorldDescription {
  const { nodes, jobs, pools = [] } = scenario;
  const parsed = parseWorldFile(JSON.stringify({ seed, nodes, jobs, pools }));
  if (!parsed.ok) throw new Error(`the scenario is no world: ${parsed.faults.join('; ')}`);
  return parsed.description;
}

/** One job of a scenario, ready to be registered. Throws where it is none. */
export function readJob(job: JsonObject): WorldJob {
  const [read] = describeWorld({ summary: '', nodes: [], jobs: [job], script: [] }, 0).jobs;
  if (!read) throw new Error('the scenario has no such job');
  return read;
}

/** Where all pools are. */
export const REGION = 'us-east-1';

/** A worker pool: bounds of its group, size at the start, what a node is like, and its policy. */
export interface PoolPart {
  readonly name: string;
  readonly bounds: readonly [number, number];
  readonly desired: number;
  readonly cpuMhz: number;
  readonly memoryMb: number;
  readonly cooldownS: number;
  readonly threshold?: number;
  readonly tolerance?: number;
  readonly retries?: number;
}

/** The pool as a world file has it, its policy in the meta of its nodes. */
export function pool(part: PoolPart): JsonObject {
  const { name, bounds, desired, cpuMhz, memoryMb } = part;
  return {
    name,
    region: REGION,
    min: bounds[0],
    max: bounds[1],
    desired,
    zones: [`${REGION}a`, `${REGION}b`],
    suspended: ['AZRebalance'],
    node: { cpuMhz, memoryMb },
    meta: {
      replicator_enabled: 'true',
      replicator_worker_pool: name,
      replicator_region: REGION,
      replicator_provider: 'aws',
      replicator_notification_uid: name,
      replicator_cooldown: String(part.cooldownS),
      replicator_scaling_threshold: String(part.threshold ?? 2),
      replicator_node_fault_tolerance: String(part.tolerance ?? 1),
      replicator_retry_threshold: String(part.retries ?? 3),
    },
  };
}

/** A scaling policy as meta: bounds, and the scale-in and scale-out thresholds in percent. */
export interface PolicyPart {
  readonly bounds: readonly [number, number];
  readonly cpu?: readonly [number, number];
  readonly mem?: readonly [number, number];
  readonly cooldownS?: number;
  readonly retries?: number;
  readonly enabled?: boolean;
}

/** The meta of a task group with this policy. */
export function policyMeta(part: PolicyPart): JsonObject {
  const { bounds, cpu, mem } = part;
  return {
    replicator_enabled: String(part.enabled ?? true),
    replicator_min: String(bounds[0]),
    replicator_max: String(bounds[1]),
    ...(cpu && { replicator_scalein_cpu: String(cpu[0]), replicator_scaleout_cpu: String(cpu[1]) }),
    ...(mem && { replicator_scalein_mem: String(mem[0]), replicator_scaleout_mem: String(mem[1]) }),
    replicator_cooldown: String(part.cooldownS ?? 60),
    ...(part.retries !== undefined && { replicator_retry_threshold: String(part.retries) }),
  };
}

/** A group with one task of this size. */
export interface GroupPart {
  readonly name: string;
  readonly count: number;
  /** Without one the group is left alone. */
  readonly policy?: PolicyPart;
  readonly cpuMhz: number;
  readonly memoryMb: number;
  readonly load: JsonObject;
  /** Seconds after which the work is done; without it it runs on. */
  readonly runsS?: number;
}

/** A service whose changes are rolled out by deployments. */
export function service(id: string, ...groups: readonly GroupPart[]): JsonObject {
  const update = { maxParallel: 2, minHealthyS: 5, healthyDeadlineS: 120, progressDeadlineS: 300 };
  return { id, type: 'service', update, groups: groups.map(groupOf) };
}

/** A batch job: its changes make no deployment. */
export function batch(id: string, ...groups: readonly GroupPart[]): JsonObject {
  return { id, type: 'batch', groups: groups.map(groupOf) };
}

function groupOf({ name, count, policy, cpuMhz, memoryMb, load, runsS }: GroupPart): JsonObject {
  const work = runsS === undefined ? {} : { command: '/bin/sleep', args: [String(runsS)] };
  const task = {
    name: 'main',
    driver: 'docker',
    cpuMhz,
    memoryMb,
    config: { image: `registry.example/${name}:1`, ...work },
  };
  return { name, count, ...(policy && { meta: policyMeta(policy) }), load, tasks: [task] };
}

/** A demand that rises and falls between two values, shared by the allocations of the group; from its mean, rising. */
export function wave([low, high]: readonly [number, number], periodS: number, phaseS = 0): JsonObject {
  return { kind: 'wave', mean: (low + high) / 2, amplitude: (high - low) / 2, periodS, phaseS };
}

/** A demand that is the same for each allocation. */
export function each(value: number): JsonObject {
  return { kind: 'constant', value, per: 'allocation' };
}
