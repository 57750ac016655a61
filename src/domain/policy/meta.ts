/** Meta values are strings. These readers are the whole grammar; each answers undefined for a bad text. */

const TRUE = ['1', 't', 'T', 'TRUE', 'true', 'True'];
const FALSE = ['0', 'f', 'F', 'FALSE', 'false', 'False'];

/** The spellings of Go's strconv.ParseBool. */
export function parseBool(text: string): boolean | undefined {
  if (TRUE.includes(text)) return true;
  return FALSE.includes(text) ? false : undefined;
}

/** A decimal number ≥ 0, e.g. `80` or `72.5`. */
export function parseDecimal(text: string): number | undefined {
  if (!/^\+?\d+(\.\d+)?$/.test(text)) return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}

/** A whole number from 0 to 2^31 − 1. */
export function parseWhole(text: string): number | undefined {
  const value = /^\+?\d+$/.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(value) && value <= 0x7fff_ffff ? value : undefined;
}

function oneOf(text: string, choices: readonly string[]): string | undefined {
  return choices.includes(text) ? text : undefined;
}

/** How a meta value is read, and how a fault names what was expected. */
export const META_TYPES = {
  bool: { parse: parseBool, expected: 'true or false' },
  whole: { parse: parseWhole, expected: 'a whole number of 0 or more' },
  atLeastOne: {
    parse: (text: string): number | undefined => {
      const value = parseWhole(text);
      return value !== undefined && value >= 1 ? value : undefined;
    },
    expected: 'a whole number of 1 or more',
  },
  percent: { parse: parseDecimal, expected: 'a percentage of 0 or more' },
  seconds: { parse: parseDecimal, expected: 'a number of seconds of 0 or more' },
  provider: { parse: (text: string): string | undefined => oneOf(text, ['aws']), expected: 'aws' },
  reserve: {
    parse: (text: string): string | undefined => oneOf(text, ['all', 'largest']),
    expected: 'all or largest',
  },
  text: { parse: (text: string): string | undefined => text, expected: 'a text' },
} as const;

export type MetaType = keyof typeof META_TYPES;

/** One row of a key table. Parser, documentation and `init` templates are made from such rows. */
export interface MetaKey {
  readonly key: string;
  readonly type: MetaType;
  /** Required keys have no default; `pair` keys are required when the other of the pair is there. */
  readonly need: 'required' | 'pair' | 'optional';
  readonly fallback?: string;
  readonly meaning: string;
}

/** One thing wrong with a policy, naming its key. */
export interface PolicyFault {
  readonly key: string;
  readonly text: string;
}

/** The values of a table's keys, or every fault at once. Keys outside the table are left alone. */
export interface MetaReading {
  readonly values: ReadonlyMap<string, string | number | boolean>;
  readonly faults: readonly PolicyFault[];
}

/** Types of which an empty text counts as absent. */
const WORDS: readonly MetaType[] = ['text', 'provider', 'reserve'];

/**
 * Reads `meta` by a table: missing required keys and bad values become faults, absent others defaults. An
 * empty word counts as absent.
 */
export function readMeta(table: readonly MetaKey[], meta: Readonly<Record<string, string>>): MetaReading {
  const values = new Map<string, string | number | boolean>();
  const faults: PolicyFault[] = [];
  for (const row of table) {
    const given = Object.hasOwn(meta, row.key) ? meta[row.key] : undefined;
    const text = given === '' && WORDS.includes(row.type) ? row.fallback : (given ?? row.fallback);
    if (text === undefined) {
      if (row.need === 'required') faults.push({ key: row.key, text: 'is missing' });
      continue;
    }
    const value = META_TYPES[row.type].parse(text);
    if (value !== undefined) values.set(row.key, value);
    else
      faults.push({ key: row.key, text: `is ${JSON.stringify(text)}, not ${META_TYPES[row.type].expected}` });
  }
  return { values, faults };
}
