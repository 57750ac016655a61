/** Reads the members of a JSON object without losing a digit of values it does not know. */

export interface RawMember {
  readonly key: string;
  /** The value's text as it stands in the document. */
  readonly raw: string;
}

/** A member and where it stands: its key begins at `keyStart`, its value fills `start` to `end`. */
export interface PlacedMember extends RawMember {
  readonly keyStart: number;
  readonly start: number;
  readonly end: number;
}

/** The top-level members of a JSON object in their order; undefined when the text is not one. */
export function splitMembers(text: string): readonly RawMember[] | undefined {
  return placeMembers(text)?.map(({ key, raw }) => ({ key, raw }));
}

/** The same with their places. */
export function placeMembers(text: string): readonly PlacedMember[] | undefined {
  if (!isObjectText(text)) return undefined;
  const members: PlacedMember[] = [];
  let at = skipBlank(text, text.indexOf('{') + 1);
  while (text[at] !== '}') {
    const keyEnd = endOfValue(text, at);
    const key: unknown = JSON.parse(text.slice(at, keyEnd));
    const start = skipBlank(text, skipBlank(text, keyEnd) + 1);
    const end = endOfValue(text, start);
    members.push({ key: String(key), raw: text.slice(start, end), keyStart: at, start, end });
    at = skipBlank(text, end);
    if (text[at] === ',') at = skipBlank(text, at + 1);
  }
  return members;
}

/** Text → value, undefined when it is no JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** JSON text of a string as Go's encoder writes it: `<`, `>`, `&` and the line separators escaped. */
export function quoteGo(text: string): string {
  return JSON.stringify(text).replace(
    /[<>&\u2028\u2029]/g,
    (char) => `\\u${(char.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  );
}

function isObjectText(text: string): boolean {
  const value = parseJson(text);
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function skipBlank(text: string, from: number): number {
  let at = from;
  while (' \t\r\n'.includes(text[at] ?? 'x')) at++;
  return at;
}

/** End of the value that starts at `from`, in a text known to be JSON. */
function endOfValue(text: string, from: number): number {
  let depth = 0;
  for (let at = from; at < text.length; at++) {
    const char = text[at] ?? '';
    if (char === '"') {
      at = endOfString(text, at);
      if (depth === 0) return at + 1;
    } else if (char === '{' || char === '[') depth++;
    else if (char === '}' || char === ']') {
      if (depth === 0) return at;
      depth--;
      if (depth === 0) return at + 1;
    } else if (depth === 0 && ', \t\r\n:'.includes(char)) return at;
  }
  return text.length;
}

function endOfString(text: string, from: number): number {
  let at = from + 1;
  while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at;
}
