import type { PoolSnapshot } from '../pool-snapshot.ts';
import type { GroupRef, JobRef, PlacementNeeds } from '../snapshot.ts';
import { compileNeeds, type NeedsTest } from './needs.ts';

/** A group as far as it is known: one value for each group, so that equal groups are the same value. */
export interface KnownGroup {
  readonly ref: GroupRef;
  /** One value for each job, so that groups of one job have the same. */
  readonly job: JobRef;
  /** Undefined where the group could not be read. */
  readonly needs: PlacementNeeds | undefined;
  readonly test: NeedsTest | undefined;
}

/** Looks groups up, each once. */
export type GroupBook = (ref: GroupRef) => KnownGroup;

interface JobPage {
  readonly job: JobRef;
  readonly groups: Map<string, KnownGroup>;
}

/** An empty book over what is known of groups. */
export function openGroupBook(groupFacts: PoolSnapshot['groupFacts']): GroupBook {
  const namespaces = new Map<string, Map<string, JobPage>>();
  return (ref) => {
    const jobs = entry(namespaces, ref.namespace, () => new Map<string, JobPage>());
    const page = entry(jobs, ref.jobId, () => ({ job: jobOf(ref), groups: new Map<string, KnownGroup>() }));
    return entry(page.groups, ref.group, () => read(ref, page.job, groupFacts));
  };
}

function read(
  { namespace, jobId, group }: GroupRef,
  job: JobRef,
  groupFacts: PoolSnapshot['groupFacts'],
): KnownGroup {
  const ref = { namespace, jobId, group };
  const needs = groupFacts(ref)?.needs;
  return { ref, job, needs, test: needs && compileNeeds(needs) };
}

function jobOf({ namespace, jobId }: GroupRef): JobRef {
  return { namespace, jobId };
}

function entry<T>(map: Map<string, T>, key: string, make: () => T): T {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
