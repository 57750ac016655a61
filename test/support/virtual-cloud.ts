import { createScalingProvider } from '../../src/adapters/aws/provider.ts';
import type { AwsProvider } from '../../src/adapters/aws/provider.ts';
import { createWriteAgent } from '../../src/adapters/system/write-agent.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { CloudEvent } from '../../src/simulator/aws/cloud-state.ts';
import type { CloudPools } from '../../src/simulator/aws/cloud-pools.ts';
import type { CloudTiming } from '../../src/simulator/aws/cloud-timing.ts';
import type { Face, FaceRequest, FaceResponse } from '../../src/simulator/face.ts';
import { sdkHandlerFor } from '../../src/simulator/in-memory.ts';
import type { Change } from '../../src/simulator/world/store.ts';
import type { Node } from '../../src/simulator/world/types.ts';
import type { World } from '../../src/simulator/world/world.ts';
import type { ServedWrite } from './virtual-servers.ts';
import type { Transcript } from './virtual-transcript.ts';

/** In groups, too, everything takes the same time each time. */
export const STEADY_POOL: CloudTiming = {
  reactMs: [2_000, 2_000],
  launchMs: [20_000, 20_000],
  bootMs: [30_000, 30_000],
  detachMs: [8_000, 8_000],
  terminateMs: [25_000, 25_000],
  healthCheckMs: [60_000, 60_000],
  retryMs: [40_000, 40_000],
  rebalanceMs: [45_000, 45_000],
};

/** The same. */
export const STEADY_CLOUD = STEADY_POOL;

/** A mutating call to AWS, as it was served. */
export interface ServedCall {
  readonly atMs: number;
  readonly who: string;
  readonly action: string;
  readonly region: string;
  /** The group; '' for a call of EC2. */
  readonly pool: string;
  readonly instanceIds: readonly string[];
  readonly desired: number | undefined;
  readonly status: number;
  /** The error's code; '' for none. */
  readonly code: string;
}

/** The adapter of production over a face; only sockets and time are in memory. */
export function providerOver(
  face: Face,
  { clock, activity }: { readonly clock: Clock; readonly activity: () => void },
): AwsProvider {
  const requestHandler = sdkHandlerFor(face, { activity });
  return createScalingProvider({ clock, writeAgent: createWriteAgent, requestHandler });
}

/** Writes what AWS does by itself into the transcript, and how nodes come and go. */
export function narratePools(world: World, pools: CloudPools, transcript: Transcript): void {
  narrateCloud(pools, transcript);
  world.store.onChange((changes) => {
    for (const change of changes) {
      const sentence = nodeSentence(change);
      if (sentence !== undefined) transcript.add('nomad', sentence);
    }
  });
}

/** Writes what AWS does by itself into the transcript. */
export function narrateCloud({ cloud }: CloudPools, transcript: Transcript): void {
  cloud.state.onEvent((event) => {
    const sentence = sentenceOf(event);
    if (sentence !== undefined) transcript.add('aws', sentence);
  });
}

/** Undefined for what a call does at once: the call is told already. */
function sentenceOf(event: CloudEvent): string | undefined {
  switch (event.kind) {
    case 'desired':
      return CALLS.includes(event.by)
        ? undefined
        : `${event.group} is to have ${event.to} instances, not ${event.from} (${event.by})`;
    case 'member':
      return memberSentence(event.group, event.instanceId, event.lifecycle);
    case 'instance':
      return event.state === 'terminated' ? `${event.instanceId} is terminated` : undefined;
    case 'activity': {
      const { status, message } = event.activity;
      return status === 'Failed' ? `${event.group}: ${message}` : undefined;
    }
  }
}

const CALLS = ['UpdateAutoScalingGroup', 'DetachInstances'];

function memberSentence(group: string, id: string, lifecycle: string): string | undefined {
  if (lifecycle === 'gone') return `${id} has left ${group}`;
  return lifecycle === 'Detaching' ? undefined : `${id} of ${group} is ${lifecycle}`;
}

function nodeSentence(change: Change): string | undefined {
  if (change.table !== 'nodes') return undefined;
  const { before, after } = change;
  if (!after) return before && `node ${before.name} is forgotten`;
  if (!before) return `node ${after.name} has joined at ${after.address}`;
  const [was, is] = [stateOf(before), stateOf(after)];
  return was === is ? undefined : `node ${after.name} is ${is}`;
}

function stateOf(node: Node): string {
  const eligibility = node.eligible ? 'eligible' : 'ineligible';
  return `${node.status}, ${node.drain ? 'draining' : eligibility}`;
}

/** The face of AWS, with every mutating call told and kept. */
export function recordCalls(
  face: Face,
  of: {
    readonly who: string;
    readonly world: World;
    readonly transcript: Transcript;
    readonly kept: ServedCall[];
  },
): Face {
  const { who, kept, transcript, world } = of;
  return recorded(face, { who, transcript, clock: world.clock }, (request, served) => {
    kept.push({ ...readCall(request), ...served });
  });
}

/** The same; `path` of what is kept is the action. */
export function recordAws(
  face: Face,
  of: {
    readonly who: string;
    readonly clock: Clock;
    readonly transcript: Transcript;
    readonly kept: ServedWrite[];
  },
): Face {
  return recorded(face, of, ({ method, body }, { atMs, who, status }) => {
    of.kept.push({ atMs, who, method, path: new URLSearchParams(body).get('Action') ?? '', body, status });
  });
}

function recorded(
  face: Face,
  of: { readonly who: string; readonly clock: Clock; readonly transcript: Transcript },
  keep: (request: FaceRequest, served: Pick<ServedCall, 'atMs' | 'who' | 'status' | 'code'>) => void,
): Face {
  const record = async (request: FaceRequest): Promise<FaceResponse> => {
    const atMs = of.clock.monotonicMs();
    const answer = await face.handle(request);
    const code = /<Code>(.*?)<\/Code>/.exec(answer.body)?.[1] ?? '';
    keep(request, { atMs, who: of.who, status: answer.status, code });
    const outcome = answer.status === 200 ? 'accepted' : `refused: ${answer.status} ${code}`;
    of.transcript.add('aws', `${of.who} ${describe(readCall(request))}: ${outcome}`);
    return answer;
  };
  return { handle: (request) => (isMutating(request) ? record(request) : face.handle(request)) };
}

type CallParts = Pick<ServedCall, 'action' | 'region' | 'pool' | 'instanceIds' | 'desired'>;

function readCall({ body, headers }: FaceRequest): CallParts {
  const fields = new URLSearchParams(body);
  const scope = /Credential=[^/]+\/\d+\/([^/]+)\//.exec(headers['authorization'] ?? '');
  const desired = fields.get('DesiredCapacity');
  return {
    action: fields.get('Action') ?? '',
    region: scope?.[1] ?? '',
    pool: fields.get('AutoScalingGroupName') ?? '',
    instanceIds: [...fields].flatMap(([key, value]) => (/^InstanceIds?\./.test(key) ? [value] : [])),
    desired: desired === null ? undefined : Number(desired),
  };
}

/** True for every call but Describe*. */
export function isMutating({ body }: FaceRequest): boolean {
  return !(new URLSearchParams(body).get('Action') ?? '').startsWith('Describe');
}

function describe({ action, pool, instanceIds, desired }: CallParts): string {
  const ids = instanceIds.join(', ');
  switch (action) {
    case 'UpdateAutoScalingGroup':
      return `sets ${pool} to ${desired}`;
    case 'DetachInstances':
      return `detaches ${ids} from ${pool}`;
    case 'TerminateInstances':
      return `terminates ${ids}`;
    default:
      return `calls ${action}`;
  }
}
