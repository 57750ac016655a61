/** What the process does when it is asked to stop or to reload. */
export interface SignalHandlers {
  /** Rejections are not expected: a reload tells its faults itself. */
  readonly reload: () => Promise<void>;
  /** Told why: `received SIGTERM`. */
  readonly stop: (reason: string) => Promise<void>;
  /** Resolves to a reason for which the process cannot go on. */
  readonly refused?: Promise<string>;
}

const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGQUIT'] as const;

/**
 * Keeps the process alive until a stop was dealt with. Answers the exit code: 0 after a signal, 1 when a second one
 * cut it short or the process could not go on.
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
    const stop = (reason: string, code: number): void => {
      if (state.isStopping) return finish(1);
      state.isStopping = true;
      handlers.stop(reason).then(() => finish(code), reject);
    };
    const onStop = (name: string): void => stop(`received ${name}`, 0);
    void handlers.refused?.then((why) => !state.isStopping && stop(why, 1));
    const onReload = (): void => void handlers.reload();
    for (const name of STOP_SIGNALS) process.on(name, onStop);
    process.on('SIGHUP', onReload);
  });
}
