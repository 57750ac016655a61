import { parseInstant, ZERO_TIME } from './instant.ts';

/** Reads typed members of a JSON object and notes the keys of those that do not fit; these read as a stand-in. */
export class FieldReader {
  readonly #members: ReadonlyMap<string, unknown>;
  readonly #faults: string[] = [];

  constructor(value: object) {
    this.#members = new Map<string, unknown>(Object.entries(value));
  }

  /** The first key that could not be read; undefined when all could. */
  get fault(): string | undefined {
    return this.#faults[0];
  }

  /** A member that must have this very value. */
  exactly(key: string, value: number | string): void {
    if (this.#members.get(key) !== value) this.#faults.push(key);
  }

  text(key: string): string {
    const value = this.#members.get(key);
    return typeof value === 'string' ? value : this.#fail(key, '');
  }

  /** A text of that form. */
  matching(key: string, pattern: RegExp): string {
    const value = this.#members.get(key);
    return typeof value === 'string' && pattern.test(value) ? value : this.#fail(key, '');
  }

  texts(key: string): readonly string[] {
    const value: unknown = this.#members.get(key);
    const isList = Array.isArray(value) && value.every((one): one is string => typeof one === 'string');
    return isList ? value : this.#fail(key, []);
  }

  /** A list of texts and nulls. */
  textsOrNull(key: string): readonly (string | null)[] {
    const value: unknown = this.#members.get(key);
    const isOne = (one: unknown): one is string | null => one === null || typeof one === 'string';
    return Array.isArray(value) && value.every(isOne) ? value : this.#fail(key, []);
  }

  object(key: string): Readonly<Record<string, unknown>> {
    const value: unknown = this.#members.get(key);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? Object.fromEntries(Object.entries(value)) : this.#fail(key, {});
  }

  flag(key: string): boolean {
    const value = this.#members.get(key);
    return typeof value === 'boolean' ? value : this.#fail(key, false);
  }

  count(key: string): number {
    const value = this.#members.get(key);
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
    return this.#fail(key, 0);
  }

  /** A whole number within bounds. */
  between(key: string, { min, max }: { readonly min: number; readonly max: number }): number {
    const value = this.count(key);
    return value >= min && value <= max ? value : this.#fail(key, min);
  }

  /** An RFC 3339 time in milliseconds since the epoch. */
  time(key: string): number {
    return parseInstant(this.text(key)) ?? this.#fail(key, 0);
  }

  /** The same, 0 for Go's zero time: never. */
  timeOrNever(key: string): number {
    return this.#members.get(key) === ZERO_TIME ? 0 : this.time(key);
  }

  oneOf<T>(key: string, choices: readonly [T, ...T[]]): T {
    const value = this.#members.get(key);
    return choices.find((choice) => choice === value) ?? this.#fail(key, choices[0]);
  }

  #fail<T>(key: string, standIn: T): T {
    this.#faults.push(key);
    return standIn;
  }
}
