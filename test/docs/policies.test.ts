import { expect, test } from 'vitest';
import { groupKeyTable, reasonTable } from '../../src/domain/policy/policy-tables.ts';
import { readTables } from './fill.ts';

test('the tables of docs/policies.md are those of the key table and of the reasons', () => {
  const { is, wanted } = readTables('policies.md', { 'group keys': groupKeyTable(), reasons: reasonTable() });
  expect(is).toBe(wanted);
});
