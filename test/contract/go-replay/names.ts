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

/** Recorded ids and the world's that stand for them, in the order in which both appeared. */
export class Names {
  readonly #own = new Map<string, string>();
  readonly #offered = new Map<Named, string[]>();
  readonly #unknown: string[] = [];
  readonly #spare: Partial<Readonly<Record<Named, readonly string[]>>>;

  /** `spare`: ids of the world that may stand for a recorded one although the face has not shown them yet. */
  constructor(spare: Partial<Readonly<Record<Named, readonly string[]>>> = {}) {
    this.#spare = spare;
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
    const free = this.#spare[kind]?.filter((one) => !taken.has(one)) ?? [];
    const [shown, ...others] = this.#offered.get(kind) ?? [];
    const id = shown ?? free[0];
    if (id === undefined) {
      this.#unknown.push(`${kind} ${recorded}`);
      return;
    }
    this.#offered.set(kind, others);
    this.#own.set(recorded, id);
  }
}
