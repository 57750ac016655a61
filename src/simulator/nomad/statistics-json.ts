import { hashOf } from '../random.ts';
import { mapValues, objectOf, writeJson } from '../json-text.ts';
import type { Json, JsonObject } from '../json-text.ts';
import type { AllocationSample, TaskSample } from '../world/statistics.ts';
import type { Node } from '../world/types.ts';

/** What raw_exec's executor itself holds: it is counted to the task. */
const EXECUTOR_BYTES = 34_562_048;

const PROCESS_CPU = ['System Mode', 'User Mode', 'Percent'];
const CGROUP_CPU = ['System Mode', 'User Mode', 'Throttled Periods', 'Throttled Time', 'Percent'];
const DOCKER_CPU = ['Throttled Periods', 'Throttled Time', 'Percent'];
const PROCESS_MEMORY = ['RSS', 'Swap'];
const EXEC_V1_MEMORY = ['RSS', 'Cache', 'Swap', 'Usage', 'Max Usage', 'Kernel Usage', 'Kernel Max Usage'];
const DOCKER_V1_MEMORY = ['RSS', 'Cache', 'Swap', 'Usage', 'Max Usage'];
const V2_MEMORY = ['Cache', 'Swap', 'Usage'];

const NO_CPU = {
  Measured: null,
  Percent: 0,
  SystemMode: 0,
  ThrottledPeriods: 0,
  ThrottledTime: 0,
  TotalTicks: 0,
  UserMode: 0,
};

const NO_MEMORY = {
  Cache: 0,
  KernelMaxUsage: 0,
  KernelUsage: 0,
  MaxUsage: 0,
  Measured: null,
  RSS: 0,
  Swap: 0,
  Usage: 0,
};

interface Use {
  readonly cpu: JsonObject | null;
  readonly memory: JsonObject;
  readonly pids: Json;
}

function cpuStats(sample: TaskSample, node: Node, measured: readonly string[]): JsonObject {
  const percent = (sample.cpuMhz / node.coreMhz) * 100;
  const hasModes = measured.includes('System Mode');
  return {
    Measured: measured,
    Percent: percent,
    SystemMode: hasModes ? percent * 0.1 : 0,
    ThrottledPeriods: 0,
    ThrottledTime: 0,
    TotalTicks: sample.cpuMhz,
    UserMode: hasModes ? percent * 0.9 : 0,
  };
}

function memoryStats(values: JsonObject, measured: readonly string[]): JsonObject {
  return { ...NO_MEMORY, ...values, Measured: measured };
}

/** Processes are looked at one by one: RSS is what they and the executor hold together. */
function rawExecUse(sample: TaskSample, node: Node): Use {
  const cpu = cpuStats(sample, node, PROCESS_CPU);
  const pid = 1000 + (hashOf(sample.task.name) % 30_000);
  const ofProcess = (memoryBytes: number, used: JsonObject): JsonObject => ({
    CpuStats: { ...used, TotalTicks: 0 },
    DeviceStats: null,
    MemoryStats: memoryStats({ RSS: memoryBytes }, PROCESS_MEMORY),
  });
  const idle = { ...NO_CPU, Measured: PROCESS_CPU };
  return {
    cpu,
    memory: memoryStats({ RSS: sample.memoryBytes + EXECUTOR_BYTES }, PROCESS_MEMORY),
    pids: { [pid]: ofProcess(EXECUTOR_BYTES, idle), [pid + 7]: ofProcess(sample.memoryBytes, cpu) },
  };
}

/** A cgroup tells the sums; version 2 does not tell RSS. */
function cgroupUse(sample: TaskSample, node: Node): Use {
  const isDocker = sample.task.driver !== 'exec';
  const used = { Usage: sample.memoryBytes, Cache: Math.round(sample.memoryBytes / 16) };
  const v1 = { ...used, RSS: sample.memoryBytes, MaxUsage: sample.memoryBytes };
  const v1Measured = isDocker ? DOCKER_V1_MEMORY : EXEC_V1_MEMORY;
  return {
    cpu: cpuStats(sample, node, isDocker ? DOCKER_CPU : CGROUP_CPU),
    memory: node.cgroup === 'v1' ? memoryStats(v1, v1Measured) : memoryStats(used, V2_MEMORY),
    pids: isDocker ? null : {},
  };
}

/** The driver made for tests: no CPU at all, and any 64-bit number for memory. */
function mockUse(sample: TaskSample): Use {
  const high = BigInt(hashOf(sample.task.name, 'rss') % 0x7fffffff);
  const rss = (high << 32n) | BigInt(hashOf(String(sample.timestampNs)));
  return { cpu: null, memory: memoryStats({ RSS: rss }, ['RSS']), pids: null };
}

function useOf(sample: TaskSample, node: Node): Use {
  if (sample.task.driver === 'mock_driver') return mockUse(sample);
  return sample.task.driver === 'raw_exec' ? rawExecUse(sample, node) : cgroupUse(sample, node);
}

function sum(objects: readonly JsonObject[], empty: JsonObject): JsonObject {
  return objects.reduce<JsonObject>((total, object) => addUp(total, object), empty);
}

function addUp(total: JsonObject, object: JsonObject): JsonObject {
  return mapValues(total, (value, key) => addValue(value, object[key] ?? null));
}

function addValue(a: Json, b: Json): Json {
  if (typeof a === 'bigint' || typeof b === 'bigint') {
    return typeof a === 'object' || typeof b === 'object' ? a : BigInt(a ?? 0) + BigInt(b ?? 0);
  }
  if (typeof a === 'number' && typeof b === 'number') return a + b;
  return b ?? a;
}

/** An allocation's statistics as its client gives them; with a task's name, of that task alone. */
export function statisticsText({ node, tasks }: AllocationSample, only: string): string {
  const chosen = tasks.filter((sample) => only === '' || sample.task.name === only);
  const uses = chosen.map((sample) => ({ sample, use: useOf(sample, node) }));
  const latest = chosen.reduce((last, { timestampNs }) => (timestampNs > last ? timestampNs : last), 0n);
  const entries = uses.map(({ sample, use }): readonly [string, Json] => [
    sample.task.name,
    {
      Pids: use.pids,
      ResourceUsage: { CpuStats: use.cpu, DeviceStats: null, MemoryStats: use.memory },
      Timestamp: sample.timestampNs,
    },
  ]);
  const cpu = sum(
    uses.flatMap(({ use }) => (use.cpu ? [use.cpu] : [])),
    NO_CPU,
  );
  const memory = sum(
    uses.map(({ use }) => use.memory),
    NO_MEMORY,
  );
  return writeJson({
    ResourceUsage: { CpuStats: cpu, DeviceStats: [], MemoryStats: memory },
    Tasks: objectOf(entries),
    Timestamp: latest,
  });
}
