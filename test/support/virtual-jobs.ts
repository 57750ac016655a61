import type { Curve } from '../../src/simulator/world/load.ts';

/** A job of one group with a policy, as a scenario needs it. */
export interface ScenarioJob {
  readonly id?: string;
  readonly namespace?: string;
  readonly group?: string;
  readonly type?: 'service' | 'batch';
  readonly count?: number;
  readonly min?: number;
  readonly max?: number;
  readonly cooldownS?: number;
  readonly retries?: number;
  /** MHz of the whole group. One allocation has 500. */
  readonly cpuMhz?: Curve;
  /** False: changes make no deployment. */
  readonly deploys?: boolean;
  readonly update?: Readonly<Record<string, unknown>>;
  readonly image?: string;
  /** Runs on nodes of that class only. */
  readonly nodeClass?: string;
  /** On top of, or instead of, the usual keys; undefined takes one away. */
  readonly meta?: Readonly<Record<string, string | undefined>>;
}

/** MHz and MiB that one allocation reserves. */
export const TASK = { cpuMhz: 500, memoryMb: 256 };

/** The job as a world file has it: thresholds 30 and 80 % of CPU; memory is not judged. */
export function scenarioJob(job: ScenarioJob = {}): object {
  const update = { minHealthyS: 10, healthyDeadlineS: 60, progressDeadlineS: 600, ...job.update };
  const deploys = job.deploys ?? job.type !== 'batch';
  return {
    id: job.id ?? 'web',
    namespace: job.namespace ?? 'default',
    type: job.type ?? 'service',
    ...(job.nodeClass !== undefined && { constraints: { '${node.class}': job.nodeClass } }),
    ...(job.type !== 'batch' && { update: deploys ? update : null }),
    groups: [
      {
        name: job.group ?? 'api',
        count: job.count ?? 2,
        meta: metaOf(job),
        tasks: [{ name: 'main', ...TASK, config: { image: job.image ?? 'registry.example/web:1' } }],
        load: loadOf(job.cpuMhz ?? 500),
      },
    ],
  };
}

function loadOf(cpuMhz: Curve): object {
  return { cpuMhz, memoryMb: { kind: 'constant', value: 100, per: 'allocation' }, noise: 0 };
}

function metaOf(job: ScenarioJob): Record<string, string> {
  const meta: Record<string, string | undefined> = {
    replicator_enabled: 'true',
    replicator_min: String(job.min ?? 1),
    replicator_max: String(job.max ?? 4),
    replicator_scalein_cpu: '30',
    replicator_scaleout_cpu: '80',
    replicator_cooldown: String(job.cooldownS ?? 30),
    replicator_retry_threshold: String(job.retries ?? 1),
    ...job.meta,
  };
  return Object.fromEntries(
    Object.entries(meta).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
