/** An allocation's state from a moment on, as Nomad's list told it. */
export interface AllocationVersion {
  readonly id: string;
  readonly namespace: string;
  readonly jobId: string;
  readonly nodeId: string;
  readonly jobType: string;
  readonly desired: string;
  readonly client: string;
  readonly seenMs: number;
}

/** Follows allocations and deployments with blocking reads of its own. */
export interface ClusterWatch {
  /** Every version of every allocation that was seen, oldest first. */
  readonly allocations: ReadonlyMap<string, readonly AllocationVersion[]>;
  /** The group path's job of each deployment ever seen: `namespace` and `jobId`. */
  readonly deployments: ReadonlyMap<string, { readonly namespace: string; readonly jobId: string }>;
  stop(): Promise<void>;
}

interface AllocationRow {
  readonly ID: string;
  readonly Namespace: string;
  readonly JobID: string;
  readonly JobType?: string;
  readonly NodeID: string;
  readonly DesiredStatus: string;
  readonly ClientStatus: string;
}

interface DeploymentRow {
  readonly ID: string;
  readonly Namespace: string;
  readonly JobID: string;
}

/** Starts following the simulated Nomad at `url`. */
export function watchCluster(url: string): ClusterWatch {
  const ending = new AbortController();
  const allocations = new Map<string, AllocationVersion[]>();
  const deployments = new Map<string, { namespace: string; jobId: string }>();
  const { signal } = ending;
  const done = Promise.all([
    follow(`${url}/v1/allocations`, signal, (rows) =>
      noteAllocations(rows as readonly AllocationRow[], allocations),
    ),
    follow(`${url}/v1/deployments`, signal, (rows) => {
      for (const { ID, Namespace: namespace, JobID: jobId } of rows as readonly DeploymentRow[]) {
        deployments.set(ID, { namespace, jobId });
      }
    }),
  ]);
  return {
    allocations,
    deployments,
    stop: async () => {
      ending.abort();
      await done;
    },
  };
}

function noteAllocations(rows: readonly AllocationRow[], all: Map<string, AllocationVersion[]>): void {
  const seenMs = performance.now();
  for (const row of rows) {
    const versions = all.get(row.ID) ?? [];
    const last = versions.at(-1);
    if (last?.desired === row.DesiredStatus && last.client === row.ClientStatus) continue;
    all.set(row.ID, versions);
    versions.push({
      id: row.ID,
      namespace: row.Namespace,
      jobId: row.JobID,
      nodeId: row.NodeID,
      jobType: row.JobType ?? '',
      desired: row.DesiredStatus,
      client: row.ClientStatus,
      seenMs,
    });
  }
}

async function follow(
  url: string,
  signal: AbortSignal,
  told: (rows: readonly unknown[]) => void,
): Promise<void> {
  let index = 0;
  while (!signal.aborted) {
    try {
      const answer = await fetch(`${url}?namespace=*&wait=20s&index=${index}`, { signal });
      if (answer.status !== 200) throw new Error(`status ${answer.status}`);
      told((await answer.json()) as unknown[]);
      index = Number(answer.headers.get('x-nomad-index') ?? 0);
      await pause(50);
    } catch {
      if (signal.aborted) return;
      index = 0;
      await pause(100);
    }
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
