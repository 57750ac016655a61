import type { NodeFacts } from '../../domain/node.ts';
import type { JobFacts, JobRef } from '../../domain/snapshot.ts';
import type { Clock } from '../../ports/clock.ts';
import type { ClusterListener, ClusterView, NodesView } from '../../ports/nomad.ts';
import { isPortError } from '../../ports/port-error.ts';
import type { PortError } from '../../ports/port-error.ts';
import type { BodyTools, ReadBody } from './bodies.ts';
import type { JobChange, NodeChange, QueuedChange } from './changes.ts';
import type { EventFeed } from './event-feed.ts';
import { FollowedAllocations } from './followed-allocations.ts';
import { FollowedJobs } from './followed-jobs.ts';
import { FollowedNodes } from './followed-nodes.ts';
import type { FeedEvent, FeedSink, ListFeed } from './list-feed.ts';
import type { JobStub } from './wire-job.ts';
import type { NodeStub } from './wire-node.ts';

/** What a follower is made from. */
export interface FollowerParts {
  readonly clock: Clock;
  readonly random: () => number;
  /** As BodyTools has it. */
  readonly later: BodyTools<never, never>['later'];
  readonly jobs: ListFeed<JobStub>;
  readonly readJob: ReadBody<JobStub, JobFacts>;
  readonly allocations: EventFeed;
  /** Absent while nodes are not followed. */
  readonly nodes?: ListFeed<NodeStub>;
  readonly readNode: ReadBody<NodeStub, NodeFacts>;
}

/** Names of what is followed, as `failed` and `recovered` tell them. */
const LISTS = {
  jobs: 'jobs',
  allocations: 'allocations',
  nodes: 'nodes',
  jobBodies: 'job specifications',
  nodeBodies: 'node specifications',
};

/** Keeps the cluster's view from its feeds and what is read whole of them, and tells a listener. */
export class ClusterFollower {
  private readonly listener: ClusterListener;
  private readonly jobs: FollowedJobs;
  private readonly nodes: FollowedNodes;
  private readonly end = new AbortController();
  private readonly outages = new Set<string>();
  private readonly contactMs = new Map<string, number>();
  private readonly running: Promise<unknown>;
  private readonly allocations: FollowedAllocations;
  private shown = false;

  constructor(parts: FollowerParts, listener: ClusterListener) {
    this.listener = listener;
    this.jobs = new FollowedJobs({
      ...this.bodyTools(parts, LISTS.jobBodies),
      read: async (stub, mode, signal) => {
        const job = await parts.readJob(stub, mode, signal);
        if (job !== undefined) this.allocations.proved(job.namespace);
        return job;
      },
      changed: () => this.settled(this.jobs),
    });
    this.allocations = new FollowedAllocations({
      typeOf: (ref) => this.jobs.typeOf(ref),
      vanished: (namespace) => this.jobs.recheckAll(namespace),
    });
    this.nodes = new FollowedNodes({
      ...this.bodyTools(parts, LISTS.nodeBodies),
      read: parts.readNode,
      changed: () => this.settled(this.nodes),
    });
    this.running = this.run(parts);
  }

  /** Reads a job again that was found to differ from what the view shows. */
  recheck(ref: JobRef): void {
    this.jobs.recheck(ref);
  }

  /** Stops following; nothing is told afterwards. */
  async stop(): Promise<void> {
    this.end.abort(new Error('no longer followed'));
    this.jobs.close();
    this.nodes.close();
    await this.running;
  }

  private async run(parts: FollowerParts): Promise<void> {
    const { signal } = this.end;
    const changes = {
      jobs: (told: readonly JobChange[]) =>
        this.jobs.change(told.filter(({ stub }) => this.allocations.isReadable(stub.namespace))),
      nodes: (told: readonly NodeChange[]) => this.nodes.change(told),
      queued: (told: readonly QueuedChange[]) =>
        this.jobs.queue(told.filter(({ namespace }) => this.allocations.isReadable(namespace))),
    };
    await Promise.all([
      parts.jobs(
        this.sink(LISTS.jobs, (event) => this.jobs.take(event)),
        signal,
      ),
      parts.allocations(
        this.sink(LISTS.allocations, (event) => this.allocations.take(event)),
        changes,
        signal,
      ),
      parts.nodes?.(
        this.sink(LISTS.nodes, (event) => this.nodes.take(event)),
        signal,
      ),
    ]);
  }

  private bodyTools(
    { clock, random, later }: FollowerParts,
    list: string,
  ): Pick<BodyTools<never, never>, 'clock' | 'random' | 'later' | 'failed' | 'recovered'> {
    return {
      clock,
      random,
      later,
      failed: (error) => {
        if (isPortError(error)) this.broken(list, error);
      },
      recovered: () => this.answered(list),
    };
  }

  private sink<T>(list: string, take: (event: FeedEvent<T>) => void): FeedSink<T> {
    return {
      heard: (event, contactMs) => {
        this.contactMs.set(list, contactMs);
        take(event);
        this.answered(list);
        this.publish();
      },
      failed: (error) => this.broken(list, error),
    };
  }

  /** What is read whole is shown when all of it has come: a thousand nodes make one view, not a thousand. */
  private settled(bodies: FollowedJobs | FollowedNodes): void {
    if (bodies.isSettled()) this.publish();
  }

  private broken(list: string, error: PortError): void {
    if (this.end.signal.aborted || this.outages.has(list)) return;
    this.outages.add(list);
    this.listener.failed(list, error);
  }

  private answered(list: string): void {
    if (this.outages.delete(list) && !this.end.signal.aborted) this.listener.recovered(list);
  }

  /** The first view waits for jobs and allocations, and for all jobs to have been read or to have failed. */
  private publish(): void {
    const jobsMs = this.contactMs.get(LISTS.jobs);
    const allocationsMs = this.contactMs.get(LISTS.allocations);
    if (this.end.signal.aborted || jobsMs === undefined || allocationsMs === undefined) return;
    if (!this.shown && !this.jobs.isSettled()) return;
    this.shown = true;
    this.listener.changed(this.view(Math.min(jobsMs, allocationsMs)));
  }

  private view(freshMs: number): ClusterView {
    return {
      ...this.jobs.view(),
      ...this.allocations.view(),
      nodes: this.nodesView(),
      freshMs,
    };
  }

  private nodesView(): NodesView | undefined {
    const freshMs = this.contactMs.get(LISTS.nodes);
    return freshMs === undefined ? undefined : this.nodes.view(freshMs);
  }
}
