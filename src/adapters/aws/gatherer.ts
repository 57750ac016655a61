import type { Clock } from '../../ports/clock.ts';
import { onAbort } from './deadline.ts';

/** Calls that come within this time share their requests. */
const GATHER_MS = 50;

/** Reads things by key: what is not there is not in the map. */
export type ReadByKey<Item> = (region: string, keys: readonly string[]) => Promise<ReadonlyMap<string, Item>>;

/** What a gatherer is made from. */
export interface GathererOptions<Item> {
  readonly clock: Clock;
  /** Most keys in one request. */
  readonly most: number;
  readonly read: ReadByKey<Item>;
  /** Aborted when nothing is read any more. */
  readonly closing: AbortSignal;
  /** What a caller who leaves is told. */
  readonly stopped: (region: string) => Error;
}

interface Asker<Item> {
  readonly region: string;
  readonly keys: readonly string[];
  resolve(found: ReadonlyMap<string, Item>): void;
  reject(error: unknown): void;
}

/** Gathers reads of single things into requests for many. */
export class Gatherer<Item> {
  private readonly options: GathererOptions<Item>;
  private askers: Asker<Item>[] = [];

  constructor(options: GathererOptions<Item>) {
    this.options = options;
  }

  /** Those of the keys that were found. A caller that is aborted leaves; the others' requests go on. */
  ask(region: string, keys: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, Item>> {
    if (keys.length === 0) return Promise.resolve(new Map());
    return new Promise((resolve, reject) => {
      const leaving = [signal, this.options.closing].map((each) =>
        onAbort(each, () => reject(this.options.stopped(region))),
      );
      const leave = (): void => leaving.forEach((letGo) => letGo());
      if (signal.aborted || this.options.closing.aborted) return leave();
      this.add({
        region,
        keys,
        resolve: (found) => {
          leave();
          resolve(found);
        },
        reject: (error) => {
          leave();
          reject(error);
        },
      });
    });
  }

  private add(asker: Asker<Item>): void {
    this.askers.push(asker);
    if (this.askers.length === 1) this.options.clock.after(GATHER_MS, () => this.flush());
  }

  private flush(): void {
    const { askers } = this;
    this.askers = [];
    for (const region of new Set(askers.map((asker) => asker.region))) {
      this.serve(
        region,
        askers.filter((asker) => asker.region === region),
      );
    }
  }

  /** One request for each chunk of keys; an asker waits for those that his keys are in. */
  private serve(region: string, askers: readonly Asker<Item>[]): void {
    const { most, read } = this.options;
    const chunks = chunked([...new Set(askers.flatMap((asker) => asker.keys))], most);
    const chunkOf = new Map(chunks.flatMap((keys, at) => keys.map((key) => [key, at])));
    const answers = chunks.map((keys) => read(region, keys));
    for (const asker of askers) {
      const needed = new Set(asker.keys.map((key) => chunkOf.get(key)));
      const parts = answers.filter((_, at) => needed.has(at));
      Promise.all(parts).then(
        (found) => asker.resolve(pick(found, asker.keys)),
        (error: unknown) => asker.reject(error),
      );
    }
  }
}

function chunked(keys: readonly string[], most: number): readonly (readonly string[])[] {
  const count = Math.ceil(keys.length / most);
  return Array.from({ length: count }, (_, at) => keys.slice(at * most, (at + 1) * most));
}

function pick<Item>(
  parts: readonly ReadonlyMap<string, Item>[],
  keys: readonly string[],
): ReadonlyMap<string, Item> {
  const wanted = new Set(keys);
  return new Map(parts.flatMap((part) => [...part].filter(([key]) => wanted.has(key))));
}
