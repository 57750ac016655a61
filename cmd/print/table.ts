import { type Line, type Span, span } from '../demo/text.ts';

/** Rows of cells → lines whose columns are as wide as they must be, two blanks apart. */
export function alignRows(rows: readonly (readonly Span[])[]): readonly Line[] {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(0, ...rows.map((row) => row[column]?.text.length ?? 0)),
  );
  return rows.map((row) =>
    row.flatMap((cell, column) => {
      if (column === row.length - 1) return [cell];
      return [cell, span(' '.repeat((widths[column] ?? 0) - cell.text.length + 2))];
    }),
  );
}
