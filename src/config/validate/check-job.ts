import type { GroupPolicy } from '../../domain/policy/group-policy.ts';
import { isScalable } from '../../domain/policy/scalable.ts';
import type { TreeNode } from '../tree.ts';
import type { Findings, Place } from './finding.ts';
import { type JudgedMeta, judgeMeta } from './judge-meta.ts';
import { type GroupSketch, type JobSketch, sketchApiJob, sketchJobs } from './job-sketch.ts';
import { GROUP_LAW } from './laws.ts';
import { metaOf } from './meta-entries.ts';
import { named } from './nodes.ts';

/** Checks the policies of a job file: HCL of either version, or JSON of the same form or of Nomad's API. */
export function checkJob(nodes: readonly TreeNode[], findings: Findings): void {
  const isApi = nodes.some(({ key }) => key === 'Job' || key === 'TaskGroups');
  const jobs = isApi ? [sketchApiJob(nodes)] : sketchJobs(nodes);
  for (const job of jobs) checkOneJob(job, findings);
  const isAlone = jobs.length === 0 && named(nodes, 'meta').length > 0;
  if (isAlone)
    judgeMeta(GROUP_LAW, metaOf(nodes, { key: 'meta', wantsText: false }, 1), { findings, of: '' });
  else if (jobs.length === 0) findings.add('fault', { line: 1 }, 'there is no job in it');
}

function checkOneJob(job: JobSketch, findings: Findings): void {
  for (const group of job.groups) checkGroup(job, group, findings);
  if (job.groups.length === 0) findings.add('notice', { line: job.line }, 'the job has no task group');
  for (const { key, line } of job.otherMeta.flatMap(({ entries }) => entries))
    if (GROUP_LAW.keys.some((row) => row.key === key))
      findings.add('warning', { line, key }, 'is not read here: a policy stands in the meta of a task group');
}

/** A group, what became of its meta, and where to tell of it. */
interface Judged {
  readonly job: JobSketch;
  readonly group: GroupSketch;
  readonly meta: JudgedMeta<GroupPolicy>;
  readonly policy: GroupPolicy;
  readonly warn: (severity: 'warning' | 'notice', at: Place, message: string) => void;
}

function checkGroup(job: JobSketch, group: GroupSketch, findings: Findings): void {
  const of = ` (task group ${job.name}/${group.name})`;
  const meta = judgeMeta(GROUP_LAW, group.meta, { findings, of });
  if (!group.meta.isWhole)
    findings.add('notice', { line: group.meta.line, key: 'meta' }, `${NOT_KNOWN}${of}`);
  if (meta.reading.kind !== 'policy') return;
  const judged: Judged = {
    job,
    group,
    meta,
    policy: meta.reading.policy,
    warn: (severity, at, message) => findings.add(severity, at, `${message}${of}`),
  };
  if (tellUnscaled(judged)) return;
  tellEffect(judged);
  tellCount(judged);
  tellUpdate(judged);
  tellScaling(judged);
}

const NOT_KNOWN = 'not looked at as a whole: it is not known before Nomad reads the file';

/** True for a job of a kind whose policies have no effect. */
function tellUnscaled({ job, warn }: Judged): boolean {
  const { type, typeLine, line } = job;
  if (type.kind === 'unknown' || isScalable({ ...job, type: type.value })) return false;
  const isKind = isScalable({ ...SCALABLE, type: type.value });
  const at = isKind ? { line } : { line: typeLine, key: 'type' };
  const what = isKind ? whyNot(job) : `a job of type ${type.value}`;
  warn('warning', at, `${what} is never scaled: the policy has no effect`);
  return true;
}

const SCALABLE = { stopped: false, periodic: false, parameterized: false, parentId: '' };

function whyNot({ periodic, parameterized, parentId }: JobSketch): string {
  if (periodic) return 'a periodic job';
  if (parameterized) return 'a parameterized job';
  return parentId === '' ? 'a stopped job' : 'a child of another job';
}

function tellEffect({ group, meta, policy, warn }: Judged): void {
  const key = 'replicator_enabled';
  if (policy.enabled || !meta.known(key)) return;
  const line = group.meta.entries.find((entry) => entry.key === key)?.line ?? group.meta.line;
  warn('notice', { line, key }, 'is false: the group is evaluated and reported, never scaled');
}

function tellCount({ group, meta, policy, warn }: Judged): void {
  const at = { line: group.countLine, key: 'count' };
  if (group.count.kind === 'unknown') return;
  const { value: count } = group.count;
  const { min, max } = policy;
  if (count === 0) warn('warning', at, 'is 0: Replicator never starts what is switched off');
  else if (count < min && meta.known('replicator_min'))
    warn('warning', at, `is ${count}, below replicator_min: ${actsAtOnce(policy)} to ${min}`);
  else if (count > max && meta.known('replicator_max'))
    warn('warning', at, `is ${count}, above replicator_max: ${actsAtOnce(policy)} to ${max}`);
}

function actsAtOnce({ enabled }: GroupPolicy): string {
  return enabled ? 'it is scaled at once' : 'once enabled, it is scaled';
}

/** Where a change makes no deployment the job is registered again, and nothing tells whether it is healthy. */
function tellUpdate({ job, group, warn }: Judged): void {
  if (job.type.kind === 'unknown' || job.type.value !== 'service') return;
  const at = { line: group.line, key: 'update' };
  const effect = 'the count is changed without a deployment, by registering the job again';
  if (group.maxParallel === undefined)
    warn('notice', at, `there is none: with Nomad before 0.10 ${effect}; later ones assume max_parallel = 1`);
  else if (group.maxParallel.kind === 'known' && group.maxParallel.value === 0)
    warn('warning', at, `max_parallel is 0: ${effect}`);
}

function tellScaling({ group: { scaling }, meta, policy, warn }: Judged): void {
  if (!scaling) return;
  const at = { line: scaling.line, key: 'scaling' };
  warn('notice', at, "is Nomad's own: what follows it (the Nomad Autoscaler) is at odds with Replicator");
  const { min = 0, max = Infinity } = scaling;
  if (policy.max > max && meta.known('replicator_max'))
    warn('warning', at, `max is ${max}: Nomad refuses what is above it; replicator_max is ${policy.max}`);
  if (policy.min < min && meta.known('replicator_min'))
    warn('warning', at, `min is ${min}: Nomad refuses what is below it; replicator_min is ${policy.min}`);
}
