import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { findOnPath } from '../setup/servers.mjs';
import { readJobsFile } from '../support/policy-file.ts';
import { commandFaults } from '../support/command-line.ts';

const unit = readJobsFile('replicator.service');

/** The values of a key, in the order of the file. */
function valuesOf(key: string): readonly string[] {
  return [...unit.matchAll(new RegExp(`^${key}=(.*)$`, 'gm'))].map((found) => found[1] ?? '');
}

test('what the unit starts is a command with flags that there are', async () => {
  const lines = [...unit.matchAll(/^#?ExecStart=(\S.*)$/gm)].map((found) => found[1] ?? '');
  expect(lines).toHaveLength(2);
  const faults = lines.map((line) => commandFaults(line.replace('/usr/local/bin/', '')));
  expect((await Promise.all(faults)).flat()).toEqual([]);
});

test.each([
  ['ExecReload', '/bin/kill -HUP $MAINPID'],
  ['KillSignal', 'SIGTERM'],
  ['Restart', 'always'],
  ['NoNewPrivileges', 'yes'],
  ['DynamicUser', 'yes'],
  ['ProtectSystem', 'strict'],
  ['CapabilityBoundingSet', ''],
])('%s is %s', (key, value) => {
  expect(valuesOf(key)).toEqual([value]);
});

const analyzer = findOnPath('systemd-analyze');

test.skipIf(analyzer === undefined)('systemd understands it, and finds it little exposed', () => {
  const folder = mkdtempSync(join(tmpdir(), 'replicator-unit-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'replicator.service');
  writeFileSync(file, unit.replaceAll('/usr/local/bin/replicator', process.execPath));
  const run = (...args: readonly string[]): { readonly status: number | null; readonly text: string } => {
    const ran = spawnSync(analyzer ?? '', [...args, file], { encoding: 'utf8' });
    return { status: ran.status, text: `${ran.stdout}${ran.stderr}` };
  };
  expect(run('verify', '--man=no')).toEqual({ status: 0, text: '' });
  // Of 100; a unit without any of it has 96.
  expect(run('security', '--offline=true', '--threshold=20', '--no-pager').status).toBe(0);
});
