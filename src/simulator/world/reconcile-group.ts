import { NameIndex } from './name-index.ts';
import { LOST, MIGRATING, NOT_NEEDED, RESCHEDULED } from './reconcile-types.ts';
import { splitByReschedule, splitByTaint, splitByUpdate } from './reconcile-sets.ts';
import { isTerminal } from './types.ts';
import type { GroupSpec, Job } from './job-types.ts';
import type { DesiredUpdates, PlaceRequest, ReconcileInput, Reconciliation } from './reconcile-types.ts';
import type { Allocation, Deployment, DeploymentGroup } from './types.ts';

export interface GroupScope {
  readonly input: ReconcileInput & { readonly job: Job };
  readonly result: Reconciliation;
  /** The deployment that groups share: the first that needs one makes it. */
  readonly progress: { current: Deployment | null };
}

interface Work {
  readonly untainted: readonly Allocation[];
  readonly migrate: readonly Allocation[];
  readonly lost: readonly Allocation[];
  readonly rescheduleNow: readonly Allocation[];
  readonly rescheduleLater: readonly unknown[];
  readonly inPlace: readonly Allocation[];
  readonly destructive: readonly Allocation[];
  readonly places: readonly PlaceRequest[];
}

/** Brings one group in line; answers whether nothing is left to do for its deployment. */
export function reconcileGroup(scope: GroupScope, group: GroupSpec, all: readonly Allocation[]): boolean {
  const { input, result, progress } = scope;
  const relevant = input.isBatch ? all.filter((allocation) => isOfThisVersion(allocation, input.job)) : all;
  const desired: DesiredUpdates = {
    ignore: all.length - relevant.length,
    place: 0,
    migrate: 0,
    stop: 0,
    inPlaceUpdate: 0,
    destructiveUpdate: 0,
  };
  result.desired[group.name] = desired;
  const work = sortOut(scope, group, relevant);
  const existing = progress.current?.groups[group.name];
  const draft = existing ?? draftGroup(group, work);
  const isHeld = progress.current?.status === 'paused' || progress.current?.status === 'failed';
  const limit = limitOf(scope, group, work);
  if (isHeld) placeDespiteHold(scope, work, desired);
  else placeAndReplace(scope, { group, work, limit }, desired);
  moveAway(scope, group, work.migrate);
  desired.migrate += work.migrate.length;
  if (!existing) startDeployment(scope, { group, draft, work }, relevant);
  return isDone(work) && isHealthy(progress.current?.groups[group.name]);
}

function isOfThisVersion(allocation: Allocation, job: Job): boolean {
  if (!isTerminal(allocation)) return true;
  return allocation.job.version >= job.version && allocation.job.createIndex >= job.createIndex;
}

function sortOut(scope: GroupScope, group: GroupSpec, all: readonly Allocation[]): Work {
  const { input, result } = scope;
  const tainted = splitByTaint(input, all);
  const failed = splitByReschedule(input, tainted.untainted);
  result.delayed.push(...failed.later);
  const taken = [...failed.untainted, ...tainted.migrate, ...failed.now];
  const names = new NameIndex({ jobId: input.job.spec.id, group: group.name, count: group.count }, taken);
  for (const allocation of tainted.lost) result.stops.push({ allocation, description: LOST, isLost: true });
  const stopped = stopSurplus(scope, { group, names, ...tainted, untainted: failed.untainted });
  const untainted = failed.untainted.filter((allocation) => !stopped.has(allocation));
  const migrate = tainted.migrate.filter((allocation) => !stopped.has(allocation));
  const updates = splitByUpdate(input, group, untainted);
  result.inPlace.push(...updates.inPlace);
  const desired = result.desired[group.name];
  if (desired) {
    desired.stop += stopped.size + tainted.lost.length;
    desired.ignore += updates.ignored.length;
    desired.inPlaceUpdate += updates.inPlace.length;
  }
  const existing = untainted.length + migrate.length + failed.now.length;
  const places = [
    ...failed.now.map((previous) => placeRequest(previous.name, group, { previous, isReschedule: true })),
    ...names.next(Math.max(0, group.count - existing)).map((name) => placeRequest(name, group)),
  ];
  return {
    untainted,
    migrate,
    lost: tainted.lost,
    rescheduleNow: failed.now,
    rescheduleLater: failed.later,
    inPlace: updates.inPlace,
    destructive: updates.destructive,
    places,
  };
}

function placeRequest(name: string, group: GroupSpec, more: Partial<PlaceRequest> = {}): PlaceRequest {
  return { name, group, previous: null, isReschedule: false, replaces: null, ...more };
}

function stopSurplus(
  { result }: GroupScope,
  set: {
    group: GroupSpec;
    names: NameIndex;
    untainted: readonly Allocation[];
    migrate: readonly Allocation[];
  },
): ReadonlySet<Allocation> {
  const surplus = set.untainted.length + set.migrate.length - set.group.count;
  const stopped = new Set<Allocation>();
  if (surplus <= 0) return stopped;
  const open = set.untainted.filter((allocation) => !isTerminal(allocation));
  const moving = set.migrate.slice(0, surplus);
  for (const allocation of moving) set.names.free(allocation.name);
  const highest = set.names.highest(surplus - moving.length);
  const named = open.filter((allocation) => highest.has(allocation.name));
  const others = open.filter((allocation) => !highest.has(allocation.name));
  for (const allocation of [...moving, ...named, ...others].slice(0, surplus)) {
    stopped.add(allocation);
    result.stops.push({ allocation, description: NOT_NEEDED, isLost: false });
  }
  return stopped;
}

function draftGroup(group: GroupSpec, work: Work): DeploymentGroup {
  return {
    autoRevert: group.update?.autoRevert ?? false,
    desiredTotal: work.destructive.length + work.inPlace.length + work.places.length,
    placed: 0,
    healthy: 0,
    unhealthy: 0,
    progressDeadlineMs: group.update?.progressDeadlineMs ?? 0,
    requireProgressByNs: null,
  };
}

/** How many may be replaced at once: what is not yet healthy counts, something unhealthy stops everything. */
function limitOf({ progress }: GroupScope, group: GroupSpec, work: Work): number {
  if (!group.update || work.destructive.length + work.migrate.length === 0) return group.count;
  const { current } = progress;
  const part = work.untainted.filter((allocation) => current && allocation.deploymentId === current.id);
  if (part.some((allocation) => allocation.deploymentStatus?.healthy === false)) return 0;
  const waiting = part.filter((allocation) => !allocation.deploymentStatus?.healthy).length;
  return Math.max(0, group.update.maxParallel - waiting);
}

function placeAndReplace(
  { result }: GroupScope,
  { group, work, limit }: { group: GroupSpec; work: Work; limit: number },
  desired: DesiredUpdates,
): void {
  desired.place += work.places.length;
  result.places.push(...work.places);
  for (const allocation of work.rescheduleNow) {
    result.stops.push({ allocation, description: RESCHEDULED, isLost: false });
  }
  desired.stop += work.rescheduleNow.length;
  const allowed = Math.min(work.destructive.length, Math.max(0, limit - work.places.length));
  desired.destructiveUpdate += allowed;
  desired.ignore += work.destructive.length - allowed;
  for (const allocation of byName(work.destructive).slice(0, allowed)) {
    result.places.push(placeRequest(allocation.name, group, { previous: allocation, replaces: allocation }));
  }
}

/** While a deployment is paused or has failed, only what was lost or had failed before it is replaced. */
function placeDespiteHold({ result, progress }: GroupScope, work: Work, desired: DesiredUpdates): void {
  const lost = work.places.slice(0, work.lost.length);
  result.places.push(...lost);
  desired.place += lost.length;
  for (const place of work.places) {
    const { previous } = place;
    const ofFailed = progress.current?.status === 'failed' && previous?.deploymentId === progress.current.id;
    if (!place.isReschedule || !previous || ofFailed || lost.includes(place)) continue;
    result.places.push(place);
    result.stops.push({ allocation: previous, description: RESCHEDULED, isLost: false });
    desired.place += 1;
    desired.stop += 1;
  }
  desired.ignore += work.destructive.length;
}

function moveAway({ result }: GroupScope, group: GroupSpec, migrate: readonly Allocation[]): void {
  for (const allocation of byName(migrate)) {
    result.stops.push({ allocation, description: MIGRATING, isLost: false });
    result.places.push(placeRequest(allocation.name, group, { previous: allocation }));
  }
}

function startDeployment(
  { input, result, progress }: GroupScope,
  { group, draft, work }: { group: GroupSpec; draft: DeploymentGroup; work: Work },
  all: readonly Allocation[],
): void {
  const { job } = input;
  const isUpdating = work.destructive.length > 0 || result.inPlace.length > 0;
  const hadRunning = all.some(
    ({ job: other }) => other.version === job.version && other.createIndex === job.createIndex,
  );
  if (!group.update || draft.desiredTotal === 0 || (hadRunning && !isUpdating)) return;
  const deployment = progress.current ?? newDeployment(job, input.newId());
  const withGroup = { ...deployment, groups: { ...deployment.groups, [group.name]: draft } };
  if (!progress.current || result.deployment) result.deployment = withGroup;
  progress.current = withGroup;
}

function newDeployment(job: Job, id: string): Deployment {
  return {
    id,
    namespace: job.spec.namespace,
    jobId: job.spec.id,
    jobVersion: job.version,
    jobModifyIndex: job.modifyIndex,
    jobSpecModifyIndex: job.jobModifyIndex,
    jobCreateIndex: job.createIndex,
    status: 'running',
    statusDescription: 'Deployment is running',
    groups: {},
    createIndex: 0,
    modifyIndex: 0,
  };
}

function isDone(work: Work): boolean {
  const open = [
    work.destructive,
    work.inPlace,
    work.places,
    work.migrate,
    work.rescheduleNow,
    work.rescheduleLater,
  ];
  return open.every((list) => list.length === 0);
}

function isHealthy(group: DeploymentGroup | undefined): boolean {
  return !group || group.healthy >= group.desiredTotal;
}

function byName(allocations: readonly Allocation[]): readonly Allocation[] {
  return allocations.toSorted((a, b) => (a.name === b.name ? 0 : a.name < b.name ? -1 : 1));
}
