import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { flagName, OPTIONS } from '../../src/config/options.ts';
import type { OptionRow } from '../../src/config/options/row.ts';
import { bareValue, sampleOf } from '../config/samples.ts';
import { runCli } from '../support/processes.ts';

const folder = mkdtempSync(join(tmpdir(), 'replicator-every-option-'));
afterAll(() => rmSync(folder, { recursive: true }));

const inFiles = OPTIONS.filter((row) => row.place === 'everywhere');
const asFlags = OPTIONS.filter((row) => row.place !== 'env' && row.section !== 'Command');
/** Of these a flag has texts that are wrong; any text is a path, a text or a secret. */
const canBeWrong = asFlags.filter(
  ({ kind, pattern }) => !['text', 'secret', 'path', 'list'].includes(kind) || pattern,
);

/** A configuration with every option, as `write` has its value. */
function document(write: (row: OptionRow) => string): string {
  const lines = (block: string | undefined): string[] =>
    inFiles.filter((row) => row.block === block).map((row) => `${row.key} = ${write(row)}`);
  return [
    ...lines(undefined),
    'telemetry {',
    ...lines('telemetry'),
    '}',
    'notification {',
    ...lines('notification'),
    '}',
    '',
  ].join('\n');
}

const put = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

describe('the built program and the table of options', () => {
  test('every key of the table is taken, with a value that is none of its defaults', async () => {
    const path = put(
      'good.hcl',
      document((row) => bareValue(row, sampleOf(row).text)),
    );
    const { code, stdout } = await runCli(['validate', '-kind=agent', path]);
    expect([stdout, code]).toEqual([`${path}  agent configuration, HCL 1  ok\n`, 0]);
  });

  test('every key of the table that has a wrong value is a line with its place, and nothing else is', async () => {
    const text = document((row) => sampleOf(row).wrong);
    const path = put('wrong.hcl', text);
    const { code, stdout, stderr } = await runCli(['agent', `-config=${path}`]);
    const lineOf = (key: string): number =>
      text.split('\n').findIndex((line) => line.startsWith(`${key} =`)) + 1;
    const told = stderr
      .trimEnd()
      .split('\n')
      .map((line) => line.replace(/^(.*?:\d+: \w+): .*$/, '$1'));
    expect([code, stdout]).toEqual([1, '']);
    expect(told).toEqual(
      inFiles
        .map(({ key }) => `${path}:${lineOf(key)}: ${key}`)
        .toSorted((one, other) => Number(/:(\d+):/.exec(one)?.[1]) - Number(/:(\d+):/.exec(other)?.[1])),
    );
  });

  test('every flag of the table that has a wrong value is a line, and nothing else is', async () => {
    const argv = canBeWrong.map((row) => `-${flagName(row)}=\u0001 wrong`);
    const { code, stdout, stderr } = await runCli(['agent', ...argv]);
    const told = [...stderr.matchAll(/^replicator agent: (-[\w-]+): \S.*$/gm)].map(([, flag]) => flag);
    expect([code, stdout]).toEqual([1, '']);
    expect(told).toEqual(canBeWrong.map((row) => `-${flagName(row)}`));
    expect(canBeWrong.length).toBeGreaterThan(20);
  });

  test('help has every flag with its default, unit and variable', async () => {
    const { code, stdout } = await runCli(['agent', '-help']);
    expect(code).toBe(0);
    const text = stdout.replaceAll(/\s+/g, ' ');
    const missing = asFlags.filter((row) => {
      const { default: value, defaultNote, env } = row;
      const said = defaultNote ?? (value === undefined || value === false ? undefined : String(value));
      const wanted = [
        `--${flagName(row)}`,
        ...(said === undefined ? [] : [`[default: ${said}]`]),
        ...(env === undefined ? [] : [`[env: ${env}]`]),
      ];
      return wanted.some((part) => !text.includes(part));
    });
    expect(missing.map(({ key }) => key)).toEqual([]);
  });
});
