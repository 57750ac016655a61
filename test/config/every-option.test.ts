import { describe, expect, test } from 'vitest';
import { parseArguments } from '../../src/config/argv.ts';
import { coerceText } from '../../src/config/coerce.ts';
import { readEnvironment } from '../../src/config/env.ts';
import { formatFault } from '../../src/config/fault.ts';
import { AGENT_FLAGS, OPTIONS, flagName } from '../../src/config/options.ts';
import type { OptionRow, OptionValue } from '../../src/config/options/row.ts';
import { parseConfigDocument } from '../../src/config/parse.ts';
import { Secret } from '../../src/config/secret.ts';
import type { Setting, Settings } from '../../src/config/setting.ts';
import { bareValue, hclDocument, jsonDocument, sampleOf } from './samples.ts';

type Case = readonly [string, OptionRow];

const inFiles: Case[] = OPTIONS.filter((row) => row.place === 'everywhere').map((row) => [row.key, row]);
const asFlags: Case[] = OPTIONS.filter((row) => row.place !== 'env').map((row) => [flagName(row), row]);
const inEnvironment: Case[] = OPTIONS.flatMap((row) => (row.env === undefined ? [] : [[row.env, row]]));
const secrets: Case[] = inFiles.filter(([, row]) => row.kind === 'secret');

/** What the table says that the sample text means. */
function meaningOf(row: OptionRow): OptionValue | undefined {
  const read = coerceText(row, sampleOf(row).text);
  return read.kind === 'value' ? read.value : undefined;
}

function revealed(setting: Setting | undefined): unknown {
  if (setting?.kind !== 'value') return setting?.path;
  return setting.value instanceof Secret ? setting.value.reveal() : setting.value;
}

function only({ settings, faults }: Settings): { key: string | undefined; value: unknown } {
  expect(faults.map(formatFault)).toEqual([]);
  expect(settings).toHaveLength(1);
  return { key: settings[0]?.key, value: revealed(settings[0]) };
}

function expected(row: OptionRow): { key: string; value: unknown } {
  const value = meaningOf(row);
  expect(value).toBeDefined();
  return { key: row.key, value: value instanceof Secret ? value.reveal() : value };
}

describe.each(inFiles)('%s in a file', (_key, row) => {
  const { text, wrong } = sampleOf(row);
  const names = [row.key, ...(row.fileAliases ?? [])];

  test.each(names)('is read from HCL and JSON as %s', (name) => {
    const value = bareValue(row, text);
    expect(only(parseConfigDocument(hclDocument(row, name, value), 'x'))).toEqual(expected(row));
    expect(only(parseConfigDocument(jsonDocument(row, name, value), 'x'))).toEqual(expected(row));
  });

  test.each(names)('is read from HCL and JSON as %s written as text', (name) => {
    const value = JSON.stringify(text);
    expect(only(parseConfigDocument(hclDocument(row, name, value), 'x'))).toEqual(expected(row));
    expect(only(parseConfigDocument(jsonDocument(row, name, value), 'x'))).toEqual(expected(row));
  });

  test.each([wrong, '{}', '[[]]'])('is one fault with file, line and key when it is %s', (value) => {
    for (const document of [hclDocument(row, row.key, value), jsonDocument(row, row.key, value)]) {
      const { settings, faults } = parseConfigDocument(document, 'x.hcl');
      expect(settings).toEqual([]);
      expect(faults.map(formatFault)).toEqual([expect.stringMatching(`^x\\.hcl:2: ${row.key}: must be `)]);
    }
  });

  test('is one fault when it stands twice', () => {
    const value = bareValue(row, text);
    const twice = hclDocument(row, row.key, value).replace(/\n.* = .*\n/, (line) => line + line.slice(1));
    expect(parseConfigDocument(twice, 'x').faults.map(formatFault)).toEqual([
      `x:3: ${row.key}: already given on line 2`,
    ]);
  });

  test('is stored for a group when the table says so, else refused', () => {
    const { settings, faults } = parseConfigDocument(
      hclDocument(row, row.key, bareValue(row, text)),
      'x',
      'group',
    );
    expect([settings.length, faults.length]).toEqual(row.isStorable === true ? [1, 0] : [0, 1]);
    expect(faults.every(({ message }) => message.includes('cannot be stored'))).toBe(true);
  });

  test('counts as not given when it is null, or empty and no whole number', () => {
    const parse = (value: string): Settings => parseConfigDocument(jsonDocument(row, row.key, value), 'x');
    expect(parse('null')).toEqual({ settings: [], faults: [] });
    expect(parse('""').faults.length).toBe(row.kind === 'int' ? 1 : 0);
    expect(parse('""').settings).toEqual([]);
  });
});

describe.each(asFlags)('-%s', (name, row) => {
  const { text } = sampleOf(row);
  const names = [name, ...(row.flagAliases ?? [])];
  const forms = names.flatMap((flag) => [
    [`-${flag}=${text}`],
    [`--${flag}=${text}`],
    ...(row.kind === 'bool'
      ? [[`-${flag}`], [`--${flag}`]]
      : [
          [`-${flag}`, text],
          [`--${flag}`, text],
        ]),
  ]);

  test.each(forms)('is read from %s %s', (...form) => {
    const argv = form.filter((word) => word !== undefined);
    const parsed = parseArguments([row], argv);
    expect(only(parsed)).toEqual(expected(row));
    expect(parsed.words).toEqual([]);
  });

  test('names itself when its value is wrong or missing', () => {
    const wrong = `-${name}=${row.kind === 'text' || row.kind === 'path' || row.kind === 'secret' ? '' : 'no such'}`;
    const { faults } = parseArguments([row], [wrong]);
    const needsOne = row.section === 'Command' || row.section === 'Group';
    const isWrong = !['text', 'path', 'secret', 'list'].includes(row.kind);
    expect(faults.map(({ key }) => key)).toEqual(isWrong || needsOne ? [`-${name}`] : []);
  });
});

describe.each(inEnvironment)('%s', (name, row) => {
  const { text } = sampleOf(row);

  test('is read from the environment', () => {
    expect(only(readEnvironment({ [name]: text }))).toEqual(expected(row));
  });

  test('counts as not set when it is empty, and is not looked at when something else is given', () => {
    expect(readEnvironment({ [name]: '' })).toEqual({ settings: [], faults: [] });
    expect(readEnvironment({ [name]: '\0 ' }, new Set([row.key]))).toEqual({ settings: [], faults: [] });
  });
});

describe.each(secrets)('%s_file', (key, row) => {
  test('names a file instead, in HCL, JSON and as a flag', () => {
    const expectedPath = { key, value: '/run/secret' };
    const flag = `-${flagName(row)}-file=/run/secret`;
    expect(only(parseConfigDocument(hclDocument(row, `${key}_file`, '"/run/secret"'), 'x'))).toEqual(
      expectedPath,
    );
    expect(only(parseConfigDocument(jsonDocument(row, `${key}_file`, '"/run/secret"'), 'x'))).toEqual(
      expectedPath,
    );
    expect(only(parseArguments(AGENT_FLAGS, [flag]))).toEqual(expectedPath);
  });

  test('cannot stand beside the secret itself', () => {
    const value = JSON.stringify(sampleOf(row).text);
    const both = hclDocument(row, key, `${value}\n${key}_file = "/run/secret"`);
    expect(parseConfigDocument(both, 'x').faults.map(formatFault)).toEqual([
      `x:3: ${key}_file: already given as ${key} on line 2`,
    ]);
  });
});

test('wrong values of secrets are not repeated in faults', () => {
  const text =
    'http_token = ["s3cr3t"]\nnotification {\n slack_webhook_url = "s3cr3t"\n}\nnomad = "http://u:s3cr3t@h"';
  const { faults } = parseConfigDocument(text, 'x');
  expect(faults).toHaveLength(3);
  expect(JSON.stringify(faults)).not.toContain('s3cr3t');
});
