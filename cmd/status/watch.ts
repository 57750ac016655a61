import { paint, lookFor } from '../demo/look.ts';
import { cut, type Line, span } from '../demo/text.ts';
import { openScreen } from '../demo/screen.ts';
import type { CommandContext } from '../command.ts';
import { type Sight, sightShape } from '../look/sight.ts';
import { waitForStop } from '../signals.ts';
import { orWhyNot } from '../look/or-why-not.ts';
import { wireClocks } from '../wire.ts';
import { statusLines } from './status-lines.ts';

/** Looks until it is stopped: drawn in place on a terminal, else one look after the other. Answers the exit code. */
export async function watch(context: CommandContext, look: () => Promise<Sight>): Promise<number> {
  const { flags, terminal } = context;
  const isDrawn = terminal.columns !== undefined && !flags.get('json');
  const picture = isDrawn ? drawing(context) : appending(context);
  const { clock } = await wireClocks(undefined);
  const ending = new AbortController();
  const loop = async (): Promise<void> => {
    while (!ending.signal.aborted) {
      const sight = await orWhyNot(look);
      if (!ending.signal.aborted) picture.show(sight);
      await clock.sleep(flags.get('every') * 1000, ending.signal).catch(() => undefined);
    }
  };
  const done = loop().finally(() => picture.close());
  const refused = done.then(
    () => new Promise<string>(() => undefined),
    (error: unknown) => String(error),
  );
  return waitForStop({
    reload: () => Promise.resolve(),
    stop: async () => {
      ending.abort();
      await done.catch(() => undefined);
    },
    refused,
  });
}

interface Picture {
  readonly show: (sight: Sight | string) => void;
  readonly close: () => void;
}

function appending(context: CommandContext): Picture {
  const { flags, terminal, environment } = context;
  const look = { ...lookFor(environment), isColoured: false };
  const show = (sight: Sight | string): void => {
    if (typeof sight === 'string') return terminal.err(`replicator status: ${sight}`);
    if (flags.get('json')) return terminal.out(JSON.stringify(sightShape.encode(sight)));
    terminal.out(`--- ${new Date().toISOString()}`);
    for (const line of statusLines(sight, context)) terminal.out(paint(line, look));
  };
  return { show, close: () => undefined };
}

function drawing(context: CommandContext): Picture {
  const look = lookFor(context.environment);
  const screen = openScreen(process.stdout, look);
  const show = (sight: Sight | string): void => {
    const { width, height } = screen.size();
    const lines: readonly Line[] =
      typeof sight === 'string' ? [[span(sight, 'high')]] : statusLines(sight, context);
    const title = [
      span(`${new Date().toLocaleTimeString()}, every ${context.flags.get('every')} s, Ctrl-C ends`, 'faint'),
    ];
    const shown = [title, ...lines].slice(0, height).map((line) => padded(cut(line, width), width));
    const blank = Array.from({ length: Math.max(0, height - shown.length) }, () => padded([], width));
    screen.show([...shown, ...blank]);
  };
  return { show, close: () => screen.close() };
}

function padded(line: Line, width: number): Line {
  const used = line.reduce((sum, { text }) => sum + text.length, 0);
  return [...line, span(' '.repeat(Math.max(0, width - used)))];
}
