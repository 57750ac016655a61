import type { Environment } from '../../src/config/env.ts';
import { lookFor, paint } from '../demo/look.ts';
import type { Line } from '../demo/text.ts';
import type { Terminal } from '../terminal.ts';

/** Prints a line: in colour on a terminal, unless NO_COLOR says otherwise. */
export function printLine(
  line: Line,
  { terminal, environment }: { readonly terminal: Terminal; readonly environment: Environment },
): void {
  const look = lookFor(environment);
  const isColoured = look.isColoured && terminal.columns !== undefined;
  terminal.out(paint(line, { ...look, isColoured }));
}
