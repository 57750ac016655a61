/** Where the shell gets time from. The domain never asks: it is told `now`. */
export interface Clock {
  /** Wall clock, milliseconds since the epoch. May be set back or forward by the machine's owner. */
  now(): number;
  /** Milliseconds from an arbitrary start; never set back, but stops while the machine is suspended. */
  monotonicMs(): number;
  /** Resolves after `ms` of this clock; rejects with the signal's reason when it is aborted first. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  /** Calls `run` once after `ms` of this clock; the answer cancels it. Does not keep the process alive. */
  after(ms: number, run: () => void): () => void;
}
