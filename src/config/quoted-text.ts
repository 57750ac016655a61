import type { Cursor } from './cursor.ts';
import type { Position } from './tree.ts';

/** The text between quotes, or where and why it cannot be read. */
export type QuotedText =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'bad'; readonly at: Position; readonly message: string };

/** What a language allows between quotes. */
export interface QuoteRules {
  /** Sticky pattern of one escape: group 1 a letter, groups 2 to 4 hexadecimal, group 5 octal digits. */
  readonly escape: RegExp;
  /** `${ … }` is taken as it stands, with the quotes and line ends in it. */
  readonly hasInterpolation: boolean;
}

export const HCL_QUOTES: QuoteRules = {
  escape: /\\(?:([abfnrtv\\"])|x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([0-7]{3}))/y,
  hasInterpolation: true,
};

export const JSON_QUOTES: QuoteRules = {
  escape: /\\(?:([bfnrt\\"/])|u([\da-fA-F]{4}))/y,
  hasInterpolation: false,
};

const LETTERS: Readonly<Record<string, string>> = {
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

const LAST_CODE_POINT = 0x10ffff;
const UNCLOSED = 'the text is not closed by a quote on its line';

/** Reads a quoted text whose opening quote is next. */
export function readQuoted(cursor: Cursor, rules: QuoteRules): QuotedText {
  const start = cursor.position;
  const parts: string[] = [];
  cursor.skip(1);
  for (;;) {
    parts.push(cursor.take(/[^"\\$\n]+/y)?.[0] ?? '');
    const next = cursor.peek();
    if (next === '' || next === '\n') return { kind: 'bad', at: start, message: UNCLOSED };
    if (next === '"') break;
    const at = cursor.position;
    const part = next === '\\' ? readEscape(cursor, rules) : readDollar(cursor, rules);
    if (part === undefined) return { kind: 'bad', at, message: badPart(next) };
    parts.push(part);
  }
  cursor.skip(1);
  return { kind: 'text', text: parts.join('') };
}

function badPart(first: string): string {
  return first === '\\' ? 'unknown escape after \\ in a text' : '${ is not closed by }';
}

function readEscape(cursor: Cursor, rules: QuoteRules): string | undefined {
  const match = cursor.take(rules.escape);
  if (match === undefined) return undefined;
  const [, letter, hex2, hex4, hex8, octal] = match;
  if (letter !== undefined) return LETTERS[letter] ?? letter;
  const code = octal === undefined ? parseInt(hex2 ?? hex4 ?? hex8 ?? '', 16) : parseInt(octal, 8);
  if (code > LAST_CODE_POINT || (octal !== undefined && code > 0xff)) return undefined;
  return String.fromCodePoint(code);
}

function readDollar(cursor: Cursor, rules: QuoteRules): string | undefined {
  if (!rules.hasInterpolation || !cursor.startsWith('${')) return cursor.skip(1);
  const parts = [cursor.skip(2)];
  for (let depth = 1; depth > 0;) {
    parts.push(cursor.take(/[^{}]+/y)?.[0] ?? '');
    if (cursor.isAtEnd) return undefined;
    const brace = cursor.skip(1);
    depth += brace === '{' ? 1 : -1;
    parts.push(brace);
  }
  return parts.join('');
}
