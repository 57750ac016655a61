import type { EventEmitter } from 'node:events';

/** Somebody who wants the demo to end. */
export interface StopRequest {
  /** Resolves at the first one. More of them are heeded by nobody: the end is under way. */
  readonly asked: Promise<void>;
  /** As a key of the live view does. */
  readonly ask: () => void;
  readonly close: () => void;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGQUIT', 'SIGHUP'] as const;

/**
 * Listens for the signals that end a program (a terminal and npm can both send the same one), and for a reader of
 * `output` that goes away.
 */
export function listenForStop(output: EventEmitter): StopRequest {
  let ask = (): void => undefined;
  const asked = new Promise<void>((resolve) => {
    ask = resolve;
  });
  for (const name of SIGNALS) process.on(name, ask);
  output.on('error', ask);
  return {
    asked,
    ask,
    close: () => {
      for (const name of SIGNALS) process.off(name, ask);
      output.off('error', ask);
    },
  };
}
