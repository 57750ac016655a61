import type { Environment } from '../../src/config/env.ts';
import { plain } from '../../src/domain/plain.ts';
import { type Line, span, type Style } from '../demo/text.ts';
import { printLine } from '../print/print-line.ts';
import { alignRows } from '../print/table.ts';
import type { Terminal } from '../terminal.ts';
import type { EntryWire, Explanation } from './explanation.ts';
import { formulaRows } from './formula.ts';

/** Prints an explanation for people: the last decision with its formula, then what would change it, then earlier ones. */
export function printExplanation(
  explanation: Explanation,
  at: { readonly terminal: Terminal; readonly environment: Environment },
): void {
  const { id, type, address, decisions, notes } = explanation;
  const [latest, ...earlier] = decisions;
  const print = (line: Line): void => printLine(line, at);
  const where = address === '' ? '' : `, asked ${address}`;
  print([
    span(plain(id), 'strong'),
    span(`  ${type === 'job_group' ? 'task group' : 'worker pool'}${where}`, 'faint'),
  ]);
  for (const note of notes) print([span(plain(note), 'warn')]);
  if (!latest) return print([span('nothing was decided yet', 'faint')]);
  print([span('')]);
  for (const line of alignRows(latestRows(latest))) print(line);
  print([span('')]);
  for (const line of wayLines(latest)) print(line);
  if (earlier.length === 0) return;
  print([span('')]);
  print([span('before that', 'strong')]);
  for (const line of alignRows(earlier.map(earlierRow))) print(line);
}

function latestRows(entry: EntryWire): readonly Line[] {
  const { verdict, wish, gates, detail } = entry.decision;
  const wanted =
    wish.kind === 'scale' && verdict.kind === 'hold'
      ? [
          cells(
            'asked for',
            `scale ${wish.direction} from ${wish.from} to ${wish.to}: ${wish.reason}, ${wish.text}`,
          ),
        ]
      : [];
  const of = (holds: boolean | null): string =>
    gates
      .filter((gate) => gate.holds === holds)
      .map(({ reason }) => reason)
      .join(', ');
  return [
    cells('decision', courseText(verdict), verdict.kind === 'scale' ? 'good' : 'strong'),
    ...(detail === '' ? [] : [cells('about', plain(detail))]),
    cells('when', spanText(entry)),
    ...wanted,
    ...formulaRows(entry).map(([name, text]) => cells(name, plain(text))),
    ...(gates.length === 0 ? [] : gateRows(of)),
  ];
}

function gateRows(of: (holds: boolean | null) => string): readonly Line[] {
  return [
    ...(of(true) === '' ? [] : [cells('gates shut', of(true), 'warn')]),
    ...(of(false) === '' ? [] : [cells('gates open', of(false))]),
    ...(of(null) === '' ? [] : [cells('not asked', of(null), 'faint')]),
  ];
}

function wayLines({ ways, decision }: EntryWire): readonly Line[] {
  if (decision.verdict.kind === 'scale') return [[span('it acts: nothing has to change', 'good')]];
  if (decision.numbers === null) {
    return [
      [
        span('to act: ', 'strong'),
        span(`first mend this: ${plain(decision.detail || decision.verdict.text)}`),
      ],
    ];
  }
  return [[span('to act', 'strong')], ...ways.map((way) => [span(`  ${way.sentence}`)])];
}

function earlierRow(entry: EntryWire): Line {
  return [span(`  ${spanText(entry)}`, 'faint'), span(plain(entry.decision.sentence))];
}

function courseText({
  kind,
  reason,
  text,
  direction,
  from,
  to,
  node,
}: EntryWire['decision']['verdict']): string {
  if (kind === 'hold') return `hold: ${reason}, ${text}`;
  const goes = node === null ? '' : `, ${plain(node)} goes`;
  return `scale ${direction} from ${from} to ${to}${goes}: ${reason}, ${text}`;
}

function spanText({ first_at: first, last_at: last, count }: EntryWire): string {
  return count === 1 ? last : `${first} to ${last}, ${count} times`;
}

function cells(name: string, text: string, style: Style = 'plain'): Line {
  return [span(name, 'faint'), span(text, style)];
}
