import { parseJson } from '../json-text.ts';
import type { Json, JsonObject } from '../json-text.ts';

/** Why a body cannot be read, in the words of Go's decoder. */
export class DecodeFault extends Error {
  constructor(text: string) {
    super(text);
    this.name = 'DecodeFault';
  }
}

type Kind = 'null' | 'bool' | 'number' | 'string' | 'array' | 'object';

/** What Go calls the kind of a JSON value. */
export function kindOf(value: Json): Kind {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'string') return 'string';
  return typeof value === 'object' ? 'object' : 'number';
}

const CUT = /^[[{]/;

function faultOf(text: string): string {
  const body = text.trim();
  if (body === '') return 'EOF';
  if (CUT.test(body) && !/[\]}]$/.test(body)) return 'unexpected EOF';
  return `invalid character ${JSON.stringify(body[0]).replaceAll('"', "'")} looking for beginning of value`;
}

/** Parses a request body; whole numbers above 2^53 stay exact. */
export function decodeBody(text: string): Json {
  try {
    return parseJson(text);
  } catch {
    throw new DecodeFault(faultOf(text));
  }
}

/** The members of an object by lower-case name, as Go matches them; the last of a name counts. */
export function membersOf(value: JsonObject): ReadonlyMap<string, { name: string; value: Json }> {
  const members = new Map<string, { name: string; value: Json }>();
  for (const [name, item] of Object.entries(value)) members.set(name.toLowerCase(), { name, value: item });
  return members;
}

/** Refuses a value that Go cannot put into a field of that type. */
export function mismatch(value: Json, place: string, type: string): DecodeFault {
  return new DecodeFault(`json: cannot unmarshal ${kindOf(value)} into Go ${place} of type ${type}`);
}
