import { parse } from 'lossless-json';

/** A JSON value whose whole numbers beyond 2^53 are bigints. */
export type Json = string | number | bigint | boolean | null | readonly Json[] | JsonObject;

export interface JsonObject {
  readonly [key: string]: Json;
}

function parseNumber(text: string): number | bigint {
  const value = Number(text);
  return Number.isSafeInteger(value) || !/^-?\d+$/.test(text) ? value : BigInt(text);
}

/** Reads JSON without losing a digit of whole numbers. Throws a SyntaxError. */
export function parseJson(text: string): Json {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what its parser makes is nothing else
  return parse(text, null, parseNumber) as Json;
}

/** Writes JSON with bigints digit for digit, keys in the order they have. */
export function writeJson(value: Json): string {
  if (value === null) return 'null';
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value !== 'object') return String(value);
  if (isList(value)) return `[${value.map(writeJson).join(',')}]`;
  return `{${Object.entries(value).map(writeMember).join(',')}}`;
}

function writeMember([key, value]: [string, Json]): string {
  return `${JSON.stringify(key)}:${writeJson(value)}`;
}

/** The same value with the keys of every object in alphabetical order. */
export function sortKeys(value: Json): Json {
  if (isList(value)) return value.map(sortKeys);
  return isObject(value) ? sortMembers(value) : value;
}

/** The same object with all keys in alphabetical order, at every depth. */
export function sortMembers(object: JsonObject): JsonObject {
  return objectOf(
    Object.keys(object)
      .toSorted()
      .map((key) => [key, sortKeys(object[key] ?? null)]),
  );
}

/** An object of these members, in this order. */
export function objectOf(members: Iterable<readonly [string, Json]>): JsonObject {
  const object: Record<string, Json> = {};
  for (const [key, value] of members) object[key] = value;
  return object;
}

/** An object with the same keys and a value made of each. */
export function mapValues<T>(
  object: Readonly<Record<string, T>>,
  make: (value: T, key: string) => Json,
): JsonObject {
  return objectOf(Object.entries(object).map(([key, value]) => [key, make(value, key)]));
}

function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !isList(value);
}

export function asObject(value: Json | undefined): JsonObject {
  return isObject(value) ? value : {};
}

export function asArray(value: Json | undefined): readonly Json[] {
  return isList(value) ? value : [];
}

export function asText(value: Json | undefined, otherwise = ''): string {
  return typeof value === 'string' ? value : otherwise;
}

export function asNumber(value: Json | undefined, otherwise = 0): number {
  return typeof value === 'number' || typeof value === 'bigint' ? Number(value) : otherwise;
}

export function asBoolean(value: Json | undefined, otherwise = false): boolean {
  return typeof value === 'boolean' ? value : otherwise;
}
