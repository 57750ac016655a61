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
export const STEADY_CLOUD: CloudTiming = {
  reactMs: [2_000, 2_000],
  launchMs: [20_000, 20_000],
  bootMs: [30_000, 30_000],
  detachMs: [8_000, 8_000],
  terminateMs: [25_000, 25_000],
  healthCheckMs: [60_000, 60_000],
  retryMs: [40_000, 40_000],
  rebalanceMs: [45_000, 45_000],
};

/** The adapter of production over a face; only sockets and time are in memory. */
export function providerOver(
  face: Face,
  { clock, activity }: { readonly clock: Clock; readonly activity: () => void },
): AwsProvider {
  const requestHandler = sdkHandlerFor(face, { activity });
  return createScalingProvider({ clock, writeAgent: createWriteAgent, requestHandler });
}

/** Writes what AWS does by itself into the transcript, and how nodes come and go. */
export function narrateCloud(world: World, { cloud }: CloudPools, transcript: Transcript): void {
  cloud.state.onEvent((event) => {
    const sentence = sentenceOf(event);
    if (sentence !== undefined) transcript.add('aws', sentence);
  });
  world.store.onChange((changes) => {
    for (const change of changes) {
      const sentence = nodeSentence(change);
      if (sentence !== undefined) transcript.add('nomad', sentence);
    }
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

/** The face of AWS, with every mutating call told and kept; `path` of what is kept is the action. */
export function recordAws(
  face: Face,
  of: {
    readonly who: string;
    readonly clock: Clock;
    readonly transcript: Transcript;
    readonly kept: ServedWrite[];
  },
): Face {
  const { who, clock, transcript, kept } = of;
  const record = async (request: FaceRequest): Promise<FaceResponse> => {
    const atMs = clock.monotonicMs();
    const { method, body } = request;
    const fields = new URLSearchParams(body);
    const answer = await face.handle(request);
    const code = /<Code>(.*?)<\/Code>/.exec(answer.body)?.[1] ?? '';
    kept.push({ atMs, who, method, path: actionOf(fields), body, status: answer.status });
    const outcome = answer.status === 200 ? 'accepted' : `refused: ${answer.status} ${code}`;
    transcript.add('aws', `${who} ${describe(fields)}: ${outcome}`);
    return answer;
  };
  return { handle: (request) => (isRead(request) ? face.handle(request) : record(request)) };
}

function actionOf(fields: URLSearchParams): string {
  return fields.get('Action') ?? '';
}

function isRead({ body }: FaceRequest): boolean {
  return actionOf(new URLSearchParams(body)).startsWith('Describe');
}

function describe(fields: URLSearchParams): string {
  const pool = fields.get('AutoScalingGroupName') ?? '';
  const ids = [...fields].filter(([key]) => /^InstanceIds?\./.test(key)).map(([, value]) => value);
  switch (actionOf(fields)) {
    case 'UpdateAutoScalingGroup':
      return `sets ${pool} to ${fields.get('DesiredCapacity') ?? 'nothing'}`;
    case 'DetachInstances':
      return `detaches ${ids.join(', ')} from ${pool}`;
    case 'TerminateInstances':
      return `terminates ${ids.join(', ')}`;
    default:
      return `calls ${actionOf(fields)}`;
  }
}
