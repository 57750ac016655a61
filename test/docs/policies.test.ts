import { test } from 'vitest';
import { groupKeyTable, reasonTable } from '../../src/domain/policy/policy-tables.ts';
import { expectTables } from './fill.ts';

test('the tables of docs/policies.md are those of the key table and of the reasons', () => {
  expectTables('policies.md', { 'group keys': groupKeyTable(), reasons: reasonTable() });
});
