/** Somebody who wants the demo to end. */
export interface StopRequest {
  /** Resolves at the first one. More of them are heeded by nobody: the end is under way. */
  readonly asked: Promise<void>;
  /** As a key of the live view does. */
  readonly ask: () => void;
  readonly close: () => void;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGQUIT', 'SIGHUP'] as const;

/** Listens for the signals that end a program. A terminal and npm can both send the same one. */
export function listenForStop(): StopRequest {
  const { promise, resolve } = withResolver();
  for (const name of SIGNALS) process.on(name, resolve);
  return {
    asked: promise,
    ask: resolve,
    close: () => {
      for (const name of SIGNALS) process.off(name, resolve);
    },
  };
}

function withResolver(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
