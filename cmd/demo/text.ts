/** How a piece of a line looks. The words say what it means; colours are chosen in `look.ts`. */
export type Style = 'plain' | 'strong' | 'faint' | 'good' | 'low' | 'high' | 'warn' | 'alarm';

/** A piece of a line. Every character is one column wide. */
export interface Span {
  readonly text: string;
  readonly style: Style;
}

export type Line = readonly Span[];

/** A piece of a line without characters that would move the cursor. */
export function span(text: string, style: Style = 'plain'): Span {
  return { text: text.replaceAll(/\p{Cc}/gu, ' '), style };
}

/** Columns a line takes. */
export function widthOf(line: Line): number {
  return line.reduce((sum, { text }) => sum + text.length, 0);
}

/** The line with blanks at its end up to `width`, or cut to it with `ellipsis` as the last column. */
export function fit(line: Line, width: number, ellipsis: string): Line {
  const missing = width - widthOf(line);
  if (missing >= 0) return missing === 0 ? line : [...line, span(' '.repeat(missing))];
  return [...cut(line, Math.max(0, width - 1)), ...(width > 0 ? [span(ellipsis, 'faint')] : [])];
}

/** The first `width` columns of the line. */
export function cut(line: Line, width: number): Line {
  let left = width;
  return line.flatMap(({ text, style }) => {
    const part = text.slice(0, left);
    left -= part.length;
    return part === '' ? [] : [{ text: part, style }];
  });
}

/** Both ends of a line of `width`; the left one is cut when they do not fit. */
export function spread(left: Line, right: Line, room: { width: number; ellipsis: string }): Line {
  const forLeft = room.width - widthOf(right) - (right.length > 0 ? 2 : 0);
  if (forLeft < 10) return fit(left, room.width, room.ellipsis);
  return [...fit(left, forLeft, room.ellipsis), ...(right.length > 0 ? [span('  '), ...right] : [])];
}

/** The text padded on its left to `width`. */
export function alignRight(text: string, width: number): string {
  return text.padStart(width);
}
