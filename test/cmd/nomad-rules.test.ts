import { describe, expect, test } from 'vitest';
import { readNomadRules } from '../../cmd/check/nomad-rules.ts';

describe('rules of Nomad policies', () => {
  test.each([
    ['read', 'list-jobs', true],
    ['read', 'read-job', true],
    ['read', 'submit-job', false],
    ['write', 'submit-job', true],
    ['write', 'scale-job', true],
    ['scale', 'scale-job', true],
    ['scale', 'read-job', false],
    ['deny', 'list-jobs', false],
    ['list', 'list-jobs', true],
  ])('the policy "%s" gives %s: %s', (policy, capability, expected) => {
    const rules = readNomadRules([`namespace "default" { policy = "${policy}" }`]);
    expect(rules?.allows('default', capability)).toBe(expected);
  });

  test('capabilities add to a policy, and policies to each other', () => {
    const rules = readNomadRules([
      'namespace "default" {\n policy = "read"\n capabilities = ["scale-job"]\n}',
      'namespace "default" { capabilities = ["submit-job"] }',
    ]);
    const all = ['list-jobs', 'read-job', 'scale-job', 'submit-job'];
    expect(all.filter((capability) => rules?.allows('default', capability))).toEqual(all);
    expect(rules?.allows('other', 'read-job')).toBe(false);
  });

  test('what is denied stays so, whatever else is given', () => {
    const rules = readNomadRules([
      'namespace "a" { policy = "write" }',
      'namespace "a" { policy = "deny" }',
      'namespace "b" { capabilities = ["deny", "read-job"] }',
    ]);
    expect([rules?.allows('a', 'read-job'), rules?.allows('b', 'read-job')]).toEqual([false, false]);
  });

  test('of patterns the one counts that leaves least open, and a name counts before all', () => {
    const rules = readNomadRules([
      'namespace "*" { policy = "write" }\nnamespace "prod-*" { policy = "read" }\nnamespace "prod-web" { policy = "scale" }',
    ]);
    const writes = (namespace: string): boolean => rules?.allows(namespace, 'submit-job') === true;
    expect([writes('dev'), writes('prod-api'), writes('prod-web')]).toEqual([true, false, false]);
    expect(rules?.allows('prod-web', 'scale-job')).toBe(true);
  });

  test.each([
    ['node { policy = "write" }', 'write'],
    ['node { policy = "read" }', 'read'],
    ['{"node": {"policy": "read"}}', 'read'],
    ['agent { policy = "write" }', ''],
  ])('nodes: %s', (text, expected) => {
    expect(readNomadRules([text])?.node).toBe(expected);
  });

  test('rules that cannot be read tell nothing', () => {
    expect(readNomadRules(['namespace "default" {'])).toBeUndefined();
  });
});
