/** Where a sparkline begins and ends. */
export interface Range {
  readonly low: number;
  readonly high: number;
}

/** The last `width` values as characters of `levels`, lowest to highest; blanks where there are no values yet. */
export function drawSparkline(
  values: readonly number[],
  of: { readonly range: Range; readonly width: number; readonly levels: string },
): string {
  const last = of.width > 0 ? values.slice(-of.width) : [];
  return last
    .map((value) => levelOf(value, of.range, of.levels))
    .join('')
    .padStart(of.width);
}

function levelOf(value: number, { low, high }: Range, levels: string): string {
  const top = levels.length - 1;
  const share = high > low ? (value - low) / (high - low) : Number(value >= high);
  return levels.charAt(Math.min(top, Math.max(0, Math.round(share * top))));
}
