import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { OPTIONS } from '../../src/config/options.ts';
import type { OptionRow } from '../../src/config/options/row.ts';
import { freePort } from '../support/free-port.ts';
import { runCli, spawnCli } from '../support/processes.ts';
import { scenarioJob } from '../support/virtual-jobs.ts';
import { type SimulatedServers, startServers } from './simulated-servers.ts';

const folder = mkdtempSync(join(tmpdir(), 'replicator-secrets-'));

/** Every secret of the table has a text of its own that nothing else contains. */
const secrets = OPTIONS.filter(({ kind }) => kind === 'secret').map((row, index) => {
  const text = `planted-5ecret-${index}`;
  return { row, text: row.pattern ? `https://127.0.0.1:9/${text}` : text };
});
const PLANTED = /planted-5ecret/;

let servers: SimulatedServers;
let config = '';
let quiet = '';

/** A configuration with the secrets that are wanted. */
function put(name: string, isWanted: (row: OptionRow) => boolean): string {
  const lines = (block: string | undefined): string[] =>
    secrets
      .filter(({ row }) => row.block === block && isWanted(row))
      .map(({ row, text }) => `${row.key} = "${text}"`);
  const path = join(folder, name);
  const all = [
    ...lines(undefined),
    'log_level = "trace"',
    'notification {',
    ...lines('notification'),
    '}',
    '',
  ];
  writeFileSync(path, all.join('\n'));
  return path;
}

/** What AWS's credentials and addresses with a token in them look like. */
const env = { AWS_SECRET_ACCESS_KEY: 'planted-5ecret-aws', AWS_SESSION_TOKEN: 'planted-5ecret-session' };

beforeAll(async () => {
  servers = await startServers({ nodes: [{ count: 1 }], jobs: [scenarioJob({ count: 2 })] });
  config = put('agent.hcl', () => true);
  // A running agent tells these services by their own addresses, which is none of a test's business.
  quiet = put('quiet.hcl', ({ key }) => !/^(?:pagerduty|opsgenie)_/.test(key));
});
afterAll(async () => {
  await servers.stop();
  rmSync(folder, { recursive: true });
});

const withServers = (...argv: string[]): string[] => [...argv, `-config=${config}`, ...servers.flags];

test('there are secrets to be found: they are sent where they belong', async () => {
  expect(secrets.length).toBeGreaterThan(5);
  const { code } = await runCli(withServers('plan', '--json'), { env: { ...servers.env, ...env } });
  expect(code).toBe(0);
});

describe('no secret is in what is written by', () => {
  test.each([
    ['plan'],
    ['check', '-write'],
    ['check', '--json', '-nomad=http://127.0.0.1:9', '-consul=127.0.0.1:9'],
    ['explain', 'web'],
    ['explain', 'web', '-json'],
    ['explain', 'no-such-thing'],
    ['explain', 'web', '-consul=127.0.0.1:9'],
    ['explain', 'web', '-nomad=http://127.0.0.1:9', '-json'],
    ['status'],
    ['status', '-json'],
    ['status', '-consul=127.0.0.1:9'],
    ['failsafe', '-enable', '-force'],
    ['failsafe', '-disable', '-job=no/such'],
  ])('%s %s', async (name = '', ...flags) => {
    const isOfConsul = name === 'failsafe' || name === 'status';
    const argv = isOfConsul
      ? [name, `-config=${config}`, servers.flags[1] ?? '', ...flags]
      : [...withServers(name), ...flags];
    const { stdout, stderr } = await runCli(argv, { env: { ...servers.env, ...env } });
    expect(stdout + stderr).not.toMatch(PLANTED);
    expect(stdout + stderr).not.toBe('');
  });

  test('faults of a configuration and of flags', async () => {
    const wrong = join(folder, 'wrong.hcl');
    const lines = secrets.map(({ row, text }) => `${row.key} = ["${text}"]\n${row.key} = "${text}\n`);
    writeFileSync(wrong, `${lines.join('')}consul = "http://user:planted-5ecret@x"\n`);
    const flags = secrets.map(({ row, text }) => `-${row.key.replaceAll('_', '-')}x=${text}`);
    const outcomes = await Promise.all([
      runCli(['agent', `-config=${wrong}`]),
      runCli(['validate', '-kind=agent', wrong]),
      runCli(['validate', '-kind=group', config, '--json']),
      runCli(['agent', ...flags]),
    ]);
    for (const { code, stdout, stderr } of outcomes) {
      expect(code).toBe(1);
      expect(stdout + stderr).not.toMatch(PLANTED);
    }
  });

  test('an agent that logs everything, and cannot send its notices', async () => {
    await servers.putKey('replicator/config/failsafe', { set: false, by: '', at: '', reason: '' });
    const httpPort = await freePort();
    const more = ['-log-format=json', '-job-scaling-interval=1', `-http-port=${httpPort}`];
    const flags = [...more, ...servers.flags];
    const agent = spawnCli(['agent', `-config=${quiet}`, ...flags], {
      env: { ...servers.env, ...env },
    });
    await agent.waitForLine(/leadership lock obtained/, 30_000);
    await servers.putKey('replicator/config/failsafe', {
      set: true,
      by: 'me',
      at: '2026-01-01T00:00:00Z',
      reason: '',
    });
    await agent.waitForLine(/failsafe is set for everything/, 30_000);
    await agent.waitForLine(/notifier\//, 30_000);
    agent.child.kill('SIGHUP');
    await agent.waitForLine(/configuration reloaded/, 30_000);
    await seeNoSecret(`-http-address=127.0.0.1:${httpPort}`);
    await agent.stop();
    const text = agent.lines.map((line) => line.text).join('\n');
    expect(text).toContain('"level":"debug"');
    expect(text).not.toMatch(PLANTED);
  }, 120_000);
});

/** What an agent tells to those that ask it, with the secrets in their configuration, too. */
async function seeNoSecret(address: string): Promise<void> {
  const asked = [
    ['status', address],
    ['status', address, '-json'],
    ['explain', 'web', address],
    ['explain', 'web', address, '-json'],
    ['explain', 'no-such-thing', address],
  ];
  for (const [name = '', ...argv] of asked) {
    const of = name === 'status' ? servers.flags.slice(1) : servers.flags;
    const { stdout, stderr } = await runCli([name, `-config=${config}`, ...of, ...argv], { env });
    expect(stdout + stderr).toMatch(argv.includes('no-such-thing') ? /there is no task group/ : /web\/api/);
    expect(stdout + stderr).not.toMatch(PLANTED);
  }
}
