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
  return parse(text, null, parseNumber) as Json;
}

/** Writes JSON with bigints digit for digit, keys in the order they have. */
export function writeJson(value: Json): string {
  if (value === null) return 'null';
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value !== 'object') return String(value);
  if (Array.isArray(value)) return `[${value.map(writeJson).join(',')}]`;
  return `{${Object.entries(value).map(writeMember).join(',')}}`;
}

function writeMember([key, value]: [string, Json]): string {
  return `${JSON.stringify(key)}:${writeJson(value)}`;
}

/** The same value with the keys of every object in alphabetical order. */
export function sortKeys(value: Json): Json {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(sortKeys);
  const object = value as JsonObject;
  const sorted: Record<string, Json> = {};
  for (const key of Object.keys(object).toSorted()) sorted[key] = sortKeys(object[key] ?? null);
  return sorted;
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function asObject(value: Json | undefined): JsonObject {
  return isObject(value) ? value : {};
}

export function asArray(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? (value as readonly Json[]) : [];
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
