import { parseBool } from '../domain/policy/meta.ts';
import { checkSchema, type Schema } from './schema.ts';

/** A parameter of a request's query. A boolean one counts as true when it stands there alone. */
export interface Parameter {
  readonly name: string;
  readonly schema: Schema & { readonly type: 'string' | 'integer' | 'boolean' };
  readonly description: string;
}

export type ParameterValue = string | number | boolean;

/** What was given, by name. */
export type Query = ReadonlyMap<string, ParameterValue>;

/** Reads a query by its table; a text says what is wrong with it. Parameters that nobody knows are left alone. */
export function readQuery(parameters: readonly Parameter[], search: string): Query | string {
  const given = new URLSearchParams(search);
  const query = new Map<string, ParameterValue>();
  for (const parameter of parameters) {
    const { name } = parameter;
    const [text, ...more] = given.getAll(name);
    if (text === undefined) continue;
    if (more.length > 0) return `${name}: is given more than once`;
    const value = readValue(parameter, text);
    const [fault] = checkSchema(parameter.schema, value);
    if (value === undefined || fault !== undefined) return `${name}: ${fault ?? 'must be true or false'}`;
    query.set(name, value);
  }
  return query;
}

function readValue({ schema }: Parameter, text: string): ParameterValue | undefined {
  switch (schema.type) {
    case 'boolean':
      return text === '' ? true : parseBool(text);
    case 'integer':
      return /^\d{1,16}$/.test(text) ? Number(text) : text;
    case 'string':
      return text;
  }
}

/** A text that was given, else undefined. */
export function textOf(query: Query, name: string): string | undefined {
  const value = query.get(name);
  return typeof value === 'string' ? value : undefined;
}

/** A number that was given, else undefined. */
export function numberOf(query: Query, name: string): number | undefined {
  const value = query.get(name);
  return typeof value === 'number' ? value : undefined;
}
