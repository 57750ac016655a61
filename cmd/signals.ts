/** What the process does when it is asked to stop or to reload. */
export interface SignalHandlers {
  /** Rejections are not expected: a reload tells its faults itself. */
  readonly reload: () => Promise<void>;
  readonly stop: (signal: string) => Promise<void>;
}

const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGQUIT'] as const;

/**
 * Keeps the process alive until a stop signal was dealt with. Answers the exit code: 0 after a stop, 1 when
 * a second signal cut it short.
 */
export function waitForStop(handlers: SignalHandlers): Promise<number> {
  return new Promise((resolve, reject) => {
    const keepAlive = setInterval(() => undefined, 60_000);
    const state = { isStopping: false };
    const finish = (code: number): void => {
      clearInterval(keepAlive);
      for (const name of STOP_SIGNALS) process.off(name, onStop);
      process.off('SIGHUP', onReload);
      resolve(code);
    };
    const onStop = (name: string): void => {
      if (state.isStopping) return finish(1);
      state.isStopping = true;
      handlers.stop(name).then(() => finish(0), reject);
    };
    const onReload = (): void => void handlers.reload();
    for (const name of STOP_SIGNALS) process.on(name, onStop);
    process.on('SIGHUP', onReload);
  });
}
