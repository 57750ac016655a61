import type { TaskUsage, UsageReading } from '../../domain/snapshot.ts';
import { fieldsOf, needList, needText, numberOf, textOf } from './json.ts';
import type { Fields } from './json.ts';

const BYTES_PER_MB = 1_048_576;
/** `nomad.client.allocs.cpu.total_ticks`; the first word can be configured. */
const CPU = /\bclient\.allocs\.cpu\.total_ticks$/;
const MEMORY = /\bclient\.allocs\.memory\.(rss|usage)$/;

interface Published {
  cpuMhz: number;
  rssMb: number;
  usageMb: number;
}

type ByTask = Map<string, Published>;

/**
 * Reads GET /v1/metrics of a client that publishes metrics of its allocations: those that are published whole, by
 * id. A zero may be a task at rest or a driver that measures nothing, and nothing tells which: such are left out.
 */
export function readNodeMetrics(value: unknown): ReadonlyMap<string, UsageReading> {
  const metrics = fieldsOf(value);
  const stamp = needText(metrics, 'Timestamp', 'the metrics');
  const allocations = new Map<string, ByTask>();
  for (const gauge of needList(metrics['Gauges'], 'Gauges')) take(allocations, fieldsOf(gauge));
  const readings = [...allocations].flatMap(([id, tasks]) => {
    const usage = usageOf(tasks);
    return usage === undefined ? [] : [[id, { kind: 'sample', stamp, tasks: usage }] as const];
  });
  return new Map<string, UsageReading>(readings);
}

function take(allocations: Map<string, ByTask>, gauge: Fields): void {
  const name = textOf(gauge, 'Name');
  const memory = MEMORY.exec(name)?.[1];
  if (memory === undefined && !CPU.test(name)) return;
  const labels = fieldsOf(gauge['Labels']);
  const published = publishedOf(allocations, textOf(labels, 'alloc_id'), textOf(labels, 'task'));
  const amount = numberOf(gauge, 'Value');
  if (memory === undefined) published.cpuMhz = amount;
  else if (memory === 'rss') published.rssMb = amount / BYTES_PER_MB;
  else published.usageMb = amount / BYTES_PER_MB;
}

function publishedOf(allocations: Map<string, ByTask>, id: string, task: string): Published {
  const tasks = allocations.get(id) ?? new Map<string, Published>();
  const published = tasks.get(task) ?? { cpuMhz: 0, rssMb: 0, usageMb: 0 };
  allocations.set(id, tasks.set(task, published));
  return published;
}

/** As statistics of one allocation have it: RSS where it is measured, else Usage. */
function usageOf(tasks: ByTask): Readonly<Record<string, TaskUsage>> | undefined {
  const usage: Record<string, TaskUsage> = {};
  for (const [task, { cpuMhz, rssMb, usageMb }] of tasks) {
    const memoryMb = rssMb > 0 ? rssMb : usageMb;
    if (!(cpuMhz > 0) || !(memoryMb > 0)) return undefined;
    usage[task] = { cpuMhz, memoryMb };
  }
  return usage;
}
