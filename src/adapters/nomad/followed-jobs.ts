import { isScalable } from '../../domain/policy/scalable.ts';
import type { GroupRef, JobFacts, JobRef, QueuedGroup, TaskGroupFacts } from '../../domain/snapshot.ts';
import type { ClusterView } from '../../ports/nomad.ts';
import { Bodies } from './bodies.ts';
import type { BodyTools } from './bodies.ts';
import type { JobChange, QueuedChange } from './changes.ts';
import { isQuiet } from './list-feed.ts';
import type { FeedEvent } from './list-feed.ts';
import { ToldStubs } from './told-stubs.ts';
import type { JobStub } from './wire-job.ts';

/** What the jobs give to a view. */
export type JobsView = Pick<
  ClusterView,
  'jobs' | 'knows' | 'isUnread' | 'hiddenNamespaces' | 'groupFacts' | 'queued'
>;

/** The jobs of the list, and those of them that are read whole: services and batch jobs that may run. */
export class FollowedJobs {
  private readonly bodies: Bodies<JobStub, JobFacts>;
  private listed: ReadonlyMap<string, JobStub> = new Map();
  private readonly told: ToldStubs<JobStub>;
  private shown: JobsView | undefined;

  constructor(tools: Omit<BodyTools<JobStub, JobFacts>, 'keyOf'>) {
    const changed = (): void => {
      this.shown = undefined;
      tools.changed();
    };
    this.told = new ToldStubs(tools.clock);
    this.bodies = new Bodies({ ...tools, changed, keyOf: keyOfJob });
  }

  /** True when all that can be read for now has been. */
  isSettled(): boolean {
    return this.bodies.isSettled();
  }

  /** The list is what counts, but for what was told of a later write than its own. */
  take(event: FeedEvent<JobStub>): void {
    if (isQuiet(event)) return this.expire();
    if (event.kind === 'list') this.replace(this.told.over(event, keyOfJob), event.restarted);
    else {
      const gone = new Set(event.removals);
      this.listed = byKey([
        ...[...this.listed].filter(([key]) => !gone.has(key)).map(([, stub]) => stub),
        ...event.upserts,
      ]);
      const unwanted = event.upserts.filter((stub) => !stub.whole).map(keyOfJob);
      this.bodies.update(event.upserts.filter(isWhole), [...event.removals, ...unwanted]);
    }
    this.shown = undefined;
  }

  /** What was told and never listed was written by servers that have started over since. */
  private expire(): void {
    const stubs = this.told.expire(keyOfJob);
    if (stubs === undefined) return;
    this.replace(stubs, false);
    this.shown = undefined;
  }

  private replace(stubs: readonly JobStub[], restarted: boolean): void {
    this.listed = byKey(stubs);
    this.bodies.replace(stubs.filter(isWhole), restarted);
  }

  /** Takes jobs as writes have left them. */
  change(changes: readonly JobChange[]): void {
    const listed = new Map(this.listed);
    for (const { index, stub, facts } of changes) {
      const key = keyOfJob(stub);
      const known = listed.get(key);
      if (known !== undefined && known.modifyIndex > stub.modifyIndex) continue;
      const told = { ...stub, queued: known?.queued ?? {} };
      if (!this.told.note(key, { index, stub: told }) && known === undefined) continue;
      listed.set(key, told);
      if (told.whole) this.bodies.offer(told, facts);
      else this.bodies.update([], [key]);
    }
    this.listed = listed;
    this.shown = undefined;
  }

  /** Takes what evaluations say of waiting allocations, as it will stand in the list. */
  queue(changes: readonly QueuedChange[]): void {
    const listed = new Map(this.listed);
    for (const { index, queued, ...ref } of changes) {
      const key = keyOfJob(ref);
      const known = listed.get(key);
      if (known === undefined) continue;
      const counts = Object.entries({ ...known.queued, ...queued }).filter(([, count]) => count > 0);
      const stub = { ...known, queued: Object.fromEntries(counts) };
      if (this.told.note(key, { index, stub })) listed.set(key, stub);
    }
    this.listed = listed;
    this.shown = undefined;
  }

  /** `service`, `system`, …; '' for a job that is not listed. */
  typeOf(ref: JobRef): string {
    return this.listed.get(keyOfJob(ref))?.type ?? '';
  }

  /** Reads a job again that was found to differ from what the view shows. */
  recheck(ref: JobRef): void {
    this.bodies.recheck(keyOfJob(ref));
  }

  /** Reads all jobs of a namespace again: it is not certain that they may still be read. */
  recheckAll(namespace: string): void {
    for (const [key, stub] of this.listed) if (stub.namespace === namespace) this.bodies.recheck(key);
  }

  close(): void {
    this.bodies.close();
  }

  view(): JobsView {
    this.shown ??= this.makeView();
    return this.shown;
  }

  private makeView(): JobsView {
    const { listed } = this;
    const read = new Map<string, JobFacts>();
    const unread = new Set<string>();
    const hidden = new Set<string>();
    for (const [key, { stub, facts, outdated, denied }] of this.bodies.all()) {
      if (denied) hidden.add(stub.namespace);
      if (facts !== undefined && !outdated) read.set(key, facts);
      else if (stub.scalable) unread.add(key);
    }
    return {
      jobs: [...read.values()].filter(isScalable).toSorted(byName),
      knows: (ref) => listed.has(keyOfJob(ref)),
      isUnread: (ref) => unread.has(keyOfJob(ref)),
      hiddenNamespaces: [...hidden].toSorted(),
      groupFacts: (ref) => groupOf(ref, listed, read),
      queued: [...listed.values()].flatMap(queuedOf).toSorted(byGroup),
    };
  }
}

/** A job's key in the list of jobs. */
export function keyOfJob(ref: JobRef): string {
  return JSON.stringify([ref.namespace, ref.jobId]);
}

function isWhole(stub: JobStub): boolean {
  return stub.whole;
}

function byKey(stubs: readonly JobStub[]): ReadonlyMap<string, JobStub> {
  return new Map(stubs.map((stub) => [keyOfJob(stub), stub]));
}

/** Children of periodic and parameterized jobs have their parent's groups. */
function groupOf(
  ref: GroupRef,
  listed: ReadonlyMap<string, JobStub>,
  read: ReadonlyMap<string, JobFacts>,
): TaskGroupFacts | undefined {
  const key = keyOfJob(ref);
  const parentId = listed.get(key)?.parentId ?? '';
  const job = read.get(parentId === '' ? key : keyOfJob({ namespace: ref.namespace, jobId: parentId }));
  return job?.groups.find((group) => group.name === ref.group);
}

function queuedOf(stub: JobStub): readonly QueuedGroup[] {
  const { namespace, jobId } = stub;
  return Object.entries(stub.queued).map(([group, queued]) => ({ namespace, jobId, group, queued }));
}

function byName(one: JobRef, other: JobRef): number {
  return compare(one.namespace, other.namespace) || compare(one.jobId, other.jobId);
}

function byGroup(one: GroupRef, other: GroupRef): number {
  return byName(one, other) || compare(one.group, other.group);
}

function compare(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
