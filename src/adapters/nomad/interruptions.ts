/** Reads that can be broken off and begun anew, so that one that hangs keeps no connection from a write. */
export class Interruptions {
  private readonly running = new Set<AbortController>();

  /** What is begun now; the signal is aborted when it is to be broken off. */
  begin(): { readonly signal: AbortSignal; end(): void } {
    const controller = new AbortController();
    this.running.add(controller);
    return { signal: controller.signal, end: () => this.running.delete(controller) };
  }

  /** Breaks off what has been under way for longest. */
  interruptOldest(): void {
    const [oldest] = this.running;
    if (oldest === undefined) return;
    this.running.delete(oldest);
    oldest.abort(new Error('interrupted'));
  }
}
