import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { groupKeyTable, reasonTable } from '../../src/domain/policy/policy-tables.ts';

const path = fileURLToPath(new URL('../../docs/policies.md', import.meta.url));

/** Replaces what stands between a marker and its end. */
function fill(text: string, marker: string, table: string): string {
  const pattern = new RegExp(`(<!-- ${marker} -->)[\\s\\S]*?(<!-- end -->)`);
  expect(text).toMatch(pattern);
  return text.replace(pattern, (_all, begin: string, end: string) => `${begin}\n\n${table}\n\n${end}`);
}

/** Tables compared without the padding that the formatter gives their cells. */
function plain(text: string): string {
  return text
    .replaceAll(/ +\|/g, ' |')
    .replaceAll(/-{3,}/g, '---')
    .replaceAll(/\n{2,}/g, '\n\n');
}

test('the tables of docs/policies.md are those of the key table and of the reasons', () => {
  const text = readFileSync(path, 'utf8');
  const wanted = fill(fill(text, 'group keys', groupKeyTable()), 'reasons', reasonTable());
  if (process.env['UPDATE_DOCS'] === '1') writeFileSync(path, wanted);
  expect(plain(text)).toBe(plain(wanted));
});
