import type { AllocationFacts, JobFacts, JobRef } from '../../domain/snapshot.ts';
import type { Clock } from '../../ports/clock.ts';
import type { ClusterListener, ClusterView } from '../../ports/nomad.ts';
import { isPortError } from '../../ports/port-error.ts';
import type { PortError } from '../../ports/port-error.ts';
import { AllocationIndex } from './allocation-index.ts';
import { JobBodies, keyOfJob } from './job-bodies.ts';
import type { ReadBody } from './job-bodies.ts';
import type { FeedEvent, ListFeed } from './list-feed.ts';
import type { JobStub } from './wire-job.ts';

/** What a follower is made from. */
export interface FollowerParts {
  readonly clock: Clock;
  readonly random: () => number;
  readonly jobs: ListFeed<JobStub>;
  readonly allocations: ListFeed<AllocationFacts>;
  readonly readBody: ReadBody;
}

/** Names of what is followed, as `recovered` tells them. */
const LISTS = { jobs: 'jobs', allocations: 'allocations', bodies: 'job specifications' };

/** Keeps the cluster's view from two feeds and the jobs read whole, and tells a listener. */
export class ClusterFollower {
  private readonly listener: ClusterListener;
  private readonly bodies: JobBodies;
  private readonly end = new AbortController();
  private readonly outages = new Set<string>();
  private readonly contactMs = new Map<string, number>();
  private readonly running: Promise<unknown>;
  private allocations = AllocationIndex.empty;
  private jobs: readonly JobFacts[] | undefined;
  private listed: ReadonlySet<string> = new Set();
  private shown = false;

  constructor(parts: FollowerParts, listener: ClusterListener) {
    this.listener = listener;
    this.bodies = new JobBodies({
      clock: parts.clock,
      random: parts.random,
      read: parts.readBody,
      changed: () => this.bodiesChanged(),
      failed: (error) => this.bodiesFailed(error),
      recovered: () => this.answered(LISTS.bodies),
    });
    this.running = Promise.all([
      parts.jobs(
        this.sink(LISTS.jobs, (event) => this.takeJobs(event)),
        this.end.signal,
      ),
      parts.allocations(
        this.sink(LISTS.allocations, (event) => this.takeAllocations(event)),
        this.end.signal,
      ),
    ]);
  }

  /** Reads a job again that was found to differ from what the view shows. */
  recheck(ref: JobRef): void {
    this.bodies.recheck(ref);
  }

  /** Stops following; nothing is told afterwards. */
  async stop(): Promise<void> {
    this.end.abort(new Error('no longer followed'));
    this.bodies.close();
    await this.running;
  }

  private sink<T>(
    list: string,
    take: (event: FeedEvent<T>) => void,
  ): { heard(event: FeedEvent<T>, contactMs: number): void; failed(error: PortError): void } {
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

  private takeJobs(event: FeedEvent<JobStub>): void {
    if (event.kind === 'list') {
      this.bodies.replace(event.items, event.restarted);
      this.listed = new Set(event.items.map(keyOfJob));
    } else {
      this.bodies.update(event.upserts, event.removals);
      const gone = new Set(event.removals);
      const kept = [...this.listed].filter((key) => !gone.has(key));
      this.listed = new Set([...kept, ...event.upserts.map(keyOfJob)]);
    }
    this.jobs = undefined;
  }

  private takeAllocations(event: FeedEvent<AllocationFacts>): void {
    this.allocations = this.allocations.with(event);
  }

  private bodiesChanged(): void {
    this.jobs = undefined;
    if (this.bodies.isSettled()) this.publish();
  }

  private bodiesFailed(error: unknown): void {
    if (isPortError(error)) this.broken(LISTS.bodies, error);
  }

  private broken(list: string, error: PortError): void {
    if (this.end.signal.aborted || this.outages.has(list)) return;
    this.outages.add(list);
    this.listener.failed(list, error);
  }

  private answered(list: string): void {
    if (this.outages.delete(list) && !this.end.signal.aborted) this.listener.recovered(list);
  }

  /** The first view waits for both lists and for all jobs to have been read or to have failed. */
  private publish(): void {
    if (this.end.signal.aborted || this.contactMs.size < 2) return;
    if (!this.shown && !this.bodies.isSettled()) return;
    this.shown = true;
    this.listener.changed(this.view());
  }

  private view(): ClusterView {
    this.jobs ??= this.bodies.current().toSorted(byName);
    const { allocations, jobs, listed } = this;
    const unread = this.bodies.unread();
    return {
      jobs,
      allocations: (ref) => allocations.of(ref),
      knows: (ref) => listed.has(keyOfJob(ref)),
      isUnread: (ref) => unread.has(keyOfJob(ref)),
      freshMs: Math.min(...this.contactMs.values()),
    };
  }
}

function byName(one: JobFacts, other: JobFacts): number {
  return compare(one.namespace, other.namespace) || compare(one.jobId, other.jobId);
}

function compare(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
