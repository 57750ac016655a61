import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runCli } from '../support/processes.ts';

const folder = mkdtempSync(join(tmpdir(), 'replicator-validate-'));
afterAll(() => rmSync(folder, { recursive: true }));

const put = (name: string, text: string): string => {
  const path = join(folder, name);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, text);
  return path;
};

const good = `job "web" {
  update {
    max_parallel = 1
  }
  group "api" {
    count = 2
    meta {
      replicator_enabled      = true
      replicator_min          = 2
      replicator_max          = 10
      replicator_scalein_cpu  = 30
      replicator_scaleout_cpu = 80
    }
  }
}
`;
const bad = good.replace('= 80', '= 20').replace('count = 2', 'count = 1');

beforeAll(() => {
  put('dir/b.nomad', good);
  put('dir/a.hcl', 'consul = "localhost:8500"\n');
  put('dir/c.json', '{"name": "something", "version": 1}');
  put('dir/readme.md', '# not read');
});

const unfold = (text: string): string[] => text.replaceAll(`${folder}/`, '').split('\n');

describe('replicator validate', () => {
  test('says of good files what they are, exit code 0', async () => {
    const { code, stdout, stderr } = await runCli(['validate', put('web.nomad', good)]);
    expect([code, stderr]).toEqual([0, '']);
    expect(unfold(stdout)).toEqual(['web.nomad  job file, HCL 1  ok', '']);
  });

  test('tells every finding on a line with file, line and key, exit code 1', async () => {
    const { code, stdout, stderr } = await runCli([
      'validate',
      put('bad.nomad', bad),
      join(folder, 'no.hcl'),
    ]);
    expect([code, stderr]).toEqual([1, '']);
    expect(unfold(stdout)).toEqual([
      'bad.nomad:11: replicator_scalein_cpu: is 30, not below replicator_scaleout_cpu, which is 20 (task group web/api)',
      'no.hcl: no such file or directory',
      '',
      'bad.nomad  job file, HCL 1  1 fault',
      'no.hcl     unknown          1 fault',
      '',
    ]);
  });

  test('warnings alone are no failure', async () => {
    const path = put('warn.nomad', good.replace('count = 2', 'count = 1'));
    const { code, stdout } = await runCli(['validate', path]);
    expect(code).toBe(0);
    expect(unfold(stdout)[0]).toBe(
      'warn.nomad:6: count: warning: is 1, below replicator_min: it is scaled at once to 2 (task group web/api)',
    );
  });

  test('reads the files of a directory, and leaves out what is something else', async () => {
    const { code, stdout } = await runCli(['validate', join(folder, 'dir')]);
    expect(code).toBe(0);
    expect(unfold(stdout)).toEqual([
      'dir/c.json: notice: left out: nothing in it tells what it is; name it, with -kind',
      '',
      'dir/a.hcl    agent configuration, HCL 1  ok',
      'dir/b.nomad  job file, HCL 1             ok',
      'dir/c.json   unknown                     1 notice',
      '',
    ]);
  });

  test('what is named must be something', async () => {
    const { code, stdout } = await runCli(['validate', join(folder, 'dir/c.json')]);
    expect(code).toBe(1);
    expect(unfold(stdout)[0]).toBe('dir/c.json:1: nothing in it tells what it is; say it with -kind');
  });

  test('a directory without such files is a fault', async () => {
    mkdirSync(join(folder, 'empty'));
    const { code, stdout } = await runCli(['validate', join(folder, 'empty')]);
    expect([code, unfold(stdout)[0]]).toEqual([
      1,
      'empty: there is no .hcl, .json or .nomad file in this directory',
    ]);
  });

  test('reads standard input', async () => {
    const { code, stdout } = await runCli(['validate', '-'], { input: `locals { x = upper("y") }\n${bad}` });
    expect(code).toBe(1);
    expect(unfold(stdout)[0]).toMatch(/^\(standard input\):12: replicator_scalein_cpu: is 30/);
    expect(unfold(stdout)[2]).toBe('(standard input)  job file, HCL 2  1 fault');
  });

  test('gives JSON to programs', async () => {
    const { code, stdout } = await runCli(['validate', '--json', put('bad.nomad', bad)]);
    expect(code).toBe(1);
    expect(stdout.trim().split('\n')).toHaveLength(1);
    expect(JSON.parse(stdout)).toEqual({
      ok: false,
      files: [
        {
          file: join(folder, 'bad.nomad'),
          kind: 'job',
          syntax: 'HCL 1',
          findings: [
            {
              severity: 'fault',
              line: 11,
              key: 'replicator_scalein_cpu',
              message: 'is 30, not below replicator_scaleout_cpu, which is 20 (task group web/api)',
            },
          ],
        },
      ],
    });
  });

  test('what a file is can be said', async () => {
    const path = put('group.hcl', 'consul_token = "planted-secret"\n');
    const { code, stdout } = await runCli(['validate', '-kind', 'group', path]);
    expect(code).toBe(1);
    expect(unfold(stdout)[0]).toMatch(/^group\.hcl:1: consul_token: is a secret/);
    expect(stdout).not.toContain('planted');
  });

  test.each([
    [[], 'replicator validate: name the files or directories to check, or - for standard input\n'],
    [['-kind=jobs', 'x'], 'replicator validate: -kind: must be one of job, client, pool, agent, group\n'],
  ])('%j is refused', async (argv, line) => {
    const { code, stdout, stderr } = await runCli(['validate', ...argv]);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr.startsWith(line)).toBe(true);
  });
});
