import type { Plan } from '../../src/agent/plan.ts';
import type { PlannedGroup } from '../../src/agent/plan-group.ts';
import type { PlannedPool } from '../../src/agent/plan-pool.ts';
import type { Environment } from '../../src/config/env.ts';
import { describeDecision } from '../../src/domain/decision/describe.ts';
import { describePoolDecision } from '../../src/domain/decision/describe-pool.ts';
import { type Span, span, type Style } from '../demo/text.ts';
import { printLine } from '../print/print-line.ts';
import { alignRows } from '../print/table.ts';
import type { Terminal } from '../terminal.ts';

/** Prints a plan for people: a line for each group and pool, and what stands in the way of all of it. */
export function printPlan(
  { groups, pools = [], standstill, troubles }: Plan,
  at: { readonly terminal: Terminal; readonly environment: Environment },
): void {
  const print = (text: string, style: Style): void => printLine([span(text, style)], at);
  const rows = [...groups.flatMap(groupRows), ...pools.flatMap(poolRows)];
  for (const row of alignRows(rows)) printLine(row, at);
  if (rows.length === 0) print('there is no task group and no worker pool with a policy', 'plain');
  if (standstill.length + troubles.length > 0) at.terminal.out('');
  for (const text of standstill) print(`nothing is done meanwhile: ${text}`, 'warn');
  for (const text of troubles) print(`not read: ${text}`, 'high');
}

type Row = readonly Span[];

function groupRows({ id, decision, detail, operation }: PlannedGroup): readonly Row[] {
  const about = detail === '' ? '' : ` (${detail})`;
  const what = decision ? describeDecision(decision) + about : `not evaluated: ${detail}`;
  const rows: Row[] = [[span(id, 'strong'), span(what, styleOf(decision?.verdict))]];
  if (!operation) return rows;
  const { direction, from, to, phase } = operation;
  return [...rows, note(`first goes on with scale ${direction} from ${from} to ${to}, phase ${phase}`)];
}

function poolRows({ pool, decision, notices, operation }: PlannedPool): readonly Row[] {
  const { asked, threshold, ask } = decision;
  const counts = ask.kind !== 'none' && decision.verdict.kind === 'hold';
  return [
    [span(pool, 'strong'), span(describePoolDecision(decision), styleOf(decision.verdict))],
    ...(counts ? [note(`this evaluation would be request ${asked} of ${threshold}`)] : []),
    ...(operation ? [note(`first goes on with scale ${operation.direction}, phase ${operation.phase}`)] : []),
    ...notices.map((text) => note(text, 'warn')),
  ];
}

function note(text: string, style: Style = 'faint'): Row {
  return [span(''), span(text, style)];
}

/** Held for good reason or by somebody is one thing, about to be changed another. */
function styleOf(verdict: { readonly kind: string; readonly reason?: string } | undefined): Style {
  if (!verdict) return 'high';
  if (verdict.kind !== 'hold') return 'good';
  return MENDABLE.has(verdict.reason ?? '') ? 'warn' : 'plain';
}

const MENDABLE: ReadonlySet<string> = new Set([
  'invalid',
  'state',
  'no-metrics',
  'failsafe',
  'policy',
  'unread',
]);
