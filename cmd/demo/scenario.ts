import type { GroupRef } from '../../src/domain/snapshot.ts';
import type { Json, JsonObject } from '../../src/simulator/json-text.ts';
import { parseWorldFile, type WorldDescription } from '../../src/simulator/world-file.ts';
import type { Faults } from '../../src/simulator/world/faults.ts';

/** What happens in a demo: the cluster at its beginning, and what is done to it later. */
export interface Scenario {
  /** One line, without a full stop. */
  readonly summary: string;
  /** Nodes and jobs as in a world file. */
  readonly nodes: Json;
  readonly jobs: Json;
  readonly script: readonly Step[];
  /** The script begins again after this many seconds of the cluster; without it it plays once. */
  readonly repeatS?: number;
}

/** One thing that is done to the cluster, `atS` seconds after its beginning or that of the script's turn. */
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
  /** An operator resets the failsafe of a group. */
  | { readonly kind: 'reset-failsafe'; readonly group: GroupRef };

/** The beginning of a scenario, ready to be built. Throws where its data are no world. */
export function describeWorld(scenario: Scenario, seed: number): WorldDescription {
  const parsed = parseWorldFile(JSON.stringify({ seed, nodes: scenario.nodes, jobs: scenario.jobs }));
  if (!parsed.ok) throw new Error(`the scenario is no world: ${parsed.faults.join('; ')}`);
  return parsed.description;
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
  readonly policy: PolicyPart;
  readonly cpuMhz: number;
  readonly memoryMb: number;
  readonly load: JsonObject;
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

function groupOf({ name, count, policy, cpuMhz, memoryMb, load }: GroupPart): JsonObject {
  const task = {
    name: 'main',
    driver: 'docker',
    cpuMhz,
    memoryMb,
    config: { image: `registry.example/${name}:1` },
  };
  return { name, count, meta: policyMeta(policy), load, tasks: [task] };
}

/** A demand that rises and falls between two values, shared by the allocations of the group; from its mean, rising. */
export function wave([low, high]: readonly [number, number], periodS: number, phaseS = 0): JsonObject {
  return { kind: 'wave', mean: (low + high) / 2, amplitude: (high - low) / 2, periodS, phaseS };
}

/** A demand that is the same for each allocation. */
export function each(value: number): JsonObject {
  return { kind: 'constant', value, per: 'allocation' };
}
