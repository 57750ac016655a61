import type { Resources } from '../../src/domain/resources.ts';
import type { CloudPools } from '../../src/simulator/aws/cloud-pools.ts';
import { poolsView } from '../../src/simulator/aws/pools-view.ts';
import {
  asArray,
  asBoolean,
  asNumber,
  asObject,
  asText,
  isObject,
  type Json,
} from '../../src/simulator/json-text.ts';
import type { World } from '../../src/simulator/world/world.ts';

/** A pool as the world has it. */
export interface WorldPool {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly desired: number;
  /** Those that have not ended, oldest first. */
  readonly instances: readonly WorldInstance[];
}

export interface WorldInstance {
  readonly id: string;
  /** EC2's word. */
  readonly state: string;
  /** The group's word; '' when it is in no group. */
  readonly lifecycle: string;
  readonly node: WorldNode | undefined;
}

export interface WorldNode {
  readonly name: string;
  readonly status: string;
  readonly isEligible: boolean;
  readonly isDraining: boolean;
  readonly capacity: Resources;
  readonly used: Resources;
}

/** Reads what the world tells about its pools. */
export function readWorldPools(world: World, cloud: CloudPools): readonly WorldPool[] {
  return poolsView(world, cloud.clients, cloud.pools()).map((value) => {
    const view = asObject(value);
    const instances = asArray(view['instances']).map((one) => readInstance(one));
    return {
      name: asText(view['name']),
      min: asNumber(view['min']),
      max: asNumber(view['max']),
      desired: asNumber(view['desired']),
      instances: instances.filter(({ state }) => state !== 'terminated'),
    };
  });
}

function readInstance(value: Json): WorldInstance {
  const view = asObject(value);
  const node = view['node'];
  return {
    id: asText(view['id']),
    state: asText(view['state']),
    lifecycle: asText(view['lifecycle']),
    node: isObject(node) ? readNode(node) : undefined,
  };
}

function readNode(value: Json): WorldNode {
  const view = asObject(value);
  return {
    name: asText(view['name']),
    status: asText(view['status']),
    isEligible: asBoolean(view['eligible']),
    isDraining: asBoolean(view['draining']),
    capacity: readResources(view['capacity']),
    used: readResources(view['used']),
  };
}

function readResources(value: Json | undefined): Resources {
  const view = asObject(value);
  return {
    cpuMhz: asNumber(view['cpuMhz']),
    memoryMb: asNumber(view['memoryMb']),
    diskMb: asNumber(view['diskMb']),
  };
}
