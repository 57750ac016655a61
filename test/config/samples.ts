import type { OptionRow } from '../../src/config/options/row.ts';

/** A value other than the default, as text; and one that is wrong. */
export interface Sample {
  readonly text: string;
  readonly wrong: string;
}

const KINDS: Readonly<Record<OptionRow['kind'], Sample>> = {
  text: { text: 'some-text', wrong: '[]' },
  secret: { text: 'some-secret', wrong: '[]' },
  int: { text: '7', wrong: '"seven"' },
  port: { text: '8080', wrong: '"http"' },
  bool: { text: 'true', wrong: '"yes"' },
  choice: { text: '', wrong: '"loud"' },
  address: { text: 'https://example.com:1234', wrong: '"http://"' },
  endpoint: { text: '10.0.0.1:8125', wrong: '"10.0.0.1"' },
  list: { text: 'one,two', wrong: '[true]' },
  path: { text: '/some/path', wrong: '[]' },
};

/** A sample for any row of the table. */
export function sampleOf(row: OptionRow): Sample {
  const sample = KINDS[row.kind];
  if (row.expected === 'an http:// or https:// URL') return { ...sample, text: 'https://example.com/hook' };
  return row.choices === undefined ? sample : { ...sample, text: row.choices.at(-1) ?? '' };
}

/** The text as it stands in HCL or JSON: numbers and truth values bare. */
export function bareValue(row: OptionRow, text: string): string {
  if (row.kind === 'list') return JSON.stringify(text.split(','));
  return ['int', 'port', 'bool'].includes(row.kind) ? text : JSON.stringify(text);
}

/** `key = value` in its block, the key on line 2. */
export function hclDocument(row: OptionRow, key: string, value: string): string {
  return row.block === undefined ? `\n${key} = ${value}\n` : `${row.block} {\n  ${key} = ${value}\n}\n`;
}

/** The same as JSON, the key on line 2. */
export function jsonDocument(row: OptionRow, key: string, value: string): string {
  const member = `\n"${key}": ${value}`;
  return row.block === undefined ? `{${member}}` : `{"${row.block}": {${member}}}`;
}
