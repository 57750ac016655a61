import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { startProxy } from '../support/fault-proxy.ts';
import { needsConsul } from '../support/needs.ts';
import type { RunningCli } from '../support/processes.ts';
import { consulManagementToken, startConsul } from '../support/real-consul.ts';
import { leads, startAgentProcess } from './support/agents.ts';
import { startSimulatedNomad, type TestNomad } from './support/nomad.ts';

function errorLines(agent: RunningCli): string[] {
  return agent.lines.map(({ text }) => text).filter((text) => text.includes('[ERROR]'));
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe('an agent that starts while something is wrong', () => {
  let nomad: TestNomad;
  let consul: Awaited<ReturnType<typeof startConsul>>;

  beforeAll(async () => {
    if (needsConsul.skip === true) return;
    [nomad, consul] = await Promise.all([startSimulatedNomad(), startConsul()]);
    await nomad.register({ id: 'web', heat: 'hot', count: 1, max: 50, cooldownS: 0 });
  });
  afterAll(async () => {
    await Promise.all([nomad?.stop(), consul?.stop()]);
  });

  test('says in one line that Consul cannot be reached, and recovers by itself', needsConsul, async () => {
    const proxy = await startProxy(`http://${consul.address}`);
    proxy.rule = () => ({ kind: 'reset' });
    const agent = startAgentProcess({ nomadUrl: nomad.url, consul: proxy.address, keyRoot: 'late-consul' });
    await agent.waitForLine(/\[ERROR\] client\/consul: consul: .*trying again/, 10_000);
    await pause(4_000);
    expect(errorLines(agent)).toHaveLength(1);
    proxy.rule = () => undefined;
    await agent.waitForLine(/consul answers again/, 15_000);
    await agent.waitForLine(/Nomad accepted/, 20_000);
    await agent.stop();
    await proxy.stop();
  });

  test('says in one line that nobody listens at the address of Consul', needsConsul, async () => {
    const agent = startAgentProcess({ nomadUrl: nomad.url, consul: `127.0.0.1:${await freePort()}` });
    await agent.waitForLine(/\[ERROR\] client\/consul: .*ECONNREFUSED.*trying again/i, 10_000);
    await pause(3_000);
    expect(errorLines(agent)).toHaveLength(1);
    expect(await agent.stop()).toEqual({ code: 0, signal: null });
  });

  test('says in one line that Nomad cannot be reached, and recovers by itself', needsConsul, async () => {
    const proxy = await startProxy(nomad.url);
    proxy.rule = () => ({ kind: 'reset' });
    const agent = startAgentProcess({ nomadUrl: proxy.url, consul: consul.address, keyRoot: 'late-nomad' });
    await agent.waitForLine(/\[ERROR\] client\/nomad: nomad: .*trying again/, 15_000);
    await pause(4_000);
    expect(errorLines(agent)).toHaveLength(1);
    proxy.rule = () => undefined;
    await agent.waitForLine(/nomad answers again/, 40_000);
    await agent.waitForLine(/Nomad accepted/, 20_000);
    await agent.stop();
    await proxy.stop();
  });

  test(
    'names the permission that a Consul token lacks, in one line and without the token',
    needsConsul,
    async () => {
      const guarded = await startConsul({ acl: true });
      const place = { nomadUrl: nomad.url, consul: guarded.address };
      const unknown = '0bd4ff38-9a59-4a5e-a3e5-3f2b0f8a0001';
      const agents = [
        { flags: [] as string[], line: /\[ERROR\] client\/consul: .*session:write/ },
        { flags: [`-consul-token=${unknown}`], line: /\[ERROR\] client\/consul: .*token/ },
      ].map(({ flags, line }) => ({ agent: startAgentProcess({ ...place, flags }), line }));
      for (const { agent, line } of agents) {
        await agent.waitForLine(line, 15_000);
        await pause(3_000);
        expect(errorLines(agent).length).toBeLessThanOrEqual(3);
        expect(agent.lines.some(({ text }) => text.includes(unknown))).toBe(false);
        await agent.stop();
      }
      const allowed = startAgentProcess({ ...place, flags: [`-consul-token=${consulManagementToken}`] });
      await leads(allowed, 15_000);
      await allowed.stop();
      await guarded.stop();
    },
  );
});
