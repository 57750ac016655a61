import { textReply } from './reply.ts';
import type { FaceRequest, FaceResponse } from '../face.ts';
import type { World } from '../world/world.ts';

const LEADER_WAIT_MS: readonly [number, number] = [5000, 5300];
const TOO_MANY = 'Your IP is issuing too many concurrent connections, please rate limit your calls\n';

/** Paths that a server answers without a leader. */
const LOCAL = /^\/v1\/(?:agent\/|regions$|client\/|event\/)/;

/** What is wrong with the servers comes before the request is looked at: the answer, or undefined to go on. */
export async function faultBefore(world: World, request: FaceRequest): Promise<FaceResponse | undefined> {
  const { faults } = world;
  const { random } = world.context;
  const latencyMs = faults.latencyMs[1] > 0 ? random.between(faults.latencyMs) : 0;
  if (latencyMs > 0) await wait(world, latencyMs);
  if (faults.throttled > 0 && random.next() < faults.throttled) return textReply(429, TOO_MANY);
  const { response } = faults;
  if (response && request.path.startsWith(response.path ?? '/') && random.next() < (response.fraction ?? 1)) {
    return textReply(response.status, response.body);
  }
  return leaderFault(world, request);
}

/** Without a leader only what is local and stale reads are answered; the rest is retried for a while first. */
async function leaderFault(world: World, request: FaceRequest): Promise<FaceResponse | undefined> {
  if (world.faults.hasLeader || LOCAL.test(request.path)) return undefined;
  const isStaleRead = request.method === 'GET' && request.query.has('stale');
  if (isStaleRead && !request.path.startsWith('/v1/status/')) return undefined;
  await wait(world, world.context.random.between(LEADER_WAIT_MS));
  return world.faults.hasLeader ? undefined : textReply(500, 'No cluster leader');
}

function wait({ clock }: World, ms: number): Promise<void> {
  return new Promise((resolve) => {
    clock.after(ms, resolve);
  });
}
