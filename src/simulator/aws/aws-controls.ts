import { checked, jsonAnswer, plainAnswer } from '../control-parts.ts';
import { asText } from '../json-text.ts';
import { Refusal } from '../world/refusal.ts';
import { CloudRefusal } from './cloud-refusal.ts';
import { readCloudFaults, readPoolOrder, readStray } from './knob-reader.ts';
import { groupKey } from './types.ts';
import type { FaceResponse } from '../face.ts';
import type { JsonObject } from '../json-text.ts';
import type { CloudPools } from './cloud-pools.ts';
import type { PoolOrder } from './knob-reader.ts';
import type { CloudGroup } from './types.ts';

/** An operator at AWS's console, in the log of changes. */
const OPERATOR = 'operator';

/** The controls of the cloud: `PUT aws`, `pool`, `instance`; undefined for any other name. */
export function changeCloud(pools: CloudPools, name: string, body: JsonObject): FaceResponse | undefined {
  try {
    switch (name) {
      case 'aws':
        pools.cloud.faults = { ...pools.cloud.faults, ...checked(body, readCloudFaults) };
        return plainAnswer(pools.cloud.faults);
      case 'pool':
        return orderPool(pools, checked(body, readPoolOrder));
      case 'instance':
        return changeInstance(pools, body);
      default:
        return undefined;
    }
  } catch (error) {
    if (error instanceof CloudRefusal) throw new Refusal(error.status, error.message);
    throw error;
  }
}

/** What can be read of the cloud: `GET aws`, `aws-history`; undefined for any other name. */
export function readCloud(
  { cloud }: CloudPools,
  name: string,
  query: URLSearchParams,
): FaceResponse | undefined {
  switch (name) {
    case 'aws':
      return plainAnswer(cloud.faults);
    case 'aws-history': {
      const since = Number(query.get('since') ?? 0);
      return plainAnswer(cloud.state.history.filter(({ seq }) => seq > since));
    }
    default:
      return undefined;
  }
}

function orderPool({ cloud, clients }: CloudPools, order: PoolOrder): FaceResponse {
  const group = cloud.state.allGroups().find(({ name }) => name === order.name);
  if (!group) throw new Refusal(404, `no such pool: ${order.name}`);
  const key = groupKey(group);
  const { failLaunches, launchFailure, timing, suspended, protectsNew, update } = order;
  const known = cloud.context.settings.get(key);
  cloud.configure(key, {
    ...(failLaunches === undefined ? {} : { failLaunches }),
    ...(launchFailure === undefined ? {} : { launchFailure }),
    ...(known ? { timing: { ...known.timing, ...timing } } : {}),
  });
  if (clients.has(order.name)) orderClients(clients.manners(order.name), order);
  if (protectsNew !== undefined) cloud.protect(key, protectsNew);
  if (Object.keys(update).length > 0) cloud.update(key, update, OPERATOR);
  if (suspended !== undefined) cloud.suspend(key, suspended);
  return jsonAnswer({ ok: true });
}

function orderClients(
  manners: ReturnType<CloudPools['clients']['manners']>,
  { joins, nextJoins, timing }: PoolOrder,
): void {
  if (joins !== undefined) manners.joins = joins;
  if (nextJoins !== undefined) manners.nextJoins = nextJoins;
  if (timing.bootMs !== undefined) manners.bootMs = timing.bootMs;
}

const ACTIONS = 'add, terminate, detach, protect, unprotect, standby, in-service';

function changeInstance({ cloud }: CloudPools, body: JsonObject): FaceResponse {
  const { action, ...rest } = body;
  if (action === 'add') {
    const { id, addresses } = cloud.addInstance(checked(rest, readStray));
    return jsonAnswer({ id, addresses });
  }
  const id = asText(rest['id']);
  const instance = cloud.state.instance(id);
  if (!instance) throw new Refusal(404, `no such instance: ${id}`);
  if (action === 'terminate') {
    cloud.terminate(instance.region, [id], OPERATOR);
    return jsonAnswer({ id });
  }
  const group = cloud.state.allGroups().find(({ members }) => members.some((one) => one.instanceId === id));
  if (!group) throw new Refusal(404, `${id} is in no group`);
  changeMember({ cloud, group, id }, asText(action));
  return jsonAnswer({ id });
}

function changeMember(
  {
    cloud,
    group,
    id,
  }: { readonly cloud: CloudPools['cloud']; readonly group: CloudGroup; readonly id: string },
  action: string,
): void {
  const key = groupKey(group);
  switch (action) {
    case 'detach':
      cloud.detach(key, [id], { decrement: true, by: OPERATOR });
      break;
    case 'protect':
    case 'unprotect':
      cloud.protect(key, action === 'protect', id);
      break;
    case 'standby':
    case 'in-service':
      cloud.setStandby(key, id, action === 'standby');
      break;
    default:
      throw new Refusal(400, `action must be one of ${ACTIONS}`);
  }
}
