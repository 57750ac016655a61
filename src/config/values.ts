import type { GivenValue } from './contents.ts';
import { findOption } from './options.ts';
import type { OptionKey, ValueOf } from './options.ts';
import type { OptionValue } from './options/row.ts';
import { Secret } from './secret.ts';

/** Reads options by key, with the defaults of the table and the type that the table gives them. */
export class Values {
  readonly #given: ReadonlyMap<string, GivenValue>;

  constructor(given: ReadonlyMap<string, GivenValue>) {
    this.#given = given;
  }

  /** The value that was given, else the default; undefined when there is neither. */
  get<K extends OptionKey>(key: K): ValueOf<K> {
    const value = this.#given.get(key)?.value ?? findOption(key)?.default;
    if (hasTypeOf(key, value)) return value;
    throw new TypeError(`the option ${key} has a value of another type`);
  }

  /** The text of a PEM file that an option names. */
  pem(key: OptionKey): Secret | undefined {
    const value = this.#given.get(key)?.value;
    return value instanceof Secret ? value : undefined;
  }

  isGiven(key: OptionKey): boolean {
    return this.#given.has(key);
  }
}

/** Coercion gave every value the type of its row; this says so to the compiler. */
function hasTypeOf<K extends OptionKey>(
  key: K,
  value: OptionValue | undefined,
): value is ValueOf<K> & OptionValue {
  const row = findOption(key);
  if (value === undefined) return row?.default === undefined;
  switch (row?.kind) {
    case 'int':
    case 'port':
      return typeof value === 'number';
    case 'bool':
      return typeof value === 'boolean';
    case 'secret':
      return value instanceof Secret;
    case 'list':
      return Array.isArray(value);
    default:
      return typeof value === 'string';
  }
}
