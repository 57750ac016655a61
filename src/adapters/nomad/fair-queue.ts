import { onAbort } from './on-abort.ts';

/** Where a piece of work stands in line: its lane, and the names whose limits it counts against. */
export interface Place {
  readonly lane: string;
  readonly counts: readonly string[];
  /** Comes before all that is not. */
  readonly urgent?: boolean;
}

interface Waiting {
  readonly place: Place;
  start(): void;
}

type Lanes = Map<string, Waiting[]>;

/**
 * Runs work within a total limit and a limit for each name. Lanes take turns, so that one with much
 * work or with work that hangs keeps no other waiting. Work of one lane must count against the same names.
 */
export class FairQueue {
  private readonly total: number;
  private readonly limitOf: (name: string) => number;
  private readonly lanes: Lanes = new Map();
  private readonly urgent: Lanes = new Map();
  private readonly busy = new Map<string, number>();
  private running = 0;

  constructor(total: number, limitOf: (name: string) => number) {
    this.total = total;
    this.limitOf = limitOf;
  }

  /** How much is under way that counts against a name. */
  underWay(name: string): number {
    return this.busy.get(name) ?? 0;
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

  private turn(place: Place, signal: AbortSignal): Promise<void> | undefined {
    if (signal.aborted) throw signal.reason;
    if (this.isFree(place)) {
      this.count(place, 1);
      return undefined;
    }
    return new Promise((resolve, reject) => {
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

  /** True when the work need not wait, and nobody else does. */
  private isFree(place: Place): boolean {
    return this.lanes.size === 0 && this.urgent.size === 0 && this.running < this.total && this.isOpen(place);
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
    return (
      takeFrom(this.urgent, (place) => this.isOpen(place)) ??
      takeFrom(this.lanes, (place) => this.isOpen(place))
    );
  }

  private enter(waiting: Waiting): void {
    const lanes = this.lanesOf(waiting);
    const line = lanes.get(waiting.place.lane);
    if (line === undefined) lanes.set(waiting.place.lane, [waiting]);
    else line.push(waiting);
  }

  private lanesOf({ place }: Waiting): Lanes {
    return place.urgent === true ? this.urgent : this.lanes;
  }

  private isOpen(place: Place): boolean {
    return place.counts.every((name) => this.underWay(name) < this.limitOf(name));
  }

  private count(place: Place, by: 1 | -1): void {
    this.running += by;
    for (const name of place.counts) {
      const now = this.underWay(name) + by;
      if (now === 0) this.busy.delete(name);
      else this.busy.set(name, now);
    }
  }

  private drop(waiting: Waiting): void {
    const lanes = this.lanesOf(waiting);
    const { lane } = waiting.place;
    const line = lanes.get(lane)?.filter((other) => other !== waiting) ?? [];
    if (line.length === 0) lanes.delete(lane);
    else lanes.set(lane, line);
  }
}

/** The first of the first lane whose turn it may be; the lane goes behind the others. */
function takeFrom(lanes: Lanes, isOpen: (place: Place) => boolean): Waiting | undefined {
  for (const [lane, line] of lanes) {
    const head = line[0];
    if (head === undefined || !isOpen(head.place)) continue;
    line.shift();
    lanes.delete(lane);
    if (line.length > 0) lanes.set(lane, line);
    return head;
  }
  return undefined;
}
