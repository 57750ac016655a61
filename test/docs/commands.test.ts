import { expect, test } from 'vitest';
import { commandTables } from '../../cmd/commands-doc.ts';
import { readTables } from './fill.ts';

test('the tables of docs/commands.md are those of the commands (UPDATE_DOCS=1 rewrites them)', async () => {
  const { is, wanted } = readTables('commands.md', await commandTables());
  expect(is).toBe(wanted);
});
