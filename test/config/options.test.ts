import { describe, expect, test } from 'vitest';
import { flagNames } from '../../src/config/argv.ts';
import { coerceText } from '../../src/config/coerce.ts';
import { AGENT_FLAGS, OPTIONS, flagName, pickOptions } from '../../src/config/options.ts';

function duplicates(names: readonly string[]): readonly string[] {
  return names.filter((name, index) => names.indexOf(name) !== index);
}

describe('the option table', () => {
  test('uses every name once: keys, flags and variables', () => {
    expect(duplicates(OPTIONS.flatMap((row) => [row.key, ...(row.fileAliases ?? [])]))).toEqual([]);
    expect(duplicates(OPTIONS.flatMap((row) => [flagName(row), ...(row.flagAliases ?? [])]))).toEqual([]);
    expect(duplicates(OPTIONS.flatMap((row) => row.env ?? []))).toEqual([]);
  });

  test('writes keys with _ and help as one sentence without a full stop', () => {
    expect(OPTIONS.filter((row) => !/^[a-z]+(?:_[a-z]+\d*)*$/.test(row.key))).toEqual([]);
    expect(OPTIONS.filter((row) => !/^[A-Z].*[^.]$/.test(row.help))).toEqual([]);
  });

  test('has defaults that are valid themselves', () => {
    const wrong = OPTIONS.filter((row) => {
      const read = row.default === undefined ? undefined : coerceText(row, String(row.default));
      return read?.kind === 'fault' || (read !== undefined && read.value !== row.default);
    });
    expect(wrong).toEqual([]);
  });

  test('stores no secret for a group', () => {
    expect(OPTIONS.filter((row) => row.kind === 'secret' && row.isStorable === true)).toEqual([]);
  });

  test('bounds every number, gives every choice choices, and every lone flag its commands', () => {
    const isNumber = (kind: string): boolean => kind === 'int' || kind === 'port';
    expect(
      OPTIONS.filter((row) => isNumber(row.kind) && (row.min === undefined || row.max === undefined)),
    ).toEqual([]);
    expect(OPTIONS.filter((row) => (row.kind === 'choice') !== (row.choices !== undefined))).toEqual([]);
    expect(OPTIONS.filter((row) => (row.section === 'Command') !== (row.commands !== undefined))).toEqual([]);
    expect(OPTIONS.filter((row) => row.pattern !== undefined && row.expected === undefined)).toEqual([]);
  });

  test('gives the agent every option of the configuration, and no flag of other commands', () => {
    expect(flagNames(AGENT_FLAGS)).toEqual(
      expect.arrayContaining([
        'config',
        'dev',
        'statsd-address',
        'cluster-identifier',
        'pagerduty-service-key',
      ]),
    );
    expect(flagNames(AGENT_FLAGS)).toEqual(
      expect.arrayContaining([
        'opsgenie-api-key',
        'consul-token-file',
        'group',
        'service-id',
        'consul-agent',
      ]),
    );
    expect(flagNames(AGENT_FLAGS)).not.toContain('force');
    expect(flagNames(AGENT_FLAGS)).not.toContain('nomad-skip-verify');
  });

  test('does not read NOMAD_NAMESPACE and NOMAD_REGION, which Nomad sets in every task', () => {
    const variables = OPTIONS.map((row) => row.env);
    expect(variables).not.toContain('NOMAD_NAMESPACE');
    expect(variables).not.toContain('NOMAD_REGION');
  });

  test('gives rows by key', () => {
    expect(pickOptions('consul', 'wait').map((row) => row.key)).toEqual(['consul', 'wait']);
  });
});
