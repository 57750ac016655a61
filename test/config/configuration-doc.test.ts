import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { configurationDoc } from '../../src/config/configuration-doc.ts';
import { OPTIONS, flagName } from '../../src/config/options.ts';

const path = new URL('../../docs/configuration.md', import.meta.url);

test('docs/configuration.md is what the option table says (UPDATE_DOCS=1 rewrites it)', () => {
  if (process.env['UPDATE_DOCS'] === '1') writeFileSync(path, configurationDoc());
  expect(readFileSync(path, 'utf8')).toBe(configurationDoc());
});

test('the document names every option as it is written', () => {
  const text = configurationDoc();
  const names = OPTIONS.flatMap((row) => [
    row.place === 'everywhere' ? row.key : [],
    row.place === 'env' ? [] : `-${flagName(row)}`,
    row.env ?? [],
  ]).flat();
  expect(names.filter((name) => !text.includes(`\`${name}\``))).toEqual([]);
  expect(names.length).toBeGreaterThan(OPTIONS.length);
});
