import { malformed } from './errors.ts';
import type { Attempt } from './errors.ts';

/** A JSON object whose members have not been looked at. */
export type Fields = Readonly<Record<string, unknown>>;

/** Says what an answer lacks; `parseAnswer` turns it into PortError `invalid`. */
export class WireFault extends Error {}

/** Parses an answer's text and reads it. Throws PortError `invalid` for no JSON and for a WireFault. */
export function parseAnswer<T>(text: string, attempt: Attempt, read: (value: unknown) => T): T {
  try {
    return read(JSON.parse(text));
  } catch (error) {
    if (error instanceof SyntaxError) throw malformed(attempt, `not JSON: ${text.slice(0, 80)}`);
    if (error instanceof WireFault) throw malformed(attempt, error.message);
    throw error;
  }
}

/** The object, or an empty one for anything else: for parts that may be null. */
export function fieldsOf(value: unknown): Fields {
  return isFields(value) ? value : {};
}

/** The object, or a WireFault. */
export function needFields(value: unknown, what: string): Fields {
  if (!isFields(value)) throw new WireFault(`${what} is no object`);
  return value;
}

/** The list, or a WireFault. */
export function needList(value: unknown, what: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new WireFault(`${what} is no list`);
  return value;
}

/** The list, or an empty one for null. */
export function listOf(value: unknown, what: string): readonly unknown[] {
  return value === null || value === undefined ? [] : needList(value, what);
}

/** A non-empty text member, or a WireFault. */
export function needText(fields: Fields, name: string, what: string): string {
  const value = fields[name];
  if (typeof value !== 'string' || value === '') throw new WireFault(`${what} has no ${name}`);
  return value;
}

/** A number member, or a WireFault. */
export function needNumber(fields: Fields, name: string, what: string): number {
  const value = fields[name];
  if (typeof value !== 'number') throw new WireFault(`${what} has no ${name}`);
  return value;
}

/** A text member, or ''. */
export function textOf(fields: Fields, name: string): string {
  const value = fields[name];
  return typeof value === 'string' ? value : '';
}

/** The members that are texts, of an object that may be null. */
export function textsOf(value: unknown): Readonly<Record<string, string>> {
  const texts = Object.entries(fieldsOf(value)).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  return Object.fromEntries(texts);
}

/** A number member, or 0. */
export function numberOf(fields: Fields, name: string): number {
  const value = fields[name];
  return typeof value === 'number' ? value : 0;
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
