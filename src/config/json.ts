import { Cursor } from './cursor.ts';
import { JSON_QUOTES, readQuoted } from './quoted-text.ts';
import { TokenReader, isPunctuation } from './token.ts';
import type { Token } from './token.ts';
import type { ReadTree, TreeNode, TreeValue } from './tree.ts';

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.])/y;
const EXPECTED_VALUE = 'expected a value: text in quotes, a number, true, false, null, [ or {';

/** Reads a JSON object; a comma before a closing bracket is allowed. Never throws; stops at the first fault. */
export function readJson(text: string): ReadTree {
  const reader = new TokenReader(scanJson(text));
  const nodes: TreeNode[] = [];
  const isComplete = reader.takeIf('{')
    ? readMembers(reader, nodes)
    : (reader.fault(reader.peek(), 'expected {') ?? false);
  if (isComplete && reader.peek().type !== 'end') reader.fault(reader.peek(), 'text after the closing }');
  return { nodes, faults: reader.faults };
}

function scanJson(text: string): Token[] {
  const cursor = new Cursor(text);
  const tokens: Token[] = [];
  for (;;) {
    cursor.take(/[ \t\r\n]+/y);
    const token = scanToken(cursor);
    tokens.push(token);
    if (token.type === 'end') return tokens;
  }
}

function scanToken(cursor: Cursor): Token {
  const at = cursor.position;
  if (cursor.isAtEnd) return { ...at, type: 'end' };
  const next = cursor.peek();
  if (next !== '=' && isPunctuation(next)) {
    cursor.skip(1);
    return { ...at, type: next };
  }
  if (next === '"') {
    const quoted = readQuoted(cursor, JSON_QUOTES);
    if (quoted.kind === 'text') return { ...at, type: 'text', text: quoted.text };
    return { ...quoted.at, type: 'bad', message: quoted.message };
  }
  const number = cursor.take(NUMBER)?.[0];
  if (number !== undefined) return { ...at, type: 'number', text: number, number: Number(number) };
  const word = cursor.take(/(?:true|false|null)\b/y)?.[0];
  if (word === 'null') return { ...at, type: 'null' };
  if (word !== undefined) return { ...at, type: 'bool', bool: word === 'true' };
  cursor.take(/[\w.+-]+|[^]/uy);
  return { ...at, type: 'bad', message: 'unexpected character; a text needs quotes' };
}

/** Reads up to the closing brace into `nodes`, which keeps what came before a fault. */
function readMembers(reader: TokenReader, nodes: TreeNode[]): boolean {
  while (!reader.takeIf('}')) {
    const start = reader.peek();
    const node = readMember(reader);
    if (node === undefined) return false;
    nodes.push(node);
    const { type, line } = reader.peek();
    if (type === ',') reader.next();
    else if (type !== '}') {
      reader.fault(line === start.line ? reader.peek() : start, 'expected , or } after this member');
      return false;
    }
  }
  return true;
}

function readMember(reader: TokenReader): TreeNode | undefined {
  const start = reader.next();
  if (start.type !== 'text') return reader.fault(start, 'expected a key in quotes');
  if (!reader.takeIf(':')) {
    return reader.within(start.text, () => reader.fault(reader.peek(), 'expected : after the key'));
  }
  const value = reader.within(start.text, () => readValue(reader));
  if (value === undefined) return undefined;
  return { key: start.text, labels: [], value, line: start.line, column: start.column };
}

function readValue(reader: TokenReader): TreeValue | undefined {
  const token = reader.next();
  const { line, column } = token;
  switch (token.type) {
    case 'text':
      return { kind: 'text', text: token.text, line, column };
    case 'number':
      return { kind: 'number', text: token.text, number: token.number, line, column };
    case 'bool':
      return { kind: 'bool', bool: token.bool, line, column };
    case 'null':
      return { kind: 'null', line, column };
    case '{':
      return reader.nested(token, () => readObject(reader, token));
    case '[':
      return reader.nested(token, () => readList(reader, token));
    default:
      return reader.fault(token, EXPECTED_VALUE);
  }
}

function readObject(reader: TokenReader, open: Token): TreeValue | undefined {
  const members: TreeNode[] = [];
  if (!reader.within(undefined, () => readMembers(reader, members))) return undefined;
  return { kind: 'object', members, line: open.line, column: open.column };
}

function readList(reader: TokenReader, open: Token): TreeValue | undefined {
  const items: TreeValue[] = [];
  while (!reader.takeIf(']')) {
    const item = readValue(reader);
    if (item === undefined) return undefined;
    items.push(item);
    const { type } = reader.peek();
    if (type === ',') reader.next();
    else if (type !== ']') return reader.fault(reader.peek(), 'expected , or ] in the list');
  }
  return { kind: 'list', items, line: open.line, column: open.column };
}
