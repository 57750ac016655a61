import { nowNs } from '../world/context.ts';
import type { Json, JsonObject } from '../json-text.ts';
import type { Node } from '../world/types.ts';
import type { World } from '../world/world.ts';

const BYTES_PER_MB = 1024 * 1024;

/** The statistics of a client's host: what its allocations use together, on the cores it has. */
export function hostStatistics(world: World, node: Node): Json {
  const samples = world.store.tables.allocations
    .grouped('node', node.id)
    .filter((allocation) => allocation.clientStatus === 'running')
    .flatMap((allocation) => world.statistics.sample(allocation, node).tasks);
  const cpuMhz = samples.reduce((sum, sample) => sum + sample.cpuMhz, 0);
  const usedBytes = samples.reduce((sum, sample) => sum + sample.memoryBytes, 0);
  const cores = Math.max(1, Math.round(node.cpuMhz / node.coreMhz));
  const busy = Math.min(100, (cpuMhz / (cores * node.coreMhz)) * 100);
  const totalBytes = node.memoryMb * BYTES_PER_MB;
  const disk = diskJson(node);
  return {
    AllocDirStats: { ...disk, Device: '', Mountpoint: '' },
    CPU: Array.from({ length: cores }, (_, core) => ({
      CPU: `cpu${core}`,
      Idle: 100 - busy,
      System: busy * 0.1,
      Total: busy,
      User: busy * 0.9,
    })),
    CPUTicksConsumed: cpuMhz,
    DeviceStats: null,
    DiskStats: [disk],
    Memory: {
      Available: totalBytes - usedBytes,
      Free: totalBytes - usedBytes,
      Total: totalBytes,
      Used: usedBytes,
    },
    Timestamp: nowNs(world.context),
    Uptime: Math.floor(world.clock.monotonicMs() / 1000),
  };
}

function diskJson(node: Node): JsonObject {
  return {
    Available: node.diskMb * BYTES_PER_MB,
    Device: '/dev/xvda',
    InodesUsedPercent: 3,
    Mountpoint: '/',
    Size: node.diskMb * BYTES_PER_MB,
    Used: 0,
    UsedPercent: 0,
  };
}
