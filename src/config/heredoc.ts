import type { Cursor } from './cursor.ts';
import type { QuotedText } from './quoted-text.ts';

/** Reads `<<NAME` … `NAME`; with `<<-NAME` the indentation of the closing line is taken off every line. */
export function readHeredoc(cursor: Cursor): QuotedText {
  const at = cursor.position;
  const opening = cursor.take(/<<(-?)([\p{L}\p{Nd}_]+)\r?\n/uy);
  if (opening === undefined) {
    return { kind: 'bad', at, message: 'expected a heredoc: << or <<-, a name, and the end of the line' };
  }
  const [, dash, name = ''] = opening;
  const lines: string[] = [];
  while (!cursor.isAtEnd) {
    const line = cursor.take(/[^\n]*/y)?.[0] ?? '';
    if (line.trim() === name) return { kind: 'text', text: heredocText(lines, indentOf(line), dash === '-') };
    lines.push(`${line}\n`);
    cursor.skip(1);
  }
  return { kind: 'bad', at, message: 'the heredoc is not closed by its name on a line of its own' };
}

function indentOf(line: string): string {
  return line.slice(0, line.length - line.trimStart().length);
}

function heredocText(lines: readonly string[], indent: string, isIndented: boolean): string {
  if (!isIndented) return lines.join('') + indent;
  const hasIndent = lines.every((line) => line.startsWith(indent));
  return hasIndent ? lines.map((line) => line.slice(indent.length)).join('') : lines.join('');
}
