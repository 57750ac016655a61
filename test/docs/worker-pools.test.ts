import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { readHcl } from '../../src/config/hcl.ts';
import type { TreeValue } from '../../src/config/tree.ts';
import { poolKeyTable, poolReasonTable } from '../../src/domain/policy/policy-tables.ts';
import { parsePoolMeta } from '../../src/domain/policy/pool-policy.ts';
import { readTables } from './fill.ts';

function read(path: string): string {
  return readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), 'utf8');
}

test('the tables of docs/worker-pools.md are those of the key table and of the reasons', () => {
  const tables = { 'pool keys': poolKeyTable(), 'pool reasons': poolReasonTable() };
  const { is, wanted } = readTables('worker-pools.md', tables);
  expect(is).toBe(wanted);
});

function objectAt(value: TreeValue | undefined, key: string): TreeValue | undefined {
  if (value?.kind !== 'object') return undefined;
  return value.members.find((member) => member.key === key)?.value;
}

test('the client configuration in jobs/ is a valid policy', () => {
  const { nodes, faults } = readHcl(read('jobs/client-pool.hcl'));
  expect(faults).toEqual([]);
  const client = nodes.find((node) => node.key === 'client')?.value;
  const meta = objectAt(client, 'meta');
  const members = meta?.kind === 'object' ? meta.members : [];
  const texts = members.map(({ key, value }) => [key, value.kind === 'text' ? value.text : '']);
  expect(parsePoolMeta(Object.fromEntries(texts))).toMatchObject({
    kind: 'policy',
    policy: { pool: 'workers-prod', region: 'eu-west-1', cooldownMs: 300_000 },
  });
});

test('the IAM policy in jobs/ has the actions of the page, and no other', () => {
  const { Statement: statements } = JSON.parse(read('jobs/iam-policy.json')) as {
    Statement: { Action: string[] }[];
  };
  const told = [...read('docs/worker-pools.md').matchAll(/^ *\| `((?:autoscaling|ec2):\w+)` /gm)].map(
    (row) => row[1] ?? '',
  );
  expect(statements.flatMap((statement) => statement.Action).toSorted()).toEqual(told.toSorted());
  expect(told).toHaveLength(7);
});
