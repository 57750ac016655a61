import { isMutating, type Passage, pathOf, queryOf } from './passage.ts';

/** What a mutating request to Nomad or AWS asks for. */
export type RequestKind =
  'count' | 'event' | 'fail-deployment' | 'drain' | 'undrain' | 'set-desired' | 'detach' | 'terminate';

/** Kinds as a run counts them. */
export const REQUEST_GROUPS = ['count', 'set desired', 'drain/undrain', 'detach', 'terminate'] as const;
export type RequestGroup = (typeof REQUEST_GROUPS)[number];

/** A mutating request, read. */
export interface Mutation {
  readonly passage: Passage;
  readonly kind: RequestKind;
  /** The task group a count is of, as in the path of its state: `jobs/web/api`. '' for the other kinds. */
  readonly group: string;
  /** The count or capacity asked for; −1 for the other kinds. */
  readonly count: number;
  /** Deployment, node, instance or Auto Scaling group it is about; '' for counts. */
  readonly target: string;
}

/** The path of a task group below `state/` and `operations/`. */
export function groupPath(namespace: string, jobId: string, group: string): string {
  const path = `jobs/${jobId}/${group}`;
  return namespace === 'default' || namespace === '' ? path : `namespaces/${namespace}/${path}`;
}

/** Reads a mutating request to Nomad or AWS; undefined for everything else. Throws for one that nobody knows. */
export function readMutation(passage: Passage): Mutation | undefined {
  if (passage.server === 'consul' || !isMutating(passage)) return undefined;
  return passage.server === 'aws' ? readAws(passage) : readNomad(passage);
}

/** The group of requests that a kind is counted with; undefined: not counted. */
export function groupOfKind(kind: RequestKind): RequestGroup | undefined {
  switch (kind) {
    case 'count':
    case 'fail-deployment':
      return 'count';
    case 'set-desired':
      return 'set desired';
    case 'drain':
    case 'undrain':
      return 'drain/undrain';
    case 'detach':
      return 'detach';
    case 'terminate':
      return 'terminate';
    case 'event':
      return undefined;
  }
}

interface JobBody {
  readonly ID: string;
  readonly Namespace?: string;
  readonly TaskGroups: readonly { readonly Name: string; readonly Count: number }[];
}

function readNomad(passage: Passage): Mutation {
  const path = decodeURIComponent(pathOf(passage));
  const scaled = /^\/v1\/job\/(.+)\/scale$/.exec(path);
  const node = /^\/v1\/node\/([^/]+)\/drain$/.exec(path);
  const failed = /^\/v1\/deployment\/fail\/(.+)$/.exec(path);
  const base = { passage, group: '', count: -1, target: '' };
  if (path === '/v1/jobs') return { ...base, ...readRegister(passage) };
  if (scaled) return { ...base, ...readScale(passage, scaled[1] ?? '') };
  if (failed) return { ...base, kind: 'fail-deployment', target: failed[1] ?? '' };
  if (node) {
    const body = JSON.parse(passage.body) as { readonly DrainSpec?: object | null };
    return { ...base, kind: body.DrainSpec ? 'drain' : 'undrain', target: node[1] ?? '' };
  }
  throw new Error(`a mutating request that no agent may send: ${passage.method} ${passage.path}`);
}

function readRegister(passage: Passage): Pick<Mutation, 'kind' | 'group' | 'count'> {
  const { Job: job } = JSON.parse(passage.body) as { readonly Job: JobBody };
  const [group] = job.TaskGroups;
  const namespace = job.Namespace ?? queryOf(passage, 'namespace');
  return {
    kind: 'count',
    group: groupPath(namespace, job.ID, group?.Name ?? ''),
    count: group?.Count ?? -1,
  };
}

function readScale(passage: Passage, jobId: string): Pick<Mutation, 'kind' | 'group' | 'count'> {
  const body = JSON.parse(passage.body) as {
    readonly Count?: number;
    readonly Target: { readonly Group: string };
  };
  const group = groupPath(queryOf(passage, 'namespace'), jobId, body.Target.Group);
  return { kind: body.Count === undefined ? 'event' : 'count', group, count: body.Count ?? -1 };
}

function readAws(passage: Passage): Mutation {
  const form = new URLSearchParams(passage.body);
  const text = (name: string): string => form.get(name) ?? '';
  const base = { passage, group: '', count: -1 };
  switch (text('Action')) {
    case 'UpdateAutoScalingGroup':
      return {
        ...base,
        kind: 'set-desired',
        target: text('AutoScalingGroupName'),
        count: Number(text('DesiredCapacity')),
      };
    case 'DetachInstances':
      return { ...base, kind: 'detach', target: text('InstanceIds.member.1') };
    case 'TerminateInstances':
      return { ...base, kind: 'terminate', target: text('InstanceId.1') };
    default:
      throw new Error(`a mutating call that no agent may make: ${text('Action')}`);
  }
}
