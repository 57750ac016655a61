import { spawn, spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { childEnvironment, killChildren, track, within } from '../support/children.ts';
import { cliPath, runCli } from '../support/processes.ts';
import { openFailsafeRoom, putStates, ROOT } from './failsafe-room.ts';

const FLAG = `${ROOT}/failsafe`;

describe('the built program', () => {
  test.each([
    ['no direction', ['-force'], 1],
    ['both directions', ['-enable', '-disable', '-force'], 1],
    ['two scopes', ['-enable', '-job=a/b', '-worker-pool=c', '-force'], 1],
    ['nobody to ask', ['-enable'], 1],
    ['no such state object', ['-enable', '-job=a/b', '-force'], 1],
    ['an unknown flag', ['-enabel', '-force'], 1],
    ['nothing to do', ['-disable'], 0],
    ['force', ['-enable', '-force'], 0],
  ])('exits with %s (%j) as it should: %i', async (_what, flags, code) => {
    const room = await openFailsafeRoom();
    const outcome = await runCli(['failsafe', ...flags, `-consul=${room.address}`]);
    expect(outcome.code).toBe(code);
    expect([outcome.stdout !== '', outcome.stderr !== '']).toEqual([code === 0, code !== 0]);
    expect(room.consul.key(FLAG) !== undefined).toBe(flags.join() === '-enable,-force');
  });

  test('takes the address and the token of Consul from the environment', async () => {
    const room = await openFailsafeRoom({
      tokens: { 'a-token': { keyPrefix: { [ROOT]: 'write' } } },
    });
    const env = { CONSUL_HTTP_ADDR: room.address, CONSUL_HTTP_TOKEN: 'a-token' };
    const outcome = await runCli(['failsafe', '--enable', '--force'], { env });
    expect(outcome).toMatchObject({ code: 0, stderr: '' });
    expect(room.json(FLAG)).toMatchObject({ set: true });
    expect(outcome.stdout).not.toContain('a-token');
  });
});

/** `script` gives a program a terminal; util-linux has it. */
const hasScript = spawnSync('script', ['--version']).status === 0;

describe('at a real terminal', { skip: !hasScript }, () => {
  /** Runs the command at a terminal of its own; types `typed` when the question is there. */
  async function atTerminal(
    flags: readonly string[],
    typed: string,
  ): Promise<{ readonly code: number | null; readonly text: string }> {
    const command = [process.execPath, cliPath, 'failsafe', ...flags].map((word) => `'${word}'`).join(' ');
    const child = spawn('script', ['--quiet', '--return', '--command', command, '/dev/null'], {
      env: childEnvironment({ TERM: 'dumb' }),
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    track(child, 'script', 'program');
    const read: string[] = [];
    const state = { isTyped: false };
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      read.push(chunk);
      if (state.isTyped || !read.join('').includes('Only y does it: ')) return;
      state.isTyped = true;
      child.stdin.write(typed);
    });
    const code = await within(
      new Promise<number | null>((resolve) => {
        child.once('close', resolve);
      }),
      20_000,
    );
    if (code === undefined) await killChildren([child]);
    return { code: code ?? null, text: read.join('') };
  }

  test.each([
    ['y\n', 0, true],
    ['\n', 0, false],
    ['no\n', 0, false],
    ['yes\n', 0, false],
    ['x\n', 1, false],
    ['\u0004', 1, false],
    ['\u0003', 1, false],
  ])('%j exits with %i', async (typed, code, isSet) => {
    const room = await openFailsafeRoom();
    putStates(room, 'jobs/web/api');
    const outcome = await atTerminal(['-enable', `-consul=${room.address}`], typed);
    expect(outcome.text).toContain('known there: 1 task group, 0 worker pools');
    expect(outcome.code).toBe(code);
    expect(room.consul.key(FLAG) !== undefined).toBe(isSet);
  });

  test('what is not asked does not wait for anybody', async () => {
    const room = await openFailsafeRoom();
    const outcome = await atTerminal(['-enable', '-force', `-consul=${room.address}`], '');
    expect(outcome).toMatchObject({ code: 0, text: expect.not.stringContaining('Only y') });
  });
});
