import { isPlainValue, takeExpression, takeExpressionKey } from './hcl-expression.ts';
import { scanHcl } from './hcl-scanner.ts';
import { TokenReader } from './token.ts';
import type { Token } from './token.ts';
import type { ReadTree, TreeNode, TreeValue } from './tree.ts';

const EXPECTED_VALUE = 'expected a value: text in quotes, a number, true, false, a list or a block';

/**
 * Reads HCL 1: `key = value`, blocks with labels, quoted keys, comments, heredocs, several attributes on a line.
 * Never throws; goes on behind a fault, so that one reading finds them all.
 */
export function readHcl(text: string): ReadTree {
  return readAs(1, text);
}

/**
 * Reads HCL 2 as far as its structure goes, and HCL 1 besides: what is no plain value is an `expression`. It takes
 * more than HCL 2 does; who needs to know whether a text is HCL 2 asks a reader of that.
 */
export function readHclOutline(text: string): ReadTree {
  return readAs(2, text);
}

/** A reader of tokens, and the version of HCL that it is to understand. */
class HclReader extends TokenReader {
  readonly version: 1 | 2;

  constructor(version: 1 | 2, text: string) {
    super(scanHcl(text));
    this.version = version;
  }
}

function readAs(version: 1 | 2, text: string): ReadTree {
  const reader = new HclReader(version, text);
  const nodes = readMembers(reader, 'end');
  return { nodes, faults: reader.faults };
}

function readMembers(reader: HclReader, closing: '}' | 'end'): TreeNode[] {
  const nodes: TreeNode[] = [];
  for (;;) {
    const { type } = reader.peek();
    if (type === 'end' || type === closing) return nodes;
    const node = readMember(reader);
    if (node === undefined) reader.recover(closing);
    else nodes.push(node);
    reader.takeIf(',');
  }
}

function readMember(reader: HclReader): TreeNode | undefined {
  const start = reader.peek();
  const [key, ...labels] = readNames(reader);
  if (key === undefined) return reader.fault(start, 'expected a key');
  const sign = reader.peek();
  if (sign.type !== '{' && (!isAssignment(reader) || labels.length > 0)) {
    const place = sign.type === 'bad' || sign.line === start.line ? sign : start;
    const message = labels.length > 0 ? 'expected {' : 'expected = or { after the key';
    return reader.within(key, () => reader.fault(place, message));
  }
  reader.hasRecovered();
  if (sign.type !== '{') reader.next();
  const read = sign.type === '{' ? readPlainValue : readValue;
  const value = reader.within(key, () => read(reader));
  if (value === undefined) return undefined;
  return {
    key,
    labels,
    value,
    line: start.line,
    column: start.column,
    ...(start.type === 'text' && { isQuoted: true }),
    ...(sign.type === '{' && { isBlock: true }),
  };
}

/** `=`; and `:`, which HCL 2 has in its objects. */
function isAssignment(reader: HclReader): boolean {
  const sign = reader.peek();
  return sign.type === '=' || (reader.version === 2 && sign.type === 'bad' && sign.symbol === ':');
}

/** The key and the labels after it, all on one line. */
function readNames(reader: HclReader): string[] {
  if (reader.version === 2 && takeExpressionKey(reader)) return [''];
  const names: string[] = [];
  const { line } = reader.peek();
  for (;;) {
    const token = reader.peek();
    if ((token.type !== 'name' && token.type !== 'text') || token.line !== line) return names;
    names.push(token.text);
    reader.next();
  }
}

function readValue(reader: HclReader): TreeValue | undefined {
  return reader.version === 2 && !isPlainValue(reader) ? takeExpression(reader) : readPlainValue(reader);
}

function readPlainValue(reader: HclReader): TreeValue | undefined {
  const token = reader.peek();
  const { line, column } = token;
  switch (token.type) {
    case '{':
      return reader.nested(token, () => readBlock(reader));
    case '[':
      return reader.nested(token, () => readList(reader));
    case 'text':
      reader.next();
      return { kind: 'text', text: token.text, line, column };
    case 'bool':
      reader.next();
      return { kind: 'bool', bool: token.bool, line, column };
    case 'number':
      reader.next();
      return { kind: 'number', text: token.text, number: token.number, line, column };
    default:
      return reader.fault(token, EXPECTED_VALUE);
  }
}

function readBlock(reader: HclReader): TreeValue | undefined {
  const open = reader.next();
  const members = reader.within(undefined, () => readMembers(reader, '}'));
  if (!reader.takeIf('}')) return unclosed(reader, open, 'block');
  return { kind: 'object', members, line: open.line, column: open.column };
}

function readList(reader: HclReader): TreeValue | undefined {
  const open = reader.next();
  const items: TreeValue[] = [];
  for (;;) {
    while (reader.takeIf(','));
    if (reader.takeIf(']')) return { kind: 'list', items, line: open.line, column: open.column };
    if (reader.peek().type === 'end') return unclosed(reader, open, 'list');
    const item = readValue(reader);
    if (item === undefined) return undefined;
    items.push(item);
    const { type } = reader.peek();
    if (type !== ',' && type !== ']') return reader.fault(reader.peek(), 'expected , or ] in the list');
  }
}

function unclosed(reader: HclReader, open: Token, what: 'block' | 'list'): undefined {
  const closing = what === 'block' ? '}' : ']';
  return reader.fault(open, `the ${what} that begins here is not closed by ${closing}`);
}
