import { hashOf } from '../random.ts';
import { cpuText, memoryText, NO_MEMORY, sumCpu, sumMemory } from './usage-text.ts';
import type { AllocationSample, TaskSample } from '../world/statistics.ts';
import type { Node } from '../world/types.ts';
import type { CpuUsage, MemoryUsage } from './usage-text.ts';

/** What raw_exec's executor itself holds: it is counted to the task. */
const EXECUTOR_BYTES = 34_562_048;

const names = (...measured: readonly string[]): string => JSON.stringify(measured);

const PROCESS_CPU = names('System Mode', 'User Mode', 'Percent');
const EXEC_CPU = names('System Mode', 'User Mode', 'Throttled Periods', 'Throttled Time', 'Percent');
const DOCKER_CPU = names('Throttled Periods', 'Throttled Time', 'Percent');
const PROCESS_MEMORY = names('RSS', 'Swap');
const EXEC_V1_MEMORY = names(
  'RSS',
  'Cache',
  'Swap',
  'Usage',
  'Max Usage',
  'Kernel Usage',
  'Kernel Max Usage',
);
const DOCKER_V1_MEMORY = names('RSS', 'Cache', 'Swap', 'Usage', 'Max Usage');
const V2_MEMORY = names('Cache', 'Swap', 'Usage');
const MOCK_MEMORY = names('RSS');

/** How a driver tells what a task uses. */
interface Use {
  /** Null: the driver tells no CPU at all. */
  readonly cpu: CpuUsage | null;
  readonly memory: MemoryUsage;
  /** JSON text. */
  readonly pids: string;
}

function cpuOf(sample: TaskSample, node: Node, measured: string): CpuUsage {
  const percent = (sample.cpuMhz / node.coreMhz) * 100;
  const hasModes = measured !== DOCKER_CPU;
  return {
    measured,
    percent,
    system: hasModes ? percent * 0.1 : 0,
    user: hasModes ? percent * 0.9 : 0,
    ticks: sample.cpuMhz,
  };
}

/** Processes are looked at one by one: RSS is what they and the executor hold together. */
function rawExecUse(sample: TaskSample, node: Node): Use {
  const cpu = cpuOf(sample, node, PROCESS_CPU);
  const pid = 1000 + (hashOf(sample.task.name) % 30_000);
  const ofProcess = (rss: number, used: CpuUsage): string => {
    const memory = memoryText({ ...NO_MEMORY, measured: PROCESS_MEMORY, rss });
    return `{"CpuStats":${cpuText({ ...used, ticks: 0 })},"DeviceStats":null,"MemoryStats":${memory}}`;
  };
  const idle = { ...cpu, percent: 0, system: 0, user: 0 };
  return {
    cpu,
    memory: { ...NO_MEMORY, measured: PROCESS_MEMORY, rss: sample.memoryBytes + EXECUTOR_BYTES },
    pids: `{"${pid}":${ofProcess(EXECUTOR_BYTES, idle)},"${pid + 7}":${ofProcess(sample.memoryBytes, cpu)}}`,
  };
}

/** A cgroup tells the sums; version 2 does not tell RSS. */
function cgroupUse(sample: TaskSample, node: Node): Use {
  const isExec = sample.task.driver === 'exec';
  const isV1 = node.cgroup === 'v1';
  const usage = sample.memoryBytes;
  const v1Measured = isExec ? EXEC_V1_MEMORY : DOCKER_V1_MEMORY;
  return {
    cpu: cpuOf(sample, node, isExec ? EXEC_CPU : DOCKER_CPU),
    memory: {
      measured: isV1 ? v1Measured : V2_MEMORY,
      rss: isV1 ? usage : 0,
      cache: Math.round(usage / 16),
      usage,
      maxUsage: isV1 ? usage : 0,
    },
    pids: isExec ? '{}' : 'null',
  };
}

/** The driver made for tests: no CPU at all, and any 64-bit number for memory. */
function mockUse(sample: TaskSample): Use {
  const high = BigInt(hashOf(sample.task.name, 'rss') % 0x7fffffff);
  const rss = (high << 32n) | BigInt(hashOf(String(sample.timestampNs)));
  return { cpu: null, memory: { ...NO_MEMORY, measured: MOCK_MEMORY, rss }, pids: 'null' };
}

function useOf(sample: TaskSample, node: Node): Use {
  if (sample.task.driver === 'mock_driver') return mockUse(sample);
  return sample.task.driver === 'raw_exec' ? rawExecUse(sample, node) : cgroupUse(sample, node);
}

function taskText({ task, timestampNs }: TaskSample, { cpu, memory, pids }: Use): string {
  const usage = `{"CpuStats":${cpu ? cpuText(cpu) : 'null'},"DeviceStats":null,"MemoryStats":${memoryText(memory)}}`;
  return `${JSON.stringify(task.name)}:{"Pids":${pids},"ResourceUsage":${usage},"Timestamp":${timestampNs}}`;
}

/** An allocation's statistics as its client gives them; with a task's name, of that task alone. */
export function statisticsText({ node, tasks }: AllocationSample, only: string): string {
  const chosen = only === '' ? tasks : tasks.filter((sample) => sample.task.name === only);
  const uses = chosen.map((sample) => useOf(sample, node));
  const latest = chosen.reduce((last, { timestampNs }) => (timestampNs > last ? timestampNs : last), 0n);
  const cpu = sumCpu(uses.flatMap((use) => use.cpu ?? []));
  const memory = sumMemory(uses.map((use) => use.memory));
  const members = chosen.map((sample, position) => {
    const use = uses[position];
    return use ? taskText(sample, use) : '';
  });
  const usage = `{"CpuStats":${cpuText(cpu)},"DeviceStats":[],"MemoryStats":${memoryText(memory)}}`;
  return `{"ResourceUsage":${usage},"Tasks":{${members.join(',')}},"Timestamp":${latest}}`;
}
