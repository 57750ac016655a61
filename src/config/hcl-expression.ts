import type { Token, TokenReader } from './token.ts';
import type { TreeValue } from './tree.ts';

const OPENING: ReadonlySet<string> = new Set(['(', '[', '{']);
const CLOSING: ReadonlySet<string> = new Set([')', ']', '}']);

/** True when the next value is a text, a number, a truth value, a list or an object, and nothing is done with it. */
export function isPlainValue(reader: TokenReader): boolean {
  const { type } = reader.peek();
  const length = measureExpression(reader);
  if (type === 'text' || type === 'number' || type === 'bool') {
    // A name behind it begins the next attribute, as HCL 1 allows on one line.
    return length <= 1 || reader.ahead(1).type === 'name';
  }
  if (type !== '{' && type !== '[') return length === 0;
  const first = reader.ahead(1);
  const isMadeByFor = first.type === 'name' && first.text === 'for' && reader.ahead(2).type === 'name';
  const whole = measureBrackets(reader);
  return !isMadeByFor && (whole === 0 || whole === length);
}

/** Takes the next value whatever it is made of. */
export function takeExpression(reader: TokenReader): TreeValue {
  const { line, column } = reader.peek();
  for (let left = measureExpression(reader); left > 0; left -= 1) reader.next();
  return { kind: 'expression', line, column };
}

/** Takes a key in parentheses, if there is one next: it is worked out by whoever knows the values. */
export function takeExpressionKey(reader: TokenReader): boolean {
  if (symbolOf(reader.peek()) !== '(') return false;
  const length = measureBrackets(reader);
  for (let left = length; left > 0; left -= 1) reader.next();
  return length > 0;
}

/** How many tokens the next value has: up to the end of its line, or what closes or parts the values around it. */
function measureExpression(reader: TokenReader): number {
  let depth = 0;
  for (let length = 0; ; length += 1) {
    const token = reader.ahead(length);
    if (isBroken(token)) return length;
    const symbol = symbolOf(token);
    const hasNewLine = length > 0 && token.line > reader.ahead(length - 1).line;
    if (depth === 0 && (hasNewLine || symbol === ',' || CLOSING.has(symbol))) return length;
    depth += OPENING.has(symbol) ? 1 : CLOSING.has(symbol) ? -1 : 0;
  }
}

/** How many tokens there are up to the bracket that closes the one that is next; 0 where none does. */
function measureBrackets(reader: TokenReader): number {
  let depth = 0;
  for (let length = 0; ; length += 1) {
    const token = reader.ahead(length);
    if (isBroken(token)) return 0;
    const symbol = symbolOf(token);
    depth += OPENING.has(symbol) ? 1 : CLOSING.has(symbol) ? -1 : 0;
    if (depth <= 0) return length + 1;
  }
}

/** The end of the text, or a token that is none in any version. */
function isBroken(token: Token): boolean {
  return token.type === 'end' || (token.type === 'bad' && token.symbol === undefined);
}

function symbolOf(token: Token): string {
  return token.type === 'bad' ? (token.symbol ?? '') : token.type;
}
