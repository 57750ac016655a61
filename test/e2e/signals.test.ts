import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startProxy } from '../support/fault-proxy.ts';
import { needsConsul } from '../support/needs.ts';
import { spawnCli } from '../support/processes.ts';
import { startConsul } from '../support/real-consul.ts';
import { position, startAgentProcess } from './support/agents.ts';
import { startSimulatedNomad, type TestNomad } from './support/nomad.ts';

/** What a busy machine may add to a time. */
const BUSY_MS = 2_000;

describe('signals to a running agent', () => {
  let nomad: TestNomad;
  let consul: Awaited<ReturnType<typeof startConsul>>;
  const folder = mkdtempSync(join(tmpdir(), 'replicator-config-'));
  const file = join(folder, 'replicator.hcl');

  beforeAll(async () => {
    if (needsConsul.skip === true) return;
    [nomad, consul] = await Promise.all([startSimulatedNomad(), startConsul()]);
    await nomad.register({ id: 'web', heat: 'cold', count: 1 });
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    await Promise.all([nomad?.stop(), consul?.stop()]);
  });

  function configure(more: string): void {
    writeFileSync(
      file,
      `nomad = "${nomad.url}"\nconsul = "${consul.address}"\nlog_format = "text"\nhttp_port = -1\n${more}\n`,
    );
  }

  test(
    'SIGHUP takes the new configuration over, names what needs a restart, and refuses a broken one',
    { ...needsConsul, timeout: 120_000 },
    async () => {
      configure('job_scaling_interval = 20\nlog_level = "debug"');
      const agent = spawnCli(['agent', `-config=${file}`]);
      await agent.waitForLine(/web\/app: hold/, 30_000);

      configure('job_scaling_interval = 1\nlog_level = "info"\nconsul_key_root = "elsewhere"');
      agent.child.kill('SIGHUP');
      await agent.waitForLine(/\[INFO\] .*configuration reloaded, changed: .*job_scaling_interval/, 5_000);
      await agent.waitForLine(/\[WARN\] .*needs a restart to take effect: consul_key_root$/, 5_000);

      const from = position(agent);
      configure('job_scaling_interval = "often"\nlog_levle = "debug"');
      agent.child.kill('SIGHUP');
      await agent.waitForLine(/\[ERROR\] .*reload refused: the configuration stays as it is/, 5_000, from);
      const faults = agent.lines.slice(from).filter(({ text }) => text.includes(file));
      expect(faults.map(({ text }) => text.replace(/^.*replicator\.hcl/, ''))).toEqual([
        expect.stringMatching(/^:5: job_scaling_interval: /),
        expect.stringMatching(/^:6: log_levle: .*log_level/),
      ]);
      expect(await agent.stop()).toEqual({ code: 0, signal: null });
    },
  );

  test.each(['SIGINT', 'SIGTERM', 'SIGQUIT'] as const)(
    '%s stops it with exit code 0 within two seconds',
    needsConsul,
    async (signal) => {
      const agent = startAgentProcess({
        nomadUrl: nomad.url,
        consul: consul.address,
        keyRoot: `stop/${signal}`,
      });
      await agent.waitForLine(/lock obtained/, 15_000);
      const toldMs = Date.now();
      expect(await agent.stop(signal)).toEqual({ code: 0, signal: null });
      expect(Date.now() - toldMs).toBeLessThan(2_000 + BUSY_MS);
    },
  );

  test(
    'a call in flight is waited for, then aborted, and the lock is left to lock-delay',
    needsConsul,
    async () => {
      await nomad.register({ id: 'hot', heat: 'hot', count: 1, max: 3 });
      const proxy = await startProxy(nomad.url);
      const keyRoot = 'in-flight';
      proxy.rule = ({ method }) => (method === 'PUT' ? { kind: 'silence' } : undefined);
      const agent = startAgentProcess({ nomadUrl: proxy.url, consul: consul.address, keyRoot });
      const sent = new Promise<void>((resolve) => {
        proxy.arrived = ({ method }) => void (method === 'PUT' && resolve());
      });
      await sent;
      const toldMs = Date.now();
      expect(await agent.stop('SIGTERM')).toEqual({ code: 0, signal: null });
      const tookMs = Date.now() - toldMs;
      expect(tookMs).toBeGreaterThan(1_400);
      expect(tookMs).toBeLessThan(2_500 + BUSY_MS);
      const body = JSON.stringify({ Name: 'next' });
      const made = await fetch(`http://${consul.address}/v1/session/create`, { method: 'PUT', body });
      const { ID } = (await made.json()) as { ID: string };
      const taken = await fetch(`http://${consul.address}/v1/kv/${keyRoot}/leader?acquire=${ID}`, {
        method: 'PUT',
      });
      expect(await taken.text()).toContain('false');
      await proxy.stop();
    },
  );

  test('a second signal stops it at once', needsConsul, async () => {
    const proxy = await startProxy(nomad.url);
    await nomad.register({ id: 'warm', heat: 'hot', count: 1, max: 3 });
    proxy.rule = ({ method }) => (method === 'PUT' ? { kind: 'silence' } : undefined);
    const agent = startAgentProcess({ nomadUrl: proxy.url, consul: consul.address, keyRoot: 'twice' });
    await new Promise<void>((resolve) => {
      proxy.arrived = ({ method }) => void (method === 'PUT' && resolve());
    });
    agent.child.kill('SIGTERM');
    await agent.waitForLine(/received SIGTERM, stopping/, 5_000);
    const toldMs = Date.now();
    agent.child.kill('SIGTERM');
    expect(await agent.exit).toEqual({ code: 1, signal: null });
    expect(Date.now() - toldMs).toBeLessThan(1_000 + BUSY_MS);
    await proxy.stop();
  });
});
