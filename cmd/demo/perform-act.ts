import { resetByOperator } from '../../src/domain/failsafe.ts';
import { type Keys, keysBelow } from '../../src/domain/keys.ts';
import { decodeState, encodeState } from '../../src/domain/state-document.ts';
import type { Clock } from '../../src/ports/clock.ts';
import { changeCloud } from '../../src/simulator/aws/aws-controls.ts';
import type { CloudPools } from '../../src/simulator/aws/cloud-pools.ts';
import {
  asArray,
  asNumber,
  asObject,
  asText,
  type JsonObject,
  parseJson,
} from '../../src/simulator/json-text.ts';
import type { World } from '../../src/simulator/world/world.ts';
import type { CrewOrders } from './crew.ts';
import { type Act, readJob } from './scenario.ts';

/** What the acts of a script are done to. */
export interface Place {
  readonly clock: Clock;
  readonly world: World;
  /** The AWS of the world's pools. */
  readonly cloud: CloudPools | undefined;
  /** The agents, where they are a team. */
  readonly crew?: CrewOrders | undefined;
  readonly consulUrl: string;
}

/** The key root of an agent that is told none. */
export const KEY_ROOT = 'replicator/config';

/** Does one act. Rejects with a sentence where it cannot be done. */
export async function performAct(act: Act, place: Place): Promise<void> {
  const { world } = place;
  switch (act.kind) {
    case 'faults':
      return world.setFaults(act.faults);
    case 'deploy':
      return deploy(world, act);
    case 'reset-failsafe':
      return resetFailsafe(place, (keys) =>
        'pool' in act ? keys.poolState(act.pool) : keys.groupState(act.group),
      );
    case 'run':
      return run(world, act.job);
    case 'stop':
      return void world.jobs.deregister('default', act.job, true);
    case 'pool':
      return void changeCloud(cloudOf(place), 'pool', act.order);
    case 'terminate-detached':
      return terminateDetached(cloudOf(place), act.pool);
    case 'kill':
    case 'end':
    case 'start':
      return crewOf(place)[act.kind](act.agent);
  }
}

function crewOf({ crew }: Place): CrewOrders {
  if (!crew) throw new Error('there is no group of agents');
  return crew;
}

function cloudOf({ cloud }: Place): CloudPools {
  if (!cloud) throw new Error('there is no AWS');
  return cloud;
}

function run(world: World, job: JsonObject): void {
  const { spec, namespace, id, loads } = readJob(job);
  world.jobs.register(spec);
  for (const { group, load } of loads) world.statistics.setLoad({ namespace, jobId: id, group }, load);
}

function terminateDetached(cloud: CloudPools, name: string): void {
  const pool = cloud.pools().find((one) => one.name === name);
  const members = new Set(pool?.members.map(({ instanceId }) => instanceId));
  const detached = (pool?.instances ?? []).filter(({ id, state }) => state === 'running' && !members.has(id));
  const ids = detached.map(({ id }) => id);
  if (pool && ids.length > 0) cloud.cloud.terminate(pool.region, ids, 'operator');
}

function deploy(world: World, act: { readonly job: string; readonly image: string }): void {
  const job = world.store.job('default', act.job);
  if (job) world.jobs.register(withImage(job.spec.json, act.image));
}

function withImage(job: JsonObject, image: string): JsonObject {
  const withTasks = (group: JsonObject): JsonObject => ({
    ...group,
    Tasks: asArray(group['Tasks']).map((task) => ({
      ...asObject(task),
      Config: { ...asObject(asObject(task)['Config']), image },
    })),
  });
  return { ...job, TaskGroups: asArray(job['TaskGroups']).map((group) => withTasks(asObject(group))) };
}

/** As the operator's command does: the state without failures, written if nobody else has meanwhile. */
async function resetFailsafe({ consulUrl, clock }: Place, keyOf: (keys: Keys) => string): Promise<void> {
  const url = `${consulUrl}/v1/kv/${keyOf(keysBelow(KEY_ROOT))}`;
  const { text, index } = await readKey(url);
  const reading = decodeState(text);
  if (!reading.ok) throw new Error(reading.fault);
  const body = encodeState(resetByOperator(reading.state), clock.now());
  const written = await fetch(`${url}?cas=${index}`, { method: 'PUT', body });
  if ((await written.text()).trim() !== 'true') throw new Error('the state has changed meanwhile');
}

async function readKey(url: string): Promise<{ readonly text: string; readonly index: number }> {
  const read = await fetch(url);
  if (!read.ok) throw new Error(`there is no state (${read.status})`);
  const entry = asObject(asArray(parseJson(await read.text()))[0]);
  const text = Buffer.from(asText(entry['Value']), 'base64').toString('utf8');
  return { text, index: asNumber(entry['ModifyIndex']) };
}
