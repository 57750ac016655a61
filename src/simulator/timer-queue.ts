interface Timer {
  readonly atMs: number;
  readonly seq: number;
  readonly run: () => void;
  cancelled: boolean;
}

/** A timer that is due. */
export interface DueTimer {
  readonly atMs: number;
  readonly run: () => void;
}

const isBefore = (a: Timer, b: Timer): boolean => a.atMs < b.atMs || (a.atMs === b.atMs && a.seq < b.seq);

/** Timers ordered by time, then by insertion: a binary heap whose cancelled members are skipped. */
export class TimerQueue {
  private readonly heap: Timer[] = [];
  private seq = 0;

  /** Adds a timer; the answer cancels it. */
  add(atMs: number, run: () => void): () => void {
    this.seq += 1;
    const timer: Timer = { atMs, seq: this.seq, run, cancelled: false };
    this.heap.push(timer);
    this.siftUp(this.heap.length - 1);
    return () => {
      timer.cancelled = true;
    };
  }

  /** Removes and answers the first timer due at or before the time. */
  takeDue(untilMs: number): DueTimer | undefined {
    for (let first = this.heap[0]; first && first.atMs <= untilMs; first = this.heap[0]) {
      this.removeFirst();
      if (!first.cancelled) return first;
    }
    return undefined;
  }

  private removeFirst(): void {
    const last = this.heap.pop();
    if (!last || this.heap.length === 0) return;
    this.heap[0] = last;
    this.siftDown();
  }

  private siftUp(start: number): void {
    for (let index = start; index > 0;) {
      const parent = (index - 1) >> 1;
      if (!this.swapIfBefore(index, parent)) return;
      index = parent;
    }
  }

  private siftDown(): void {
    for (let index = 0; ;) {
      const left = index * 2 + 1;
      const right = left + 1;
      const smaller = this.isBeforeAt(right, left) ? right : left;
      if (!this.swapIfBefore(smaller, index)) return;
      index = smaller;
    }
  }

  private isBeforeAt(a: number, b: number): boolean {
    const first = this.heap[a];
    const second = this.heap[b];
    return first !== undefined && second !== undefined && isBefore(first, second);
  }

  private swapIfBefore(a: number, b: number): boolean {
    const first = this.heap[a];
    const second = this.heap[b];
    if (!first || !second || !isBefore(first, second)) return false;
    this.heap[a] = second;
    this.heap[b] = first;
    return true;
  }
}
