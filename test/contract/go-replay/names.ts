import type { RecordedCall } from './recorded-run.ts';

/** What the agent names by an id that a server made. */
export type Named = 'session' | 'evaluation' | 'deployment' | 'allocation' | 'node';

const BY_PATH: readonly (readonly [RegExp, Named])[] = [
  [/^\/v1\/session\/(?:renew|info|destroy)\/([0-9a-f-]{36})/, 'session'],
  [/\?(?:acquire|release)=([0-9a-f-]{36})/, 'session'],
  [/^\/v1\/evaluation\/([0-9a-f-]{36})/, 'evaluation'],
  [/^\/v1\/deployment\/([0-9a-f-]{36})/, 'deployment'],
  [/^\/v1\/(?:client\/)?allocation\/([0-9a-f-]{36})/, 'allocation'],
  [/^\/v1\/node\/([0-9a-f-]{36})/, 'node'],
];

/** When a recorded id was first and last asked for, seconds. */
type Span = readonly [first: number, last: number];

/** Recorded ids and the world's that stand for them, in the order in which both appeared. */
export class Names {
  readonly #own = new Map<string, string>();
  readonly #offered = new Map<Named, string[]>();
  readonly #unknown: string[] = [];
  readonly #spareNodes: readonly string[];
  readonly #spans = new Map<string, Span>();

  /** `spareNodes` of the world may stand for recorded ones although the face has not shown them yet. */
  constructor(calls: readonly RecordedCall[], spareNodes: readonly string[]) {
    this.#spareNodes = spareNodes;
    for (const { t, path } of calls) {
      const id = /^\/v1\/allocation\/([0-9a-f-]{36})/.exec(path)?.[1];
      if (id !== undefined) this.#spans.set(id, [this.#spans.get(id)?.[0] ?? t, t]);
    }
  }

  /** Recorded ids that nothing in the world stood for. */
  get unknown(): readonly string[] {
    return this.#unknown;
  }

  /** The face has shown an id. */
  offer(kind: Named, id: string): void {
    const offered = this.#offered.get(kind) ?? [];
    if (offered.includes(id) || [...this.#own.values()].includes(id)) return;
    this.#offered.set(kind, [...offered, id]);
  }

  /** The text with the world's ids; a recorded id in a path takes the next one that the face has shown. */
  translate(path: string, text: string): string {
    for (const [pattern, kind] of BY_PATH) this.#take(kind, pattern.exec(path)?.[1]);
    return text.replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, (id) => this.#own.get(id) ?? id);
  }

  #take(kind: Named, recorded: string | undefined): void {
    if (recorded === undefined || this.#own.has(recorded)) return;
    const taken = new Set(this.#own.values());
    const free = kind === 'node' ? this.#spareNodes.find((one) => !taken.has(one)) : undefined;
    const offered = this.#offered.get(kind) ?? [];
    const id = offered[Math.min(this.#outlivedBy(recorded), offered.length - 1)] ?? free;
    if (id === undefined) {
      this.#unknown.push(`${kind} ${recorded}`);
      return;
    }
    this.#offered.set(
      kind,
      offered.filter((one) => one !== id),
    );
    this.#own.set(recorded, id);
  }

  /** How many recorded allocations, of those that appear now, live longer: Nomad stops the highest names first. */
  #outlivedBy(recorded: string): number {
    const span = this.#spans.get(recorded);
    if (!span) return 0;
    const others = [...this.#spans].filter(([id]) => id !== recorded && !this.#own.has(id));
    return others.filter(([, [first, last]]) => Math.abs(first - span[0]) < 1 && last > span[1] + 1).length;
  }
}
