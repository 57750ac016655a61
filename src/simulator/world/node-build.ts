import { nowNs } from './context.ts';
import { hashOf } from '../random.ts';
import type { Context } from './context.ts';
import type { Driver, Node } from './types.ts';

const DEFAULTS = { cpuMhz: 4000, memoryMb: 8192, diskMb: 40_000, coreMhz: 2500 } as const;

/** A node as a world asks for it; what is left out has a default. */
export interface NodeInput {
  readonly name?: string;
  readonly datacenter?: string;
  readonly nodeClass?: string;
  readonly meta?: Readonly<Record<string, string>>;
  readonly attributes?: Readonly<Record<string, string>>;
  readonly drivers?: readonly string[];
  readonly cpuMhz?: number;
  readonly memoryMb?: number;
  readonly diskMb?: number;
  readonly reservedCpuMhz?: number;
  readonly reservedMemoryMb?: number;
  readonly reservedDiskMb?: number;
  readonly coreMhz?: number;
  readonly cgroup?: 'v1' | 'v2';
  readonly address?: string;
}

export const DEFAULT_DRIVERS = ['docker', 'exec', 'raw_exec', 'java', 'mock_driver'] as const;

/** A node of a client that has just registered: ready and eligible. `position` numbers the names and addresses. */
export function buildNode(context: Context, input: NodeInput, position: number): Node {
  const timeNs = nowNs(context);
  const name = input.name ?? `node-${position}`;
  const datacenter = input.datacenter ?? 'dc1';
  const nodeClass = input.nodeClass ?? '';
  const meta = input.meta ?? {};
  const drivers = input.drivers ?? DEFAULT_DRIVERS;
  const sized = { ...DEFAULTS, ...input };
  const attributes = { ...baseAttributes(sized, drivers), ...input.attributes, 'unique.hostname': name };
  return {
    id: context.random.uuid(),
    name,
    datacenter,
    nodeClass,
    computedClass: computedClass([datacenter, nodeClass, ...shared(attributes), ...shared(meta)]),
    address: input.address ?? `10.0.${position >> 8}.${position & 255}`,
    httpPort: 4646,
    attributes,
    meta,
    drivers: Object.fromEntries(drivers.map((driver) => [driver, healthyDriver(driver, timeNs)])),
    cpuMhz: sized.cpuMhz,
    memoryMb: sized.memoryMb,
    diskMb: sized.diskMb,
    reservedCpuMhz: input.reservedCpuMhz ?? 0,
    reservedMemoryMb: input.reservedMemoryMb ?? 0,
    reservedDiskMb: input.reservedDiskMb ?? 0,
    coreMhz: sized.coreMhz,
    cgroup: input.cgroup ?? 'v2',
    status: 'ready',
    eligible: true,
    drain: null,
    events: [{ message: 'Node registered', subsystem: 'Cluster', timeNs, createIndex: 0 }],
    statusUpdatedAtS: Math.floor(context.clock.now() / 1000),
    createIndex: 0,
    modifyIndex: 0,
  };
}

function healthyDriver(name: string, updateTimeNs: bigint): Driver {
  return {
    detected: true,
    healthy: true,
    description: 'Healthy',
    updateTimeNs,
    attributes: { [`driver.${name}`]: '1' },
  };
}

function baseAttributes(
  size: { readonly cpuMhz: number; readonly memoryMb: number; readonly coreMhz: number },
  drivers: readonly string[],
): Record<string, string> {
  return {
    'cpu.arch': 'amd64',
    'cpu.frequency': String(size.coreMhz),
    'cpu.totalcompute': String(size.cpuMhz),
    'kernel.name': 'linux',
    'memory.totalbytes': String(size.memoryMb * 1024 * 1024),
    'nomad.version': '1.0.18',
    'os.name': 'debian',
    ...Object.fromEntries(drivers.map((driver) => [`driver.${driver}`, '1'])),
  };
}

function shared(values: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(values)
    .filter(([key]) => !key.startsWith('unique.'))
    .map(([key, value]) => `${key}=${value}`);
}

/** Nodes that are the same for every constraint on what is not unique share a class. */
function computedClass(parts: readonly string[]): string {
  const text = parts.join('\u0000');
  const number = (BigInt(hashOf(text)) << 32n) | BigInt(hashOf(text, 'second'));
  return `v1:${number}`;
}
