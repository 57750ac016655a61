import { onAbort } from './on-abort.ts';

/** Where a piece of work stands in line: its lane, and the names whose limits it counts against. */
export interface Place {
  readonly lane: string;
  readonly counts: readonly string[];
}

interface Waiting {
  readonly place: Place;
  start(): void;
}

/**
 * Runs work within a total limit and a limit for each name. Lanes take turns, so that one with much
 * work or with work that hangs keeps no other waiting. Work of one lane must count against the same names.
 */
export class FairQueue {
  private readonly total: number;
  private readonly limitOf: (name: string) => number;
  private readonly lanes = new Map<string, Waiting[]>();
  private readonly busy = new Map<string, number>();
  private running = 0;

  constructor(total: number, limitOf: (name: string) => number) {
    this.total = total;
    this.limitOf = limitOf;
  }

  /** Rejects with the signal's reason when it is aborted before the work's turn comes. */
  async run<T>(place: Place, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    await this.turn(place, signal);
    try {
      return await work();
    } finally {
      this.count(place, -1);
      this.pump();
    }
  }

  private turn(place: Place, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const waiting = {
        place,
        start: (): void => {
          stay();
          resolve();
        },
      };
      const stay = onAbort(signal, () => {
        this.drop(waiting);
        reject(signal.reason);
      });
      this.enter(waiting);
      this.pump();
    });
  }

  private pump(): void {
    while (this.running < this.total) {
      const next = this.take();
      if (next === undefined) return;
      this.count(next.place, 1);
      next.start();
    }
  }

  private take(): Waiting | undefined {
    for (const [lane, line] of this.lanes) {
      const head = line[0];
      if (head === undefined || !this.isOpen(head.place)) continue;
      line.shift();
      this.lanes.delete(lane);
      if (line.length > 0) this.lanes.set(lane, line);
      return head;
    }
    return undefined;
  }

  private enter(waiting: Waiting): void {
    const line = this.lanes.get(waiting.place.lane);
    if (line === undefined) this.lanes.set(waiting.place.lane, [waiting]);
    else line.push(waiting);
  }

  private isOpen(place: Place): boolean {
    return place.counts.every((name) => (this.busy.get(name) ?? 0) < this.limitOf(name));
  }

  private count(place: Place, by: 1 | -1): void {
    this.running += by;
    for (const name of place.counts) {
      const now = (this.busy.get(name) ?? 0) + by;
      if (now === 0) this.busy.delete(name);
      else this.busy.set(name, now);
    }
  }

  private drop(waiting: Waiting): void {
    const line = this.lanes.get(waiting.place.lane)?.filter((other) => other !== waiting) ?? [];
    if (line.length === 0) this.lanes.delete(waiting.place.lane);
    else this.lanes.set(waiting.place.lane, line);
  }
}
