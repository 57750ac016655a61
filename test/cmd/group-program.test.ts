import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { runCli } from '../support/processes.ts';
import { openFailsafeRoom, putStates, ROOT } from './failsafe-room.ts';
import { configText, type GroupRoom, keys, openGroupRoom } from './group-room.ts';

const folder = mkdtempSync(join(tmpdir(), 'replicator-groups-'));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string): string => join(folder, name);
writeFileSync(at('group.hcl'), 'job_scaling_interval = 5\n');
writeFileSync(at('bad.json'), '{"consul_token": "hush"}');
const EMPTY = { form: 1, key_root: ROOT, group: '', by: '', at: '2026-01-01T00:00:00Z', states: {} };
writeFileSync(at('states.json'), JSON.stringify(EMPTY));

async function openRoom(): Promise<GroupRoom> {
  const room = await openGroupRoom();
  room.consul.putKey(keys.groupConfig('blue'), configText());
  putStates(room, 'jobs/web/api');
  return room;
}

describe('the built program', () => {
  test.each([
    [0, 'groups', []],
    [0, 'configure', ['-group=blue']],
    [0, 'configure', ['-group', 'blue', '-input', at('group.hcl')]],
    [0, 'configure', ['-check', `-input=${at('group.hcl')}`]],
    [1, 'configure', ['-check', `-input=${at('bad.json')}`]],
    [1, 'configure', ['-group=green']],
    [0, 'pause', ['-group=blue']],
    [1, 'pause', []],
    [0, 'resume', ['--group=blue']],
    [0, 'checkpoint-backup', ['-group=blue', `-output=${at('new.json')}`]],
    [1, 'checkpoint-backup', ['-group=blue', `-output=${at('states.json')}`]],
    [0, 'checkpoint-restore', ['-group=blue', `-input=${at('states.json')}`]],
    [1, 'checkpoint-restore', ['-group=blue', `-input=${at('bad.json')}`]],
    [0, 'checkpoint-clear', ['-group=blue', '-failsafe']],
    [0, 'checkpoint-catch-up', ['-group=blue']],
    [1, 'checkpoint-catch-up', ['-group=blue', '-failsafe']],
  ])('exits with %i: %s %j', async (code, command, flags) => {
    const room = await openRoom();
    const outcome = await runCli([command, ...flags, `--consul-agent=${room.address}`]);
    expect(outcome.code).toBe(code);
    const isOnlyRead = command === 'configure' && flags.length === 1 && code === 0;
    expect([outcome.stdout !== '', outcome.stderr !== '']).toEqual([code === 0, code !== 0 || isOnlyRead]);
    expect(outcome.stderr).not.toMatch(/hush|at .*\.js:\d/);
  });

  test.each(['groups', 'configure', 'pause', 'resume', 'checkpoint-clear'])(
    'answers %s -json with one line, and nothing else on standard output',
    async (command) => {
      const room = await openRoom();
      const group = command === 'groups' ? [] : ['-group=blue'];
      const { code, stdout } = await runCli([command, '-json', ...group, `-consul=${room.address}`]);
      expect([code, stdout.endsWith('\n'), stdout.trim().split('\n').length]).toEqual([0, true, 1]);
      expect(() => void JSON.parse(stdout)).not.toThrow();
    },
  );

  test('takes the group, too, from the configuration of the agent', async () => {
    const room = await openRoom();
    writeFileSync(at('agent.hcl'), `group = "blue"\nservice_id = "a"\nconsul = "${room.address}"\n`);
    const { code, stderr } = await runCli(['pause', `-config=${at('agent.hcl')}`]);
    expect([code, stderr]).toEqual([0, '']);
    expect(room.json(keys.paused)).toMatchObject({ set: true });
  });
});

describe('what Consul does not allow or does not answer is one line, exit 1', () => {
  test('a missing right is named', async () => {
    const key = { keyPrefix: { [ROOT]: 'read' } } as const;
    const room = await openFailsafeRoom({ tokens: { 'a-token': key } });
    const { code, err } = await room.command('pause', '-consul-token=a-token');
    expect([code, err]).toEqual([1, [expect.stringContaining(`key:write ${keys.paused}`)]]);
  });

  test.each([
    ['groups', []],
    ['configure', ['-group=blue']],
    ['pause', []],
    ['checkpoint-clear', []],
  ])('%s without a Consul', async (command, flags) => {
    const room = await openFailsafeRoom();
    room.intercept = () => ({ status: 500, headers: {}, body: 'No cluster leader' });
    const { code, out, err } = await room.command(command, ...flags);
    expect([code, out, err]).toEqual([1, [], [expect.stringMatching(/No cluster leader.*\(Consul at http/)]]);
  });

  test('a write whose answer was lost is said to be so', async () => {
    const room = await openGroupRoom();
    room.intercept = ({ path }) =>
      path === '/v1/txn' ? { status: 500, headers: {}, body: 'rpc error: EOF' } : undefined;
    const { code, err } = await room.command('configure', '-group=blue', '-partitions=8');
    expect([code, err]).toEqual([1, [expect.stringContaining('it is not known whether that was written')]]);
  });
});
