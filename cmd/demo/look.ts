import type { Line, Style } from './text.ts';

/** The characters that the view is drawn with. */
export interface Glyphs {
  /** A cell filled by an eighth, two eighths … all of it. */
  readonly fill: string;
  readonly empty: string;
  readonly mark: string;
  /** Capacity that is kept for one more of each group, and for nodes that are lost. */
  readonly reserve: string;
  readonly tolerance: string;
  /** From lowest to highest. */
  readonly levels: string;
  readonly ellipsis: string;
  readonly arrow: string;
  readonly rule: string;
}

export const UNICODE: Glyphs = {
  fill: '▏▎▍▌▋▊▉█',
  empty: '·',
  mark: '│',
  reserve: '▓',
  tolerance: '▒',
  levels: '▁▂▃▄▅▆▇█',
  ellipsis: '…',
  arrow: '→',
  rule: '─',
};

export const ASCII: Glyphs = {
  fill: '#',
  empty: '.',
  mark: '|',
  reserve: '+',
  tolerance: '=',
  levels: '_.:-=+*#',
  ellipsis: '~',
  arrow: '>',
  rule: '-',
};

/** How the view looks on this terminal. */
export interface Look {
  readonly glyphs: Glyphs;
  readonly isColoured: boolean;
}

/** Reads it from the environment: NO_COLOR, and a locale that is said not to be UTF-8. */
export function lookFor(environment: Readonly<Record<string, string | undefined>>): Look {
  const named = [environment['LC_ALL'], environment['LC_CTYPE'], environment['LANG']];
  const locale = named.find((name) => name !== undefined && name !== '');
  const isUnicode = locale === undefined || /utf-?8/i.test(locale);
  return { glyphs: isUnicode ? UNICODE : ASCII, isColoured: (environment['NO_COLOR'] ?? '') === '' };
}

/** SGR parameters. */
const COLOURS: Readonly<Record<Style, string>> = {
  plain: '',
  strong: '1',
  faint: '2',
  good: '32',
  low: '36',
  high: '31',
  warn: '33',
  alarm: '1;31',
};

/** The line as a terminal takes it. */
export function paint(line: Line, look: Look): string {
  if (!look.isColoured) return line.map(({ text }) => text).join('');
  return line
    .map(({ text, style }) => (COLOURS[style] === '' ? text : `\u001B[${COLOURS[style]}m${text}\u001B[0m`))
    .join('');
}
