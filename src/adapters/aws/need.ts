import { malformed } from './errors.ts';
import type { Attempt } from './errors.ts';

class Missing extends Error {}

/** The value; the SDK's types call everything optional. What it throws is for `parsed`. */
export function need<T>(value: T | undefined, name: string): T {
  if (value === undefined || (typeof value === 'number' && !Number.isFinite(value))) {
    throw new Missing(`there is no ${name} in the answer`);
  }
  return value;
}

/** What `parse` makes of an answer. Throws PortError `invalid` where something needed is not in it. */
export function parsed<T>(attempt: Attempt, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (error instanceof Missing) throw malformed(attempt, error.message);
    throw error;
  }
}
