import { META_TYPES, type MetaKey } from '../../src/domain/policy/meta.ts';

/**
 * The block `meta` with every key of a table, each below its meaning: those that are needed with a value, the
 * others commented out, with their defaults. A key has its value from `examples`, else its default.
 */
export function metaBlock(
  table: readonly MetaKey[],
  examples: Readonly<Record<string, string>>,
  indent: string,
): string {
  const entries = table.flatMap((row) => {
    const value = examples[row.key] ?? row.fallback;
    return value === undefined ? [] : [entryOf(row, value)];
  });
  const lines = entries.join('\n\n').split('\n');
  const inner = lines.map((line) => (line === '' ? '' : `${indent}  ${line}`));
  return [`${indent}meta {`, ...inner, `${indent}}`].join('\n');
}

function entryOf(row: MetaKey, value: string): string {
  const line = `${row.key} = ${JSON.stringify(value)}`;
  const sign = row.need === 'optional' ? '# ' : '';
  return `# ${row.meaning}\n# ${needOf(row)}: ${META_TYPES[row.type].expected}\n${sign}${line}`;
}

function needOf({ need, fallback }: MetaKey): string {
  if (need === 'required') return 'required';
  if (need === 'pair') return 'both of a pair or neither, and at least one pair';
  return fallback === undefined ? 'optional' : `optional, ${fallback} unless given`;
}
