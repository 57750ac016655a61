import { parseJson } from './json-members.ts';

/** `failsafe` and `paused`: a flag that an operator sets for everything. */
export interface Flag {
  readonly set: boolean;
  readonly by: string;
  readonly at: string;
  readonly reason: string;
}

/** An absent flag is not set; one that cannot be read is: unknown means hold. */
export function decodeFlag(text: string | undefined): Flag {
  const unreadable = { set: true, by: '', at: '', reason: 'the flag cannot be read' };
  return readFlag(text) ?? unreadable;
}

/** The same for whoever is to write it: undefined for one that cannot be read. */
export function readFlag(text: string | undefined): Flag | undefined {
  if (text === undefined) return { set: false, by: '', at: '', reason: '' };
  const value = parseJson(text);
  if (typeof value !== 'object' || value === null || !('set' in value) || typeof value.set !== 'boolean') {
    return undefined;
  }
  const textOf = (key: string): string => {
    const member: unknown = Object.entries(value).find(([name]) => name === key)?.[1];
    return typeof member === 'string' ? member : '';
  };
  return { set: value.set, by: textOf('by'), at: textOf('at'), reason: textOf('reason') };
}

/** A flag → its text in KV. */
export function encodeFlag({ set, by, at, reason }: Flag): string {
  return JSON.stringify({ set, by, at, reason });
}
