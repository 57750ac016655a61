import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';

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

/**
 * A page as it is, and as the code would have its tables, both without padding; `UPDATE_DOCS=1` rewrites the page.
 */
export function readTables(
  page: string,
  tables: Readonly<Record<string, string>>,
): { readonly is: string; readonly wanted: string } {
  const path = fileURLToPath(new URL(`../../docs/${page}`, import.meta.url));
  const text = readFileSync(path, 'utf8');
  let wanted = text;
  for (const [marker, table] of Object.entries(tables)) wanted = fill(wanted, marker, table);
  if (process.env['UPDATE_DOCS'] === '1') writeFileSync(path, wanted);
  return { is: plain(text), wanted: plain(wanted) };
}
