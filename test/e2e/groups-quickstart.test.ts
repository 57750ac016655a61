import { chmodSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { findConsul, versionOf } from '../setup/servers.mjs';
import { freePorts } from '../support/free-port.ts';
import { needsConsul } from '../support/needs.ts';
import { cliPath } from '../support/processes.ts';
import { consulConfiguration, isConsulReady } from '../support/real-consul.ts';
import { isAnswer, openShell, type Shell, shellSteps, type ShellStep } from '../support/shell-page.ts';
import { eventually } from './support/agents.ts';

const page = readFileSync(fileURLToPath(new URL('../../docs/groups.md', import.meta.url)), 'utf8');
const steps = shellSteps(page, 'Quickstart');

/** An empty folder, `replicator` and `consul` on the PATH, and ports that are free instead of those of the page. */
interface Desk {
  readonly shell: Shell;
  readonly consul: string;
  readonly nomadPort: number;
  /** To be called by the test itself: the shell's jobs hold its output, and it would be killed without them. */
  readonly close: () => Promise<void>;
}

/** The page's Consul listens where it is told to by a file: in everything else it is what the page starts. */
async function openDesk(): Promise<Desk> {
  const folder = await mkdtemp(join(tmpdir(), 'replicator-quickstart-'));
  const bin = join(folder, 'bin');
  await mkdir(bin);
  symlinkSync(cliPath, join(bin, 'replicator'));
  const program = findConsul() ?? '';
  const [nomadPort = 0, ...ports] = await freePorts(6);
  const consul = `127.0.0.1:${ports[0]}`;
  writeFileSync(join(bin, 'consul.json'), consulConfiguration(versionOf(program), ports, false));
  writeFileSync(join(bin, 'consul'), `#!/bin/sh\nexec ${program} "$@" -config-file ${bin}/consul.json\n`);
  chmodSync(join(bin, 'consul'), 0o755);
  const shell = openShell(folder, {
    PATH: `${bin}:${process.env['PATH'] ?? ''}`,
    CONSUL_HTTP_ADDR: consul,
    NOMAD_ADDR: `http://127.0.0.1:${nomadPort}`,
  });
  const close = async (): Promise<void> => {
    await shell.run('kill -9 $(jobs -rp); wait', 10_000).catch(() => undefined);
    await shell.kill();
    await rm(folder, { recursive: true, force: true });
  };
  return { shell, consul, nomadPort, close };
}

/** What only looks is done again until the answer is there, as a reader would. */
function isLook({ commands }: ShellStep): boolean {
  return /^(?:replicator groups|grep) [^\n]*\n$|^replicator groups\n$/.test(commands);
}

async function follow({ shell, consul, nomadPort }: Desk, step: ShellStep): Promise<void> {
  const commands = step.commands.replace('=4646', `=${nomadPort}`);
  const answer = (step.answer ?? '').replaceAll('localhost:8500', consul);
  const seen = { text: await shell.run(commands, 60_000) };
  if (isLook(step)) {
    await eventually(step.commands, 60_000, async () => {
      if (isAnswer(seen.text, answer)) return true;
      seen.text = await shell.run(commands, 30_000);
      return undefined;
    }).catch(() => undefined);
  }
  expect(isAnswer(seen.text, answer) ? answer : seen.text).toBe(answer);
}

/** The state objects in Consul, by key, but for `last_updated`. */
async function statesAt(consul: string): Promise<Readonly<Record<string, string>>> {
  const answer = await fetch(`http://${consul}/v1/kv/replicator/config/state/?recurse`);
  const entries = (answer.ok ? await answer.json() : []) as { Key: string; Value: string }[];
  const textOf = (value: string): string =>
    Buffer.from(value, 'base64')
      .toString()
      .replace(/"last_updated":"[^"]*"/, '');
  return Object.fromEntries(entries.map(({ Key, Value }) => [Key, textOf(Value)]));
}

async function serversAreUp({ consul, nomadPort }: Desk): Promise<void> {
  const { signal } = new AbortController();
  const isUp = async (): Promise<boolean> =>
    (await isConsulReady(consul, signal)) && (await fetch(`http://127.0.0.1:${nomadPort}/v1/nodes`)).ok;
  await eventually(
    'the servers of the page',
    60_000,
    async () => (await isUp().catch(() => false)) || undefined,
  );
}

test(
  'the quickstart of the page on groups does what it says, command by command',
  {
    ...needsConsul,
    timeout: 300_000,
  },
  async () => {
    expect(steps.map(({ commands }) => commands).join('')).toMatch(
      /consul agent -dev[^]*kill \$\(jobs -rp\)/,
    );
    expect(steps.length).toBeGreaterThanOrEqual(12);
    const desk = await openDesk();
    const restored: Readonly<Record<string, string>>[] = [];
    try {
      for (const step of steps) {
        const before = await statesAt(desk.consul).catch(() => ({}));
        await follow(desk, step);
        if (step.commands.includes('checkpoint-restore')) restored.push(before, await statesAt(desk.consul));
        if (step.commands.includes('consul agent -dev')) await serversAreUp(desk);
      }
      expect(await desk.shell.run('wait; jobs -r', 20_000)).toBe('');
      expect(Object.keys(restored[0] ?? {})).toHaveLength(2);
      expect(restored[1]).toEqual(restored[0]);
    } finally {
      await desk.close();
    }
  },
);
