import type { TreeNode } from '../tree.ts';
import { type MetaSketch, metaOf } from './meta-entries.ts';
import { type Block, blocksOf, scalarOf } from './nodes.ts';

/** How a kind of job document names what bears on scaling, and where its groups and tasks are. */
export interface JobForm {
  readonly type: string;
  readonly count: string;
  readonly update: string;
  readonly maxParallel: string;
  readonly scaling: string;
  readonly enabled: string;
  readonly min: string;
  readonly max: string;
  readonly periodic: string;
  readonly parameterized: string;
  /** The task groups of a job, the name as their one label. */
  readonly groups: (job: readonly TreeNode[]) => readonly Block[];
  readonly tasks: (members: readonly TreeNode[]) => readonly Block[];
  readonly meta: (members: readonly TreeNode[], line: number) => MetaSketch;
}

/** A job file in HCL. */
export const HCL_FORM: JobForm = {
  type: 'type',
  count: 'count',
  update: 'update',
  maxParallel: 'max_parallel',
  scaling: 'scaling',
  enabled: 'enabled',
  min: 'min',
  max: 'max',
  periodic: 'periodic',
  parameterized: 'parameterized',
  groups: (job) => [...blocksOf(job, 'group', 1), ...dynamicGroups(job)],
  tasks: (members) => blocksOf(members, 'task', 1),
  meta: (members, line) => metaOf(members, { key: 'meta', wantsText: false }, line),
};

/** `dynamic "group"`: what stands in its content goes for every group that is made of it. */
function dynamicGroups(job: readonly TreeNode[]): readonly Block[] {
  return blocksOf(job, 'dynamic', 1)
    .filter(({ labels }) => labels[0] === 'group')
    .flatMap(({ members }) => blocksOf(members, 'content', 0))
    .map((content) => ({ ...content, labels: ['(dynamic)'] }));
}

/** The JSON of Nomad's API. */
export const API_FORM: JobForm = {
  type: 'Type',
  count: 'Count',
  update: 'Update',
  maxParallel: 'MaxParallel',
  scaling: 'Scaling',
  enabled: 'Enabled',
  min: 'Min',
  max: 'Max',
  periodic: 'Periodic',
  parameterized: 'ParameterizedJob',
  groups: (job) =>
    blocksOf(job, 'TaskGroups', 0).map((group) => ({ ...group, labels: [textIn(group.members, 'Name')] })),
  tasks: (members) => blocksOf(members, 'Tasks', 0),
  meta: (members, line) => metaOf(members, { key: 'Meta', wantsText: true }, line),
};

/** The text with that key; '' where there is none. */
export function textIn(members: readonly TreeNode[], key: string): string {
  const scalar = scalarOf(members, key);
  return scalar?.kind === 'known' ? String(scalar.value) : '';
}
