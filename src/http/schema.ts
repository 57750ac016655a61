/** What JSON can say. */
export type Json =
  null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined };

export type JsonType = 'null' | 'boolean' | 'integer' | 'number' | 'string' | 'array' | 'object';

/** The part of JSON Schema (2020-12, as OpenAPI 3.1 has it) that answers and bodies are described by. */
export interface Schema {
  /** A record's name: it becomes a component of the OpenAPI document. */
  readonly title?: string;
  readonly description?: string;
  readonly type?: JsonType;
  readonly format?: string;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxLength?: number;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly anyOf?: readonly Schema[];
}

/**
 * Where a value is not as its schema says, one line each, `path: what`; nothing for a good one. `isOpen` lets pass
 * members that the schema does not know: another version may have more.
 */
export function checkSchema(schema: Schema, value: unknown, isOpen = false): readonly string[] {
  return check({ schema, path: '', isOpen }, value);
}

interface Place {
  readonly schema: Schema;
  readonly path: string;
  readonly isOpen: boolean;
}

function check(place: Place, value: unknown): readonly string[] {
  const { schema } = place;
  if (schema.anyOf) return checkAny(place, schema.anyOf, value);
  if (schema.type && !hasType(schema.type, value)) return [fault(place, `must be ${nameOf(schema.type)}`)];
  if (typeof value === 'string') return checkText(place, value);
  if (typeof value === 'number') return checkNumber(place, value);
  if (Array.isArray(value)) {
    const items: readonly unknown[] = value;
    return items.flatMap((item, index) => check(below(place, schema.items ?? {}, `[${index}]`), item));
  }
  return isObject(value) ? checkObject(place, value) : [];
}

/** The faults of the choice that has the fewest. */
function checkAny(place: Place, choices: readonly Schema[], value: unknown): readonly string[] {
  const found = choices.map((schema) => check({ ...place, schema }, value));
  return found.toSorted((one, other) => one.length - other.length)[0] ?? [];
}

function checkText(place: Place, value: string): readonly string[] {
  const { enum: words, maxLength } = place.schema;
  if (words && !words.includes(value)) return [fault(place, `must be one of ${words.join(', ')}`)];
  if (maxLength !== undefined && value.length > maxLength) {
    return [fault(place, `must have at most ${maxLength} characters`)];
  }
  return [];
}

function checkNumber(place: Place, value: number): readonly string[] {
  const { minimum = -Infinity, maximum = Infinity } = place.schema;
  if (value >= minimum && value <= maximum) return [];
  return [
    fault(
      place,
      maximum === Infinity ? `must be at least ${minimum}` : `must be from ${minimum} to ${maximum}`,
    ),
  ];
}

function checkObject(place: Place, value: Readonly<Record<string, unknown>>): readonly string[] {
  const { properties = {}, required = [], additionalProperties } = place.schema;
  const missing = required
    .filter((key) => value[key] === undefined)
    .map((key) => fault(below(place, {}, key), 'is missing'));
  const members = Object.entries(value).flatMap(([key, member]) => {
    const known = Object.hasOwn(properties, key) ? properties[key] : undefined;
    if (known) return member === undefined ? [] : check(below(place, known, key), member);
    if (typeof additionalProperties === 'object')
      return check(below(place, additionalProperties, key), member);
    return additionalProperties === false && !place.isOpen
      ? [fault(below(place, {}, key), 'is not known')]
      : [];
  });
  return [...missing, ...members];
}

function below(place: Place, schema: Schema, step: string): Place {
  const dot = place.path === '' || step.startsWith('[') ? '' : '.';
  return { ...place, schema, path: `${place.path}${dot}${step}` };
}

function fault({ path }: Place, text: string): string {
  return path === '' ? text : `${path}: ${text}`;
}

function hasType(type: JsonType, value: unknown): boolean {
  switch (type) {
    case 'null':
      return value === null;
    case 'integer':
      return Number.isSafeInteger(value);
    case 'number':
      return Number.isFinite(value);
    case 'array':
      return Array.isArray(value);
    case 'object':
      return isObject(value);
    case 'boolean':
    case 'string':
      return typeof value === type;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const NAMES: Readonly<Record<JsonType, string>> = {
  null: 'null',
  boolean: 'true or false',
  integer: 'a whole number',
  number: 'a number',
  string: 'a text',
  array: 'a list',
  object: 'an object',
};

function nameOf(type: JsonType): string {
  return NAMES[type];
}
