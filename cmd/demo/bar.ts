import type { Thresholds } from '../../src/domain/policy/group-policy.ts';
import type { Glyphs } from './look.ts';
import { type Line, type Span, type Style, span } from './text.ts';

/** A metric in percent and the thresholds it is judged by; undefined: not known. */
export interface Gauge {
  readonly value: number | undefined;
  readonly limits: Thresholds;
}

/** Percent at the right end of the bar: 100, or more where the scale-out threshold is near it or beyond. */
export function barTop({ scaleOut }: Thresholds): number {
  return Math.max(100, scaleOut * 1.25);
}

/** Below, between or above the thresholds. */
export function styleOf({ value, limits }: Gauge): Style {
  if (value === undefined) return 'faint';
  if (value > limits.scaleOut) return 'high';
  return value < limits.scaleIn ? 'low' : 'good';
}

/** The metric as a bar of `width` columns with a mark at each threshold. */
export function drawBar(gauge: Gauge, width: number, glyphs: Glyphs): Line {
  const { limits } = gauge;
  const perCell = barTop(limits) / width;
  const cells = Array.from({ length: width }, (_, cell) =>
    drawCell(gauge, cell * perCell, { perCell, glyphs }),
  );
  const markAt = (limit: number, style: Style): void => {
    cells[Math.min(width - 1, Math.floor(limit / perCell))] = span(glyphs.mark, style);
  };
  markAt(limits.scaleIn, 'low');
  markAt(limits.scaleOut, 'warn');
  return joinSpans(cells);
}

/** The cell whose left edge stands for `fromPercent`. */
function drawCell(
  gauge: Gauge,
  fromPercent: number,
  { perCell, glyphs }: { readonly perCell: number; readonly glyphs: Glyphs },
): Span {
  const filled = ((gauge.value ?? 0) - fromPercent) / perCell;
  const steps = glyphs.fill.length;
  const eighths = Math.min(steps, Math.round(filled * steps));
  return eighths < 1 ? span(glyphs.empty, 'faint') : span(glyphs.fill.charAt(eighths - 1), styleOf(gauge));
}

function joinSpans(cells: readonly Span[]): Line {
  const joined: Span[] = [];
  for (const cell of cells) {
    const last = joined.at(-1);
    if (last?.style === cell.style) joined[joined.length - 1] = { ...last, text: last.text + cell.text };
    else joined.push(cell);
  }
  return joined;
}
