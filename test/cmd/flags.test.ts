import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { COMMANDS } from '../../cmd/commands.ts';
import { flagNames } from '../../src/config/argv.ts';
import { OPTIONS } from '../../src/config/options.ts';
import { runCli } from '../support/processes.ts';
import { runInProcess as run } from './run-in-process.ts';

const folder = mkdtempSync(join(tmpdir(), 'replicator-flags-'));
const wrong = join(folder, 'wrong.hcl');
writeFileSync(wrong, 'http_prot = 1\nlog_level = "loud"\n');
afterAll(() => rmSync(folder, { recursive: true }));

const listing = COMMANDS.map(
  ({ name, summary }) => new RegExp(`replicator ${name} +${summary.replaceAll(' ', String.raw`\s+`)}\n`),
);

describe('the built program', () => {
  test('answers with the exit code and the lines of the command', async () => {
    const [list, unknown, wrongFile] = await Promise.all([
      runCli([]),
      runCli(['agnet']),
      runCli(['agent', `-config=${wrong}`, '--log-level', 'info']),
    ]);
    expect([list.code, list.stderr, unknown.code, unknown.stdout]).toEqual([0, '', 1, '']);
    expect(list.stdout).toBe((await run([])).stdout);
    expect(unknown.stderr).toBe((await run(['agnet'])).stderr);
    expect(wrongFile).toMatchObject({
      code: 1,
      stdout: '',
      stderr: (await run(['agent', '-config', wrong])).stderr,
    });
  });
});

describe('replicator', () => {
  test.each([[[]], [['-h']], [['-help']], [['--help']], [['help']]])(
    '%j lists the commands',
    async (argv) => {
      const { code, stdout, stderr } = await run(argv);
      expect([code, stderr]).toEqual([0, '']);
      expect(stdout.startsWith('Usage: replicator <command> [options]\n')).toBe(true);
      expect(listing.filter((line) => !line.test(stdout))).toEqual([]);
    },
  );

  test.each([
    [['agnet', '-dev'], 'replicator: unknown command agnet; did you mean agent?'],
    [['zzz'], 'replicator: unknown command zzz'],
    [['-dev', 'agent'], 'replicator: unknown flag before a command -dev'],
    [['help', 'agnet'], 'replicator: unknown command agnet; did you mean agent?'],
  ])('%j is refused by one line, with the usage', async (argv, line) => {
    const { code, stdout, stderr } = await run(argv);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr.startsWith(`${line}\nUsage: replicator <command> [options]\n`)).toBe(true);
  });
});

describe('replicator agent', () => {
  test.each([
    [['agent', '-h']],
    [['agent', '-help']],
    [['agent', '-config=/nowhere', '--help', '-bogus']],
    [['help', 'agent']],
  ])('%j lists every option of the table', async (argv) => {
    const { code, stdout, stderr } = await run(argv);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout.startsWith('Usage: replicator agent [options]\n')).toBe(true);
    const rows = OPTIONS.filter((row) => row.place !== 'env' && row.section !== 'Command');
    expect(
      flagNames(rows).filter((name) => !stdout.includes(`--${name.replace(/api-key-file$/, 'api-key')}`)),
    ).toEqual([]);
  });

  test.each([
    [['-config', wrong]],
    [['--config', wrong]],
    [[`-config=${wrong}`]],
    [[`--config=${wrong}`]],
    [['-config=/nowhere', '-config', wrong]],
    [[`-config=${folder}`]],
  ])('%j tells every fault of the file, one line each', async (flags) => {
    expect(await run(['agent', ...flags])).toMatchObject({
      code: 1,
      stdout: '',
      stderr:
        `${wrong}:1: http_prot: unknown key; did you mean http_port?\n` +
        `${wrong}:2: log_level: must be one of trace, debug, info, warn, error, fatal, panic\n`,
    });
  });

  test('unknown and wrong flags are told, one line each, with the usage', async () => {
    const { code, stdout, stderr } = await run([
      'agent',
      '-htp-port=1',
      '--log-level',
      'loud',
      '-consul',
      '-dev',
      'x',
    ]);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr.split('\n')).toEqual([
      'replicator agent: -htp-port: unknown flag; did you mean -http-port?',
      'replicator agent: -log-level: must be one of trace, debug, info, warn, error, fatal, panic',
      'replicator agent: -consul: needs a value',
      'replicator agent: x: unexpected argument',
      'Usage: replicator agent [options]',
      '       replicator agent -help lists the options.',
      '',
    ]);
  });

  test('wrong variables are told by their names', async () => {
    const env = { CONSUL_HTTP_ADDR: 'unix:///x', NOMAD_CACERT: join(folder, 'no.pem') };
    expect(await run(['agent'], env)).toMatchObject({
      code: 1,
      stderr:
        'CONSUL_HTTP_ADDR: must be host:port, or an http:// or https:// URL\n' +
        `NOMAD_CACERT: ${join(folder, 'no.pem')}: no such file or directory\n`,
    });
  });
});

test.each([
  ['version', 'Usage: replicator version [options]'],
  ['explain', 'Usage: replicator explain <id> [options]'],
  ['validate', 'Usage: replicator validate <file> … [options]'],
  ['status', 'Usage: replicator status [<prefix> …] [options]'],
])('the usage of %s shows which words may be left out', async (name, usage) => {
  expect((await run([name, '-help'])).stdout.split('\n')[0]).toBe(usage);
  expect((await run([name, '-no-such-flag'])).stderr).toContain(`\n${usage}\n`);
});

describe('completion', () => {
  test('prints a script that asks the program', async () => {
    const { code, stdout } = await runCli(['completion']);
    expect(code).toBe(0);
    expect(stdout).toContain('replicator --get-yargs-completions');
  });

  test.each<[readonly string[], readonly string[]]>([
    [
      ['replicator', ''],
      ['agent', 'version', 'completion'],
    ],
    [
      ['replicator', 'agent', '--'],
      ['--config', '--log-level', '--consul-token-file'],
    ],
    [
      ['replicator', 'agent', '--log-level', ''],
      ['debug', 'info'],
    ],
    [['replicator', 'version', '-'], ['--help']],
  ])('%j offers %j', async (words, expected) => {
    const { code, stdout, stderr } = await run(['--get-yargs-completions', ...words]);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout.trim().split('\n')).toEqual(expect.arrayContaining([...expected]));
  });
});

describe('every command', () => {
  test.each(COMMANDS.map((row) => [row.name, row] as const))(
    '%s is loaded by its own name and summary',
    async (_name, row) => {
      const { name, summary } = await row.load();
      expect({ name, summary }).toEqual({ name: row.name, summary: row.summary });
    },
  );

  test.each(COMMANDS.map((row) => [row.name, row] as const))(
    '%s takes no flag that is said to be of others',
    async (name, row) => {
      const { options } = await row.load();
      const foreign = options.filter(({ commands }) => commands !== undefined && !commands.includes(name));
      expect(foreign).toEqual([]);
    },
  );
});
