import type { Face, FaceRequest, FaceResponse } from '../../src/simulator/face.ts';
import type { Change } from '../../src/simulator/world/store.ts';
import type { World } from '../../src/simulator/world/world.ts';
import type { Transcript } from './virtual-transcript.ts';

/** A mutating request to Nomad, as it was served. */
export interface ServedWrite {
  readonly atMs: number;
  readonly who: string;
  readonly method: string;
  /** Decoded, without query. */
  readonly path: string;
  readonly body: string;
  readonly status: number;
}

/** Writes what the scheduler does into the transcript: deployments' statuses, evaluations without room. */
export function narrateWorld(world: World, transcript: Transcript): void {
  world.store.onChange((changes) => {
    for (const change of changes) {
      const sentence = sentenceOf(change);
      if (sentence !== undefined) transcript.add('nomad', sentence);
    }
  });
}

function sentenceOf(change: Change): string | undefined {
  if (change.table === 'deployments' && change.after && change.after.status !== change.before?.status) {
    const { status, statusDescription } = change.after;
    return `deployment of ${nameOf(change.after)} is ${status}: ${statusDescription}`;
  }
  if (change.table !== 'evaluations') return undefined;
  const [before, after] = [change.before?.status, change.after?.status];
  const row = change.after ?? change.before;
  const job = row ? nameOf(row) : '';
  if (after === 'blocked' && before !== 'blocked') return `no room for ${job}: an evaluation is blocked`;
  if (before === 'blocked' && after !== 'blocked') return `the blocked evaluation of ${job} is ${after}`;
  return undefined;
}

function nameOf({ namespace, jobId }: { readonly namespace: string; readonly jobId: string }): string {
  return namespace === 'default' ? jobId : `${namespace}:${jobId}`;
}

/** The face, with every mutating request told and kept. */
export function recordWrites(
  face: Face,
  of: {
    readonly who: string;
    readonly world: World;
    readonly transcript: Transcript;
    readonly kept: ServedWrite[];
  },
): Face {
  const record = async (request: FaceRequest): Promise<FaceResponse> => {
    const [path, atMs] = [decodeURIComponent(request.path), of.world.clock.monotonicMs()];
    const what = describe(of.world, path, request);
    const answer = await face.handle(request);
    const outcome =
      answer.status === 200 ? 'accepted' : `refused: ${answer.status} ${answer.body.trim().split('\n')[0]}`;
    if (what !== undefined) of.transcript.add('nomad', `${of.who} ${what}: ${outcome}`);
    const { method, body } = request;
    of.kept.push({ atMs, who: of.who, method, path, body, status: answer.status });
    return answer;
  };
  return { handle: (request) => (request.method === 'GET' ? face.handle(request) : record(request)) };
}

/** Undefined for a scaling event that changes no count: it repeats what was told already. */
function describe(world: World, path: string, { method, query, body }: FaceRequest): string | undefined {
  const namespace = query.get('namespace') ?? 'default';
  const named = (jobId: string): string => nameOf({ namespace, jobId });
  const scaled = /^\/v1\/job\/(.+)\/scale$/.exec(path);
  if (scaled) {
    const { Count, Target } = JSON.parse(body) as { Count?: number; Target: { Group: string } };
    return Count === undefined ? undefined : `sets ${named(scaled[1] ?? '')}/${Target.Group} to ${Count}`;
  }
  if (path === '/v1/jobs') return describeRegister(body);
  const changed = /^\/v1\/deployment\/(fail|pause)\/(.+)$/.exec(path);
  if (changed) {
    const deployment = world.store.tables.deployments.get(changed[2] ?? '');
    const doing = body.includes('"Pause":false') ? 'resume' : changed[1];
    return `${doing}s the deployment of ${deployment ? nameOf(deployment) : 'no job'}`;
  }
  const node = /^\/v1\/node\/([^/]+)\/(?:drain|eligibility)$/.exec(path)?.[1];
  if (node !== undefined) return describeNode(world, node, body);
  if (method === 'DELETE') {
    return `${query.get('purge') === 'true' ? 'purges' : 'stops'} ${named(path.slice('/v1/job/'.length))}`;
  }
  return `${method} ${path}`;
}

function describeNode(world: World, id: string, body: string): string {
  const name = world.store.tables.nodes.get(id)?.name ?? 'no node';
  if (/"DrainSpec":\{/.test(body)) return `drains ${name}`;
  return `makes ${name} ${/"MarkEligible":true|"eligible"/.test(body) ? 'eligible' : 'ineligible'}`;
}

interface SentJob {
  readonly ID: string;
  readonly Namespace?: string;
  readonly TaskGroups: readonly { readonly Name: string; readonly Count: number }[];
}

function describeRegister(body: string): string {
  const sent = JSON.parse(body) as { Job: SentJob; EnforceIndex?: boolean };
  const { ID, Namespace = 'default', TaskGroups } = sent.Job;
  const groups = TaskGroups.map((group) => `${group.Name} ${group.Count}`).join(', ');
  return `registers ${nameOf({ namespace: Namespace, jobId: ID })} (${groups})${sent.EnforceIndex === true ? ' with its index' : ''}`;
}
