import type { Environment } from '../../src/config/env.ts';
import { span, type Style } from '../demo/text.ts';
import { printLine } from '../print/print-line.ts';
import { alignRows } from '../print/table.ts';
import type { Terminal } from '../terminal.ts';
import type { CheckItem, CheckOutcome } from './item.ts';

const STYLES: Readonly<Record<CheckOutcome, Style>> = {
  ok: 'good',
  fault: 'high',
  warning: 'warn',
  unknown: 'faint',
};

/** Prints a table of what was looked at, and a line that counts. */
export function printCheck(
  items: readonly CheckItem[],
  at: { readonly terminal: Terminal; readonly environment: Environment },
): void {
  const rows = items.map(({ service, what, outcome, detail }) => [
    span(outcome, STYLES[outcome]),
    span(service, 'strong'),
    span(what),
    span(detail),
  ]);
  for (const row of alignRows(rows)) printLine(row, at);
  at.terminal.out('');
  printLine([span(summaryOf(items), hasFault(items) ? 'high' : 'good')], at);
}

/** True when an agent would not work as it should. */
export function hasFault(items: readonly CheckItem[]): boolean {
  return items.some(({ outcome }) => outcome === 'fault');
}

function summaryOf(items: readonly CheckItem[]): string {
  const count = (outcome: CheckOutcome): number => items.filter((item) => item.outcome === outcome).length;
  const parts = (['fault', 'warning'] as const).map((outcome) => plural(count(outcome), outcome));
  const unknown = count('unknown');
  return [...parts, ...(unknown > 0 ? [`${unknown} not known`] : [])].join(', ');
}

function plural(number: number, word: string): string {
  return `${number === 0 ? 'no' : number} ${word}${number === 1 ? '' : 's'}`;
}

/** The same for programs, on one line. */
export function checkAsJson(items: readonly CheckItem[]): string {
  return JSON.stringify({ ok: !hasFault(items), items });
}
