import { type EventParts, eventOf } from './event-json.ts';
import type { Change, Store } from '../world/store.ts';

/** What one write told. */
export interface LoggedWrite {
  readonly position: number;
  readonly index: number;
  readonly events: readonly EventParts[];
}

/** How many writes a server remembers: its `event_buffer_size`, where nobody has set it. */
const KEPT = 100;

/** The last writes that tell something, as one server remembers them. */
export class EventLog {
  private kept: LoggedWrite[] = [];
  private next = 0;
  private replaced = 0;
  private readonly waiting = new Set<() => void>();

  constructor(store: Store) {
    store.onChange((changes) => {
      const events = changes.map(eventOf).filter((event) => event !== undefined);
      if (events.length > 0) this.add(indexOf(changes) ?? store.index, events);
    });
    store.onAbandon(() => {
      this.kept = [];
      this.replaced += 1;
      this.wake();
    });
  }

  /** How often the whole state was replaced: who has read of an older one is sent away. */
  get epoch(): number {
    return this.replaced;
  }

  /** Where reading begins: at the write of that index, or the next one that there is; 0: at the oldest. */
  begin(index: number): number {
    const last = this.kept.at(-1);
    if (!last) return this.next;
    return (this.kept.find((one) => one.index >= index) ?? last).position;
  }

  /** The write at a position; undefined while there is none yet, `dropped` when it is no longer kept. */
  at(position: number): LoggedWrite | 'dropped' | undefined {
    const first = this.kept[0]?.position ?? this.next;
    return position < first ? 'dropped' : this.kept[position - first];
  }

  /** Calls `run` once, at the next write; the answer takes that back. */
  onNext(run: () => void): () => void {
    this.waiting.add(run);
    return () => void this.waiting.delete(run);
  }

  private add(index: number, events: readonly EventParts[]): void {
    this.kept.push({ position: this.next, index, events });
    this.next += 1;
    if (this.kept.length > KEPT) this.kept.shift();
    this.wake();
  }

  private wake(): void {
    const waiting = [...this.waiting];
    this.waiting.clear();
    for (const run of waiting) run();
  }
}

/** The write's own index: every row that it put carries it. */
function indexOf(changes: readonly Change[]): number | undefined {
  const indexes = changes.flatMap(({ after }) =>
    after !== undefined && 'modifyIndex' in after ? [after.modifyIndex] : [],
  );
  return indexes.length === 0 ? undefined : Math.max(...indexes);
}
