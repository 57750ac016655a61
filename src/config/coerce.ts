import { parseAddress, parseEndpoint } from './address.ts';
import { parseGoBool, parseGoInteger } from './go-literals.ts';
import type { OptionKind, OptionRow, OptionValue } from './options/row.ts';
import { Secret } from './secret.ts';
import type { TreeValue } from './tree.ts';

/** What was given; undefined when it counts as not given. Or what is wrong with it, without secrets. */
export type Coerced =
  | { readonly kind: 'value'; readonly value: OptionValue | undefined }
  | { readonly kind: 'fault'; readonly message: string };

const NOT_GIVEN: Coerced = { kind: 'value', value: undefined };

/**
 * Reads the value of an option as leniently as the Go release did: numbers and truth values may be written as
 * text, a number may stand for a text, an empty text or null counts as not given (but not for a whole number).
 */
export function coerce(row: OptionRow, value: TreeValue): Coerced {
  if (value.kind === 'null') return NOT_GIVEN;
  if (value.kind === 'text' && value.text === '' && row.kind !== 'int') return NOT_GIVEN;
  return KINDS[row.kind](row, value);
}

/** The same for a flag or a variable, which is always text. */
export function coerceText(row: OptionRow, text: string): Coerced {
  return coerce(row, { kind: 'text', text, line: 1, column: 1 });
}

type Reader = (row: OptionRow, value: TreeValue) => Coerced;

const KINDS: Readonly<Record<OptionKind, Reader>> = {
  text: readText,
  secret: readSecret,
  int: readInteger,
  port: readInteger,
  bool: readBool,
  choice: readChoice,
  address: readAddress,
  endpoint: readEndpoint,
  list: readList,
  path: readText,
};

function given(value: OptionValue): Coerced {
  return { kind: 'value', value };
}

function wrong(message: string): Coerced {
  return { kind: 'fault', message };
}

/** The text of a value; a heredoc loses the line end behind it. */
function textOf(value: TreeValue): string | undefined {
  if (value.kind === 'text') return value.text.replace(/[\r\n]+$/, '');
  return value.kind === 'number' ? value.text : undefined;
}

function readText(row: OptionRow, value: TreeValue): Coerced {
  const text = textOf(value);
  if (text === undefined) return wrong('must be text in quotes');
  if (row.pattern !== undefined && !row.pattern.test(text)) return wrong(`must be ${row.expected ?? 'text'}`);
  return given(text);
}

function readSecret(row: OptionRow, value: TreeValue): Coerced {
  const read = readText(row, value);
  return read.kind === 'value' && typeof read.value === 'string' ? given(new Secret(read.value)) : read;
}

function readInteger(row: OptionRow, value: TreeValue): Coerced {
  const { min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER } = row;
  const number = value.kind === 'number' ? value.number : parseGoInteger(textOf(value) ?? '');
  const unit = row.unit === undefined ? '' : ` of ${row.unit}`;
  if (number === undefined || !Number.isInteger(number)) return wrong(`must be a whole number${unit}`);
  if (number < min || number > max) return wrong(`must be from ${min} to ${max}, not ${number}`);
  return given(number);
}

function readBool(_row: OptionRow, value: TreeValue): Coerced {
  if (value.kind === 'bool') return given(value.bool);
  if (value.kind === 'number') return given(value.number !== 0);
  const bool = parseGoBool(textOf(value) ?? '');
  return bool === undefined ? wrong('must be true or false') : given(bool);
}

function readChoice(row: OptionRow, value: TreeValue): Coerced {
  const { choices = [], synonyms = {} } = row;
  const text = textOf(value)?.toLowerCase() ?? '';
  const choice = synonyms[text] ?? text;
  return choices.includes(choice) ? given(choice) : wrong(`must be one of ${choices.join(', ')}`);
}

function readAddress(_row: OptionRow, value: TreeValue): Coerced {
  const text = textOf(value);
  if (text === undefined) return wrong('must be text in quotes');
  const address = parseAddress(text, 'http');
  return address.kind === 'ok' ? given(text) : wrong(address.message);
}

function readEndpoint(_row: OptionRow, value: TreeValue): Coerced {
  const text = textOf(value) ?? '';
  return parseEndpoint(text) === undefined ? wrong('must be host:port') : given(text);
}

/** A list of texts, or one text with commas. */
function readList(_row: OptionRow, value: TreeValue): Coerced {
  if (value.kind === 'text') return given(splitList(value.text));
  if (value.kind !== 'list') return wrong('must be a list of texts');
  const items = value.items.map(textOf);
  return items.every((item) => item !== undefined) ? given(items) : wrong('must be a list of texts');
}

function splitList(text: string): readonly string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}
