import { setMaxListeners } from 'node:events';

/**
 * Calls `run` once when the signal is aborted, at once if it has been; the answer takes that back. Many
 * calls under way listen to one signal, so Node's warning of a leak at the eleventh is off for it.
 */
export function onAbort(signal: AbortSignal, run: () => void): () => void {
  if (signal.aborted) {
    run();
    return () => undefined;
  }
  setMaxListeners(0, signal);
  signal.addEventListener('abort', run, { once: true });
  return () => signal.removeEventListener('abort', run);
}
