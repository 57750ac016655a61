/** How a group of a test job is to behave: far above its scale-out thresholds, or far below scale-in. */
export type Heat = 'hot' | 'cold';

/** A job with one group `app`, one raw_exec task, and a policy. */
export interface TestJob {
  readonly id: string;
  readonly heat: Heat;
  readonly count: number;
  readonly min?: number;
  readonly max?: number;
  readonly cooldownS?: number;
  readonly type?: 'service' | 'batch';
  /** False: changes make no deployment. */
  readonly deploys?: boolean;
  /** Whatever stands for a new image: a change of it replaces the allocations. */
  readonly image?: string;
  /** Meta keys on top of, or instead of, the usual ones; undefined takes a key away. */
  readonly meta?: Readonly<Record<string, string | undefined>>;
}

const SECOND_NS = 1_000_000_000;

/** The job as Nomad's API takes it. */
export function jobBody(job: TestJob): { Job: Record<string, unknown> } {
  const maxParallel = (job.deploys ?? job.type !== 'batch') ? 1 : 0;
  const update = {
    MaxParallel: maxParallel,
    MinHealthyTime: SECOND_NS,
    HealthCheck: 'task_states',
    HealthyDeadline: 60 * SECOND_NS,
    ProgressDeadline: 120 * SECOND_NS,
  };
  return {
    Job: {
      ID: job.id,
      Name: job.id,
      Type: job.type ?? 'service',
      Datacenters: ['dc1'],
      ...(job.type !== 'batch' && { Update: update }),
      TaskGroups: [groupBody(job)],
    },
  };
}

function groupBody(job: TestJob): Record<string, unknown> {
  return {
    Name: 'app',
    Count: job.count,
    Meta: metaOf(job),
    EphemeralDisk: { SizeMB: 20 },
    Tasks: [
      {
        Name: 'main',
        Driver: 'raw_exec',
        Config: commandOf(job.heat),
        Env: { IMAGE: job.image ?? 'one' },
        LogConfig: { MaxFiles: 1, MaxFileSizeMB: 5 },
        KillTimeout: SECOND_NS,
        Resources: { CPU: 20, MemoryMB: 128 },
      },
    ],
  };
}

function commandOf(heat: Heat): Record<string, unknown> {
  // A tenth of a core is far above 20 MHz and leaves the machine to the other tests.
  const busy = 'while :; do i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; sleep 0.2; done';
  if (heat === 'hot') return { command: '/bin/sh', args: ['-c', busy] };
  return { command: '/bin/sleep', args: ['100000'] };
}

function metaOf(job: TestJob): Record<string, string> {
  const meta = {
    replicator_enabled: 'true',
    replicator_min: String(job.min ?? 1),
    replicator_max: String(job.max ?? 3),
    replicator_cooldown: String(job.cooldownS ?? 1),
    replicator_scalein_cpu: '50',
    replicator_scaleout_cpu: '200',
    ...job.meta,
  };
  return Object.fromEntries(
    Object.entries(meta).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
