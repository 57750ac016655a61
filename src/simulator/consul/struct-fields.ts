import { isObject } from '../json-text.ts';
import type { Json } from '../json-text.ts';
import { kindOf, membersOf, mismatch } from './request-json.ts';

/** The members of an object by lower-case name; see `membersOf`. */
export type Members = ReturnType<typeof membersOf>;

/** The members of a body, `{}` for none; refuses what is no object with Go's name of the type. */
export function bodyMembers(value: Json, type: string): Members {
  if (!isObject(value)) throw mismatch(value, 'value', type);
  return membersOf(value);
}

/** A text; absent or null is `otherwise`. */
export function textField(members: Members, name: string, otherwise: string): string {
  const value = members.get(name.toLowerCase())?.value ?? null;
  if (value === null) return otherwise;
  if (typeof value !== 'string') throw mismatch(value, `struct field .${name}`, 'string');
  return value;
}

/** A list, null, or undefined for an absent one. */
export function listField(members: Members, name: string, type: string): readonly Json[] | null | undefined {
  const value = members.get(name.toLowerCase())?.value;
  if (value === undefined || value === null) return value;
  if (!Array.isArray(value)) throw mismatch(value, `struct field .${name}`, type);
  return value as readonly Json[];
}

/** A list of texts of Go's type `type`; null and absent as for any list. */
export function textsField(
  members: Members,
  name: string,
  type: string,
): readonly string[] | null | undefined {
  const items = listField(members, name, `[]${type}`);
  if (items === undefined || items === null) return items;
  return items.map((item) => {
    if (typeof item !== 'string') throw mismatch(item, `struct field .${name}`, type);
    return item;
  });
}

/** A whole number; absent or null is 0. */
export function intField(members: Members, name: string): number {
  const value = members.get(name.toLowerCase())?.value ?? null;
  if (value === null) return 0;
  if (kindOf(value) !== 'number') throw mismatch(value, `struct field .${name}`, 'int');
  return Number(value);
}
