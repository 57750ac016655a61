import { plain } from '../../src/domain/plain.ts';
import { type Line, span } from '../demo/text.ts';
import type { GroupWire, PoolWire } from '../look/sight.ts';
import { attentionOf, STYLES } from './attention.ts';

export const GROUP_HEAD: Line = head(
  'TASK GROUP',
  'COUNT',
  'BOUNDS',
  'CPU',
  'MEMORY',
  'COOLDOWN',
  'LAST DECISION',
);
export const POOL_HEAD: Line = head(
  'WORKER POOL',
  'NODES',
  'BOUNDS',
  'USED',
  'ALLOWED',
  'COOLDOWN',
  'LAST DECISION',
);

/** `web/api  4  2..10  91.3 % of 30..80  -  23 s  hold: cooldown …` */
export function groupRow(one: GroupWire): Line {
  const numbers = one.last_decision?.decision.numbers;
  const { policy, count, running } = one;
  const judged = (value: number | null | undefined, limits: Limits | null | undefined): string =>
    limits ? `${percent(value)} (${limits.scale_in}/${limits.scale_out})` : '-';
  return row(one, [
    count === null ? '?' : running === null || running === count ? `${count}` : `${count} (${running} run)`,
    policy ? `${policy.min}..${policy.max}` : '-',
    judged(numbers?.cpu, policy?.cpu),
    judged(numbers?.mem, policy?.mem),
  ]);
}

interface Limits {
  readonly scale_in: number;
  readonly scale_out: number;
}

/** `workers  3 of 3  1..6  cpu 62 %  below 6800 …` */
export function poolRow(one: PoolWire): Line {
  const numbers = one.last_decision?.decision.numbers;
  if (!numbers) return row(one, [`${one.ready_nodes}`, '-', '-', '-']);
  const { metric, percent: shares } = numbers;
  return row(one, [
    `${numbers.nodes} of ${numbers.desired}`,
    `${numbers.min}..${numbers.max}`,
    metric === 'none' ? 'nothing' : `${metric} ${percent(shares[metric])}`,
    metric === 'none' ? '-' : `below ${percent(shareOf(numbers))}`,
  ]);
}

/** What may be used of the scaling metric, percent of the capacity. */
function shareOf(
  numbers: NonNullable<NonNullable<PoolWire['last_decision']>['decision']['numbers']>,
): number {
  const { capacity, metric, max_allowed: allowed } = numbers;
  const whole = {
    cpu: capacity.cpu_mhz,
    none: capacity.cpu_mhz,
    memory: capacity.memory_mb,
    disk: capacity.disk_mb,
  };
  return whole[metric] > 0 ? (allowed / whole[metric]) * 100 : 0;
}

function row(one: GroupWire | PoolWire, cells: readonly string[]): Line {
  const attention = attentionOf(one);
  const style = STYLES[attention];
  return [
    span(plain(one.id), attention === 'quiet' ? 'strong' : style),
    ...cells.map((text) => span(text)),
    span(waitOf(one)),
    span(plain(tellingOf(one)), style),
  ];
}

function waitOf({ state }: GroupWire | PoolWire): string {
  const leftMs = Math.max(state?.cooldown_left_ms ?? 0, state?.backoff_left_ms ?? 0);
  return leftMs > 0 ? `${Math.ceil(leftMs / 1000)} s` : '-';
}

/** What a person wants to know first: what is wrong, what is under way, what was decided. */
function tellingOf(one: GroupWire | PoolWire): string {
  const parts = [
    one.state?.failsafe === true
      ? `failsafe is set${one.state.failsafe_by_operator ? ' by an operator' : ''}`
      : '',
    one.state_fault ? `${one.state_fault.key}: ${one.state_fault.text}` : '',
    one.faults.map(({ key, text }) => `${key} ${text}`).join('; '),
    (one.state?.failures ?? 0) > 0 ? `failures: ${one.state?.failures}` : '',
    operationOf(one),
    decisionOf(one),
  ];
  const told = parts.filter((part) => part !== '');
  return told.length > 0 ? told.join('; ') : 'not known';
}

function operationOf({ operation }: GroupWire | PoolWire): string {
  if (!operation) return '';
  const node = 'node' in operation && operation.node !== null ? `, ${operation.node} goes` : '';
  const frozen = 'frozen' in operation && operation.frozen !== '' ? `, frozen: ${operation.frozen}` : '';
  const counts = operation.from === null ? '' : ` from ${operation.from} to ${operation.to}`;
  return `scaling ${operation.direction}${counts}${node}: ${operation.phase}${frozen}`;
}

function decisionOf({ last_decision: last }: GroupWire | PoolWire): string {
  if (!last) return '';
  const { verdict, wish, detail } = last.decision;
  if (verdict.kind === 'scale')
    return `scale ${verdict.direction} from ${verdict.from} to ${verdict.to}: ${verdict.reason}`;
  const wanted = wish.kind === 'scale' ? `, would scale ${wish.direction} to ${wish.to}: ${wish.reason}` : '';
  return `hold: ${verdict.reason}${detail === '' ? '' : ` (${detail})`}${wanted}`;
}

function percent(value: number | null | undefined): string {
  return value === null || value === undefined ? '?' : `${value.toFixed(1)} %`;
}

function head(...names: readonly string[]): Line {
  return names.map((name) => span(name, 'faint'));
}
