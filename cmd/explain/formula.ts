import type { WireOf } from '../../src/http/shape.ts';
import type { groupNumbers, poolNumbers } from '../../src/http/shapes/number-shapes.ts';
import type { EntryWire } from './explanation.ts';

type Row = readonly [name: string, text: string];
type GroupNumbers = WireOf<typeof groupNumbers>;
type PoolNumbers = WireOf<typeof poolNumbers>;

/** Every number of a decision, as rows of a name and a sentence; none where nothing was evaluated. */
export function formulaRows({ decision }: EntryWire): readonly Row[] {
  const { numbers, waits } = decision;
  if (numbers === null) return [];
  const rows = 'desired' in numbers ? poolRows(numbers) : groupRows(numbers);
  return [...rows, ...waitRows(numbers, waits)];
}

function groupRows(numbers: GroupNumbers): readonly Row[] {
  const { count, min, max, running, measured, starting, late } = numbers;
  const told = [`${running} running`, `${measured} measured`, `${starting} starting`];
  return [
    ['count', `${count}, bounds ${min} to ${max}`],
    ['allocations', `${told.join(', ')}${late ? ', the list may lack the newest' : ''}`],
    ...metricRows('cpu', numbers),
    ...metricRows('mem', numbers),
    ...headroomRows(numbers),
  ];
}

function metricRows(metric: 'cpu' | 'mem', numbers: GroupNumbers): readonly Row[] {
  const limits = numbers[`${metric}_thresholds`];
  const name = metric === 'cpu' ? 'cpu' : 'memory';
  if (limits === null) return [[name, 'not judged']];
  const value = numbers[metric];
  const tasks = numbers.tasks.map((task) => `task ${task.task} ${percent(task[metric])}`).join(', ');
  const isMade = numbers.tasks.length > 1 ? `, the highest of ${tasks}` : '';
  return [
    [
      name,
      `${percent(value)}${isMade}; in below ${limits.scale_in} %, out above ${limits.scale_out} %: ${sideOf(value, limits)}`,
    ],
  ];
}

function sideOf(
  value: number | null,
  limits: { readonly scale_in: number; readonly scale_out: number },
): string {
  if (value === null) return 'not known';
  if (value > limits.scale_out) return 'above';
  return value < limits.scale_in ? 'below' : 'between';
}

/** Only what would be asked of one allocation fewer: where CPU is low enough for that. */
function headroomRows({ cpu, cpu_thresholds: limits, count }: GroupNumbers): readonly Row[] {
  if (cpu === null || limits === null || count < 2 || cpu >= limits.scale_in) return [];
  const less = (cpu * count) / (count - 1);
  const sign = less < limits.scale_out ? 'below' : 'not below';
  return [
    [
      'headroom',
      `${percent(cpu)} × ${count} / ${count - 1} = ${percent(less)}, ${sign} ${limits.scale_out} %`,
    ],
  ];
}

const KEYS = { cpu: 'cpu_mhz', memory: 'memory_mb', disk: 'disk_mb', none: 'cpu_mhz' } as const;
const UNITS = { cpu: 'MHz', memory: 'MiB', disk: 'MiB', none: 'MHz' } as const;

function poolRows(numbers: PoolNumbers): readonly Row[] {
  const { metric, fault_tolerance: lost, desired, min, max } = numbers;
  const unit = UNITS[metric];
  const size = (value: number): string => `${Math.round(value * 10) / 10}`;
  const of = (what: 'capacity' | 'used' | 'reserve'): string => size(numbers[what][KEYS[metric]]);
  const used = numbers.used[KEYS[metric]];
  const sign = used >= numbers.max_allowed ? 'not below' : 'below';
  return [
    ['nodes', `${numbers.nodes} ready, ${desired} desired, bounds ${min} to ${max}`],
    [
      'usage',
      `cpu ${percent(numbers.percent.cpu)}, memory ${percent(numbers.percent.memory)}, disk ${percent(numbers.percent.disk)}: ${metric === 'none' ? 'nothing is used' : `${metric} counts`}`,
    ],
    [
      'allowed',
      `capacity ${of('capacity')} − reserve ${of('reserve')} − ${lost} × average node ${size(numbers.average_node)} = ${size(numbers.max_allowed)} ${unit}`,
    ],
    ['used', `${of('used')} ${unit}, ${sign} that`],
    [
      'one node less',
      `allowed ${size(numbers.max_allowed_without)} ${unit}; used must stay below 90 % of it, ${size(numbers.max_allowed_without * 0.9)}, and so in every metric`,
    ],
    [
      'instances',
      `${numbers.ready_members} run a ready node, ${numbers.unjoined} without a node (${numbers.joining.length} young), ${numbers.unbound} nodes without a known instance`,
    ],
    ...workRows(numbers),
    ['in a row', `${numbers.asked} of ${numbers.threshold} evaluations asked for it`],
  ];
}

function workRows(numbers: PoolNumbers): readonly Row[] {
  return [
    ...listRow('lost', numbers.lost),
    ...listRow(
      'waiting work',
      numbers.pending.map(
        (one) => `${one.group} ${one.queued}, ${one.counted} count${one.why === '' ? '' : ` (${one.why})`}`,
      ),
    ),
    ...(numbers.pending.length > 0
      ? [['new nodes', `${numbers.pending_nodes} would hold what counts`] as const]
      : []),
    ...listRow(
      'candidates',
      numbers.candidates.map(
        (one) =>
          `${one.node} ${percent(one.used_percent)}${one.against === '' ? ' may go' : `: ${one.against}${one.detail === '' ? '' : ` (${one.detail})`}`}`,
      ),
    ),
  ];
}

function listRow(name: string, items: readonly string[]): readonly Row[] {
  return items.length === 0 ? [] : [[name, items.join('; ')]];
}

function waitRows(
  numbers: { readonly cooldown_left_ms: number; readonly backoff_left_ms: number },
  waits: EntryWire['decision']['waits'],
): readonly Row[] {
  const since = waits?.last_scaling_at ?? null;
  const length = waits
    ? ` of ${seconds(waits.cooldown_ms)}${since === null ? ', never scaled' : ` since ${since}`}`
    : '';
  const failures =
    waits && waits.failures > 0
      ? ` after ${waits.failures} failed, the last at ${waits.last_failure_at ?? 'no known time'}`
      : '';
  const backoff: readonly Row[] =
    failures === '' && numbers.backoff_left_ms === 0
      ? []
      : [['backoff', `${seconds(numbers.backoff_left_ms)} left${failures}`]];
  return [['cooldown', `${seconds(numbers.cooldown_left_ms)} left${length}`], ...backoff];
}

function seconds(ms: number): string {
  return `${Math.ceil(ms / 1000)} s`;
}

function percent(value: number | null): string {
  return value === null ? 'not known' : `${value.toFixed(1)} %`;
}
