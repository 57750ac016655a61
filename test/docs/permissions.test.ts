import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { nomadPolicyOf, readJobsFile, ruleLines } from '../support/policy-file.ts';
import { readTables } from './fill.ts';

const page = readFileSync(fileURLToPath(new URL('../../docs/permissions.md', import.meta.url)), 'utf8');

const shown = (file: string, language: string): string =>
  `\`\`\`${language}\n${readJobsFile(file).trimEnd()}\n\`\`\``;

/** What stands in the first cells of the page's tables. */
const told = [...page.matchAll(/^\| `(.+?)` +\|/gm)].map((row) => row[1] ?? '');

test('docs/permissions.md shows the policies in jobs/ as they are', () => {
  const { is, wanted } = readTables('permissions.md', {
    'consul policy': shown('consul-policy.hcl', 'hcl'),
    'consul group policy': shown('consul-policy-group.hcl', 'hcl'),
    'nomad policy': shown('nomad-policy.hcl', 'hcl'),
    'iam policy': shown('iam-policy.json', 'json'),
  });
  expect(is).toBe(wanted);
});

test('it tells what every Consul rule is for', () => {
  expect(told).toEqual(expect.arrayContaining([...ruleLines(readJobsFile('consul-policy-group.hcl'))]));
});

test('it tells what every Nomad capability is for', () => {
  const { namespaces } = nomadPolicyOf(readJobsFile('nomad-policy.hcl'));
  expect(told).toEqual(expect.arrayContaining([namespaces?.['*']].flat()));
});

test('it tells what every IAM action is for, and of no other', () => {
  const { Statement: statements } = JSON.parse(readJobsFile('iam-policy.json')) as {
    readonly Statement: readonly { readonly Action: readonly string[] }[];
  };
  const actions = statements.flatMap(({ Action }) => Action);
  const rows = told.filter((one) => /^(?:autoscaling|ec2):/.test(one));
  expect(rows.toSorted()).toEqual(actions.toSorted());
});
