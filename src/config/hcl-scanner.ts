import { Cursor } from './cursor.ts';
import { parseGoInteger } from './go-literals.ts';
import { readHeredoc } from './heredoc.ts';
import { HCL_QUOTES, readQuoted } from './quoted-text.ts';
import type { QuotedText } from './quoted-text.ts';
import { isPunctuation } from './token.ts';
import type { Token } from './token.ts';
import type { Position } from './tree.ts';

const NUMBER =
  /-?(?:0[xX][\da-fA-F]*|\d+(?:\.\d*)?(?:[eE][+-]?\d*)?|\.\d+(?:[eE][+-]?\d*)?)[\p{L}\p{Nd}_.]*/uy;
const NAME = /[\p{L}_][\p{L}\p{Nd}_.-]*/uy;

/** The tokens of an HCL text, the last one `end`. What is no token becomes `bad`. */
export function scanHcl(text: string): Token[] {
  const cursor = new Cursor(text);
  const tokens: Token[] = [];
  for (;;) {
    const token = skipBlanks(cursor) ?? scanToken(cursor);
    tokens.push(token);
    if (token.type === 'end') return tokens;
  }
}

/** Passes white space and comments; a comment without an end is a bad token. */
function skipBlanks(cursor: Cursor): Token | undefined {
  for (;;) {
    while (cursor.take(/[ \t\r\n]+|(?:#|\/\/)[^\n]*/y));
    if (!cursor.startsWith('/*')) return undefined;
    const at = cursor.position;
    if (cursor.take(/\/\*[^]*?\*\//y) !== undefined) continue;
    cursor.take(/[^]*/y);
    return { ...at, type: 'bad', message: 'the comment is not closed by */' };
  }
}

function scanToken(cursor: Cursor): Token {
  const at = cursor.position;
  if (cursor.isAtEnd) return { ...at, type: 'end' };
  const next = cursor.peek();
  if (next !== ':' && isPunctuation(next)) {
    cursor.skip(1);
    return { ...at, type: next };
  }
  if (next === '"') return quotedToken(at, readQuoted(cursor, HCL_QUOTES));
  if (next === '<') return quotedToken(at, readHeredoc(cursor), cursor);
  const number = cursor.take(NUMBER)?.[0];
  if (number !== undefined) return numberToken(at, number);
  const name = cursor.take(NAME)?.[0];
  if (name !== undefined) return nameToken(at, name);
  const symbol = cursor.take(/[^]/uy)?.[0] ?? '';
  return { ...at, type: 'bad', message: 'unexpected character', symbol };
}

function quotedToken(at: Position, quoted: QuotedText, heredoc?: Cursor): Token {
  if (quoted.kind === 'text') return { ...at, type: 'text', text: quoted.text };
  if (heredoc?.peek() === '<') heredoc.skip(1);
  return { ...quoted.at, type: 'bad', message: quoted.message };
}

/** HCL 1 reads `010` as octal and `0x1f` as hexadecimal. */
function numberToken(at: Position, text: string): Token {
  const isFraction = /^-?(?!0[xX])[^.eE]*[.eE]/.test(text);
  const number = isFraction ? Number(text) : parseGoInteger(text);
  if (number === undefined || !Number.isFinite(number)) {
    return { ...at, type: 'bad', message: 'not a number; a text needs quotes' };
  }
  return { ...at, type: 'number', text, number };
}

function nameToken(at: Position, name: string): Token {
  if (name === 'true' || name === 'false') return { ...at, type: 'bool', bool: name === 'true' };
  return { ...at, type: 'name', text: name };
}
