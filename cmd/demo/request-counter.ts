import type { RequestLogEntry } from '../../src/simulator/http-handler.ts';
import { endpointOf } from './endpoint.ts';

/** Requests by what they ask, e.g. `GET /v1/jobs` or `DetachInstances`, in alphabetical order. */
export type Counts = Readonly<Record<string, number>>;

/** Counts the requests of one server's log as it grows. */
export class RequestCounter {
  total = 0;
  readonly #log: readonly RequestLogEntry[];
  readonly #nameOf: (entry: RequestLogEntry) => string;
  readonly #counts = new Map<string, number>();
  #last: RequestLogEntry | undefined;

  constructor(log: readonly RequestLogEntry[], nameOf: (entry: RequestLogEntry) => string = nameOfHttp) {
    this.#log = log;
    this.#nameOf = nameOf;
  }

  /** What has been added since the last call, oldest first. The log may have lost its oldest entries. */
  take(): readonly RequestLogEntry[] {
    const from = this.#last === undefined ? 0 : this.#log.lastIndexOf(this.#last) + 1;
    const fresh = this.#log.slice(from);
    this.#last = fresh.at(-1) ?? this.#last;
    for (const entry of fresh) {
      const name = this.#nameOf(entry);
      this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
    }
    this.total += fresh.length;
    return fresh;
  }

  counts(): Counts {
    return Object.fromEntries([...this.#counts].toSorted(([a], [b]) => (a < b ? -1 : 1)));
  }
}

function nameOfHttp({ method, path }: RequestLogEntry): string {
  return endpointOf(method, path);
}
