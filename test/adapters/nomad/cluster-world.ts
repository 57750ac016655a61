import type { Clock } from '../../../src/ports/clock.ts';
import type { ClusterListener, ClusterView } from '../../../src/ports/nomad.ts';
import type { PortError } from '../../../src/ports/port-error.ts';
import type { Handler, Reply, Seen } from './fake-nomad.ts';

/** A job as this fake keeps it. */
export interface FakeJob {
  readonly id: string;
  readonly namespace?: string;
  readonly index: number;
  readonly count?: number;
  /** Of the list's entry. */
  readonly extra?: Readonly<Record<string, unknown>>;
  /** Of the job read whole. */
  readonly body?: Readonly<Record<string, unknown>>;
}

/** A node as this fake keeps it. */
export interface FakeNode {
  readonly id: string;
  readonly index: number;
  /** Of the list's entry and of the node read whole. */
  readonly extra?: Readonly<Record<string, unknown>>;
  /** Of the node read whole. */
  readonly body?: Readonly<Record<string, unknown>>;
}

type List = 'jobs' | 'allocations' | 'nodes';

/** Lists with blocking queries: a change, `wake`, or the clock, if it is given one, ends their waits. */
export class ClusterWorld {
  clock: Clock | undefined;
  jobs: FakeJob[] = [];
  allocations: Record<string, unknown>[] = [];
  nodes: FakeNode[] = [];
  index = 10;
  headers: Record<string, string> = { 'x-nomad-knownleader': 'true', 'x-nomad-lastcontact': '0' };
  /** What is answered instead, once each. */
  readonly faults: Record<List, Reply[]> = { jobs: [], allocations: [], nodes: [] };
  /** What reading a job, or a node, answers instead. */
  readonly bodyFaults = new Map<string, Reply>();
  readonly seen: Seen[] = [];
  private readonly waiting: Record<List, (() => void)[]> = { jobs: [], allocations: [], nodes: [] };

  readonly handler: Handler = async (seen) => {
    this.seen.push(seen);
    if (seen.path === '/v1/jobs') return this.list('jobs', seen);
    if (seen.path === '/v1/allocations') return this.list('allocations', seen);
    if (seen.path === '/v1/nodes') return this.list('nodes', seen);
    return seen.path.startsWith('/v1/node/') ? this.node(seen) : this.body(seen);
  };

  /** Requests for a list so far. */
  asked(list: List): readonly Seen[] {
    return this.seen.filter(({ path }) => path === `/v1/${list}`);
  }

  /** Requests for a job's body, or a node's, so far. */
  read(id: string): number {
    const paths = ['job', 'node'].map((kind) => `/v1/${kind}/${encodeURIComponent(id)}`);
    return this.seen.filter(({ path }) => paths.includes(path)).length;
  }

  /** Changes the lists: everything that waits is answered. */
  change(apply: () => void, by = 1): void {
    apply();
    this.index += by;
    this.wake();
  }

  /** Answers everything that waits. */
  wake(): void {
    for (const list of ['jobs', 'allocations', 'nodes'] as const)
      this.waiting[list].splice(0).forEach((go) => go());
  }

  private async list(list: List, seen: Seen): Promise<Reply> {
    const fault = this.faults[list].shift();
    if (fault !== undefined) return fault;
    const index = Number(seen.query.get('index') ?? 0);
    if (index >= this.index) await this.wait(list, Number.parseInt(seen.query.get('wait') ?? '0', 10));
    const late = this.faults[list].shift();
    if (late !== undefined) return late;
    const lists = {
      jobs: this.jobs.map(stubOf),
      allocations: this.allocations,
      nodes: this.nodes.map(nodeStubOf),
    };
    const items = lists[list];
    return { headers: { ...this.headers, 'x-nomad-index': String(this.index) }, text: JSON.stringify(items) };
  }

  private async wait(list: List, ms: number): Promise<void> {
    let cancel: (() => void) | undefined;
    await new Promise<void>((resolve) => {
      this.waiting[list].push(resolve);
      cancel = this.clock?.after(ms, resolve);
    });
    cancel?.();
  }

  private node(seen: Seen): Reply {
    const id = decodeURIComponent(seen.path.replace('/v1/node/', ''));
    const fault = this.bodyFaults.get(id);
    if (fault !== undefined) return fault;
    const node = this.nodes.find((entry) => entry.id === id);
    if (node === undefined) return { status: 404, text: 'node not found' };
    return { headers: this.headers, text: JSON.stringify(nodeBodyOf(node)) };
  }

  private body(seen: Seen): Reply {
    const id = decodeURIComponent(seen.path.replace('/v1/job/', ''));
    const fault = this.bodyFaults.get(id);
    if (fault !== undefined) return fault;
    const namespace = seen.query.get('namespace');
    const job = this.jobs.find((entry) => entry.id === id && (entry.namespace ?? 'default') === namespace);
    if (job === undefined) return { status: 404, text: 'job not found' };
    return { headers: this.headers, text: JSON.stringify(bodyOf(job)) };
  }
}

/** A listener that remembers. */
export class Heard implements ClusterListener {
  readonly views: ClusterView[] = [];
  readonly failures: PortError[] = [];
  /** The lists of the failures. */
  readonly broken: string[] = [];
  readonly recoveries: string[] = [];

  changed(view: ClusterView): void {
    this.views.push(view);
  }

  failed(list: string, error: PortError): void {
    this.broken.push(list);
    this.failures.push(error);
  }

  recovered(list: string): void {
    this.recoveries.push(list);
  }

  /** `id@index status` of the last view's nodes, and what is not known; undefined while nodes are not. */
  nodes(): readonly string[] | undefined {
    const nodes = this.views.at(-1)?.nodes;
    const known = nodes?.all.map(({ id, modifyIndex, status }) => `${id}@${modifyIndex} ${status}`);
    return known && [...known, ...(nodes?.unread ?? []).map((id) => `${id}?`)];
  }

  /** `namespace:id@index=count` of the last view's jobs. */
  jobs(): readonly string[] | undefined {
    return this.views
      .at(-1)
      ?.jobs.map((job) => `${job.namespace}:${job.jobId}@${job.modifyIndex}=${job.groups[0]?.count}`);
  }
}

/** An allocation of the list. */
export function allocation(
  id: string,
  job: string,
  more: Record<string, unknown> = {},
): Record<string, unknown> {
  return {
    ID: id,
    Namespace: 'default',
    JobID: job,
    TaskGroup: 'g',
    NodeID: 'n1',
    DesiredStatus: 'run',
    ClientStatus: 'running',
    CreateTime: 1_795_450_282_691_711_700,
    ...more,
  };
}

function stubOf(job: FakeJob): Record<string, unknown> {
  return {
    ID: job.id,
    Namespace: job.namespace ?? 'default',
    Type: 'service',
    ParentID: '',
    Periodic: false,
    ParameterizedJob: false,
    Stop: false,
    JobModifyIndex: job.index,
    ModifyIndex: job.index + 1,
    ...job.extra,
  };
}

function bodyOf(job: FakeJob): Record<string, unknown> {
  return {
    ID: job.id,
    Namespace: job.namespace ?? 'default',
    Type: 'service',
    Stop: false,
    JobModifyIndex: job.index,
    TaskGroups: [{ Name: 'g', Count: job.count ?? 1, Meta: null, Tasks: [] }],
    ...job.body,
  };
}

function nodeStubOf(node: FakeNode): Record<string, unknown> {
  return {
    ID: node.id,
    ModifyIndex: node.index,
    Status: 'ready',
    SchedulingEligibility: 'eligible',
    Drain: false,
    ...node.extra,
  };
}

function nodeBodyOf(node: FakeNode): Record<string, unknown> {
  return {
    ...nodeStubOf(node),
    Name: `name-${node.id}`,
    CreateIndex: 3,
    Resources: { CPU: 4000, MemoryMB: 8192, DiskMB: 40_000 },
    ...node.body,
  };
}
