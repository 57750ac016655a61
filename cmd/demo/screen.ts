import { type Look, paint } from './look.ts';
import type { Line } from './text.ts';

/** What is needed of a terminal's output. */
export interface ScreenStream {
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): unknown;
  on(event: 'resize', listener: () => void): unknown;
  off(event: 'resize', listener: () => void): unknown;
}

/** A terminal that shows one picture after the other in place. */
export interface Screen {
  size(): { readonly width: number; readonly height: number };
  /** Writes the lines that have changed; each is as wide as the terminal. */
  show(lines: readonly Line[]): void;
  /** Gives the terminal back as it was. */
  close(): void;
}

const ESCAPE = '\u001B[';
/** Other screen, no cursor, no line wrap. */
const OPEN = `${ESCAPE}?1049h${ESCAPE}?25l${ESCAPE}?7l${ESCAPE}2J`;
const CLOSE = `${ESCAPE}?7h${ESCAPE}?25h${ESCAPE}?1049l`;
/** Terminals that know these show everything between at once. */
const [BEGIN, END] = [`${ESCAPE}?2026h`, `${ESCAPE}?2026l`];

/** Takes over the terminal until it is closed, at the latest when the process exits. */
export function openScreen(stream: ScreenStream, look: Look): Screen {
  const state: { shown: readonly string[]; isOpen: boolean } = { shown: [], isOpen: true };
  const resized = (): void => {
    state.shown = [];
    stream.write(`${ESCAPE}2J`);
  };
  const close = (): void => {
    if (!state.isOpen) return;
    state.isOpen = false;
    stream.off('resize', resized);
    process.off('exit', close);
    stream.write(CLOSE);
  };
  stream.write(OPEN);
  stream.on('resize', resized);
  process.once('exit', close);
  return {
    size: () => ({ width: stream.columns ?? 80, height: stream.rows ?? 24 }),
    show: (lines) => {
      if (!state.isOpen) return;
      const texts = lines.map((line) => paint(line, look));
      const changed = texts.flatMap((text, row) =>
        text === state.shown[row] ? [] : [`${ESCAPE}${row + 1};1H${text}`],
      );
      state.shown = texts;
      if (changed.length > 0) stream.write(BEGIN + changed.join('') + END);
    },
    close,
  };
}
