import type { TreeNode } from '../tree.ts';
import { API_FORM, HCL_FORM, type JobForm, textIn } from './job-form.ts';
import type { MetaSketch } from './meta-entries.ts';
import { type Block, blocksOf, type Known, named, scalarOf } from './nodes.ts';

/** What of a job file bears on its scaling, with the lines where it stands. */
export interface JobSketch {
  /** '' where it has none. */
  readonly name: string;
  readonly line: number;
  readonly type: Known<string>;
  readonly typeLine: number;
  readonly periodic: boolean;
  readonly parameterized: boolean;
  readonly stopped: boolean;
  readonly parentId: string;
  readonly groups: readonly GroupSketch[];
  /** The meta of the job itself and of its tasks, which no policy is read from. */
  readonly otherMeta: readonly MetaSketch[];
}

export interface GroupSketch {
  readonly name: string;
  readonly line: number;
  readonly count: Known<number>;
  readonly countLine: number;
  readonly meta: MetaSketch;
  /** `update.max_parallel`, that of the job included; undefined where there is no such block. */
  readonly maxParallel: Known<number> | undefined;
  /** Nomad's own block `scaling`, if it is not switched off. */
  readonly scaling: ScalingSketch | undefined;
}

/** Bounds that Nomad itself keeps; undefined where none is given or it is not known. */
export interface ScalingSketch {
  readonly line: number;
  readonly min: number | undefined;
  readonly max: number | undefined;
}

/** The jobs of a job file in HCL, or of JSON of the same form. */
export function sketchJobs(nodes: readonly TreeNode[]): readonly JobSketch[] {
  return blocksOf(nodes, 'job', 1).map((job) => sketchJob(HCL_FORM, job));
}

/** The job of a JSON document as Nomad's API and `nomad job inspect` give it, with or without `Job` around it. */
export function sketchApiJob(nodes: readonly TreeNode[]): JobSketch {
  const [job = { labels: [], members: nodes, line: 1 }] = blocksOf(nodes, 'Job', 0);
  const name = textIn(job.members, 'ID') || textIn(job.members, 'Name');
  return sketchJob(API_FORM, { ...job, labels: [name] });
}

const ONE: Known<number> = { kind: 'known', value: 1 };
const UNKNOWN = { kind: 'unknown' } as const;

function sketchJob(form: JobForm, { labels, members, line }: Block): JobSketch {
  const groups = form.groups(members);
  const tasks = [members, ...groups.map((group) => group.members)].flatMap(form.tasks);
  const isGiven = (key: string): boolean => named(members, key).some(({ value }) => value.kind !== 'null');
  return {
    name: labels[0] ?? '',
    line,
    type: typeOf(form, members),
    typeLine: lineOf(members, form.type, line),
    periodic: isGiven(form.periodic),
    parameterized: isGiven(form.parameterized) && textIn(members, 'Dispatched') !== 'true',
    stopped: textIn(members, 'Stop') === 'true',
    parentId: textIn(members, 'ParentID'),
    groups: groups.map((group) => sketchGroup(form, group, blocksOf(members, form.update, 0))),
    otherMeta: [{ members, line }, ...tasks].map((one) => form.meta(one.members, one.line)),
  };
}

function typeOf({ type }: JobForm, members: readonly TreeNode[]): Known<string> {
  const scalar = scalarOf(members, type) ?? { kind: 'known', value: 'service' };
  return scalar.kind === 'known' ? { kind: 'known', value: String(scalar.value) } : scalar;
}

function sketchGroup(form: JobForm, { labels, members, line }: Block, ofJob: readonly Block[]): GroupSketch {
  const update = [...blocksOf(members, form.update, 0), ...ofJob];
  const parallel = update.map((block) => numberOf(block.members, form.maxParallel)).find(Boolean) ?? ONE;
  return {
    name: labels[0] ?? '',
    line,
    count: numberOf(members, form.count) ?? ONE,
    countLine: lineOf(members, form.count, line),
    meta: form.meta(members, line),
    maxParallel: update.length === 0 ? undefined : parallel,
    scaling: blocksOf(members, form.scaling, 0).flatMap((block) => scalingOf(form, block))[0],
  };
}

function scalingOf(form: JobForm, { members, line }: Block): readonly ScalingSketch[] {
  if (textIn(members, form.enabled) === 'false') return [];
  const bound = (key: string): number | undefined => {
    const number = numberOf(members, key);
    return number?.kind === 'known' ? number.value : undefined;
  };
  return [{ line, min: bound(form.min), max: bound(form.max) }];
}

function numberOf(members: readonly TreeNode[], key: string): Known<number> | undefined {
  const scalar = scalarOf(members, key);
  if (scalar?.kind !== 'known') return scalar;
  const value = Number(scalar.value);
  return Number.isFinite(value) ? { kind: 'known', value } : UNKNOWN;
}

function lineOf(members: readonly TreeNode[], key: string, otherwise: number): number {
  return named(members, key).at(-1)?.line ?? otherwise;
}
