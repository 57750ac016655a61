import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { needsConsul } from '../support/needs.ts';
import type { RunningCli } from '../support/processes.ts';
import { startConsul } from '../support/real-consul.ts';
import { eventually, leads, position, startAgentProcess } from './support/agents.ts';
import { probeConsul } from './support/consul.ts';
import type { ProxiedRequest } from '../support/fault-proxy.ts';
import { mutationsBetween, startObservedAgent } from './support/observed.ts';
import { startSimulatedNomad, type TestNomad } from './support/nomad.ts';

/** 2 × TTL + lock-delay + 1 s + one interval of 1 s; and what a busy machine may add to it. */
const TAKEOVER_MS = 2 * 12_000 + 15_000 + 1_000 + 1_000;
const BUSY_MS = 3_000;

/** Milliseconds after a write of an intent at which the leader is stopped; PAUSES asks for that many at random. */
function pauseInstants(): readonly number[] {
  const asked = Number(process.env['PAUSES'] ?? 0);
  return asked > 0 ? Array.from({ length: asked }, () => Math.random() * 100) : [5, 35, 80];
}

describe('leadership, with real processes and a real Consul', () => {
  let nomad: TestNomad;
  let consul: Awaited<ReturnType<typeof startConsul>>;

  beforeAll(async () => {
    if (needsConsul.skip === true) return;
    [nomad, consul] = await Promise.all([startSimulatedNomad(), startConsul()]);
    // Enough of them that at any moment one is ready to be scaled again.
    for (const n of [1, 2, 3, 4, 5, 6, 7, 8]) {
      await nomad.register({ id: `busy-${n}`, heat: 'hot', count: 1, max: 500, cooldownS: 0, type: 'batch' });
    }
  });
  afterAll(async () => {
    await Promise.all([nomad?.stop(), consul?.stop()]);
  });

  /** Three agents on a key root of their own; the first is the leader. */
  async function threeAgents(keyRoot: string): Promise<[RunningCli, RunningCli, RunningCli]> {
    const place = { nomadUrl: nomad.url, consul: consul.address, keyRoot };
    const agents = [1, 2, 3].map(() => startAgentProcess(place));
    const first = await Promise.race(agents.map((agent) => leads(agent, 15_000).then(() => agent)));
    const others = agents.filter((agent) => agent !== first);
    await Promise.all(others.map((agent) => agent.waitForLine(/added new policy/, 15_000)));
    return [first, others[0] as RunningCli, others[1] as RunningCli];
  }

  test('one of three agents leads; a killed leader is replaced in time', needsConsul, async () => {
    const [leader, ...others] = await threeAgents('kill');
    expect(others.some((agent) => agent.lines.some(({ text }) => /Nomad accepted/.test(text)))).toBe(false);
    await leader.waitForLine(/Nomad accepted/, 15_000);
    const killedMs = Date.now();
    leader.child.kill('SIGKILL');
    await Promise.race(others.map((agent) => agent.waitForLine(/Nomad accepted/, TAKEOVER_MS + BUSY_MS)));
    const tookMs = Date.now() - killedMs;
    console.log(`takeover after kill -9: ${tookMs} ms to the first mutating request`);
    expect(tookMs).toBeLessThan(TAKEOVER_MS + BUSY_MS);
    const leading = others.filter((agent) => agent.lines.some(({ text }) => /lock obtained/.test(text)));
    expect(leading).toHaveLength(1);
    await Promise.all(others.map((agent) => agent.stop()));
  });

  test(
    'a leader that is told to stop hands over within two seconds and exits with 0',
    needsConsul,
    async () => {
      const [leader, ...others] = await threeAgents('term');
      await leader.waitForLine(/Nomad accepted/, 15_000);
      const toldMs = Date.now();
      const next = Promise.race(others.map((agent) => agent.waitForLine(/Nomad accepted/, 10_000)));
      const exit = await leader.stop('SIGTERM');
      const endedMs = Date.now() - toldMs;
      await next;
      const tookMs = Date.now() - toldMs;
      console.log(
        `SIGTERM: ended after ${endedMs} ms, the next one's first mutating request after ${tookMs} ms`,
      );
      expect(exit).toEqual({ code: 0, signal: null });
      expect(endedMs).toBeLessThan(2_000 + BUSY_MS);
      expect(tookMs).toBeLessThan(2_000 + BUSY_MS);
      await Promise.all(others.map((agent) => agent.stop()));
    },
  );

  test.each([
    {
      what: 'its session is destroyed',
      harm: async (keyRoot: string) => {
        const probe = probeConsul(consul.address);
        await probe.put(`/v1/session/destroy/${await probe.holder(keyRoot)}`);
      },
    },
    {
      what: 'the lock key is deleted',
      harm: (keyRoot: string) => probeConsul(consul.address).remove(`${keyRoot}/leader`),
    },
  ])(
    'nothing is sent without the lock when $what, and it leads again by itself',
    needsConsul,
    async ({ what, harm }) => {
      const keyRoot = what.replaceAll(' ', '-');
      const observed = await startObservedAgent({ nomadUrl: nomad.url, consul: consul.address, keyRoot });
      await observed.agent.waitForLine(/Nomad accepted/, 15_000);
      const from = position(observed.agent);
      await harm(keyRoot);
      const harmedMs = Date.now();
      await observed.agent.waitForLine(/no longer leading/, 5_000, from);
      const lostMs = Date.now();
      await leads(observed.agent, 40_000, from);
      const leadsMs = Date.now();
      console.log(
        `${what}: noticed after ${lostMs - harmedMs} ms, leads again after ${leadsMs - harmedMs} ms`,
      );
      expect(mutationsBetween(observed, lostMs, leadsMs - 50)).toEqual([]);
      await observed.agent.waitForLine(/Nomad accepted/, 15_000, position(observed.agent));
      await observed.stop();
    },
  );

  test(
    'a Consul that comes back empty: nothing is sent without the lock, and it leads again',
    needsConsul,
    async () => {
      const own = await startConsul();
      const observed = await startObservedAgent({
        nomadUrl: nomad.url,
        consul: own.address,
        keyRoot: 'empty',
      });
      try {
        await observed.agent.waitForLine(/Nomad accepted/, 15_000);
        const from = position(observed.agent);
        const restarted = own.restart();
        await observed.agent.waitForLine(/no longer leading/, 20_000, from);
        const lostMs = Date.now();
        await restarted;
        await leads(observed.agent, 40_000, from);
        expect(mutationsBetween(observed, lostMs, Date.now() - 50)).toEqual([]);
        await observed.agent.waitForLine(/Nomad accepted/, 15_000, position(observed.agent));
        const errors = observed.agent.lines.slice(from).filter(({ text }) => text.includes('[ERROR]'));
        expect(errors.length).toBeLessThanOrEqual(3);
      } finally {
        await observed.stop();
        await own.stop();
      }
    },
  );

  test(
    'a leader stopped for 20 s near a mutating call sends nothing until it leads again',
    needsConsul,
    async () => {
      const runs = await Promise.all(pauseInstants().map((delayMs) => pauseLeader(consul.address, delayMs)));
      expect(runs.flat()).toEqual([]);
    },
  );
});

/** Stops a leader `delayMs` after it has written to Consul, for 20 s; what it sends before it leads again. */
async function pauseLeader(consul: string, delayMs: number): Promise<readonly ProxiedRequest[]> {
  const nomad = await startSimulatedNomad();
  await nomad.register({ id: 'busy', heat: 'hot', count: 1, max: 500, cooldownS: 0, type: 'batch' });
  const observed = await startObservedAgent({ nomadUrl: nomad.url, consul, keyRoot: `paused/${delayMs}` });
  try {
    await observed.agent.waitForLine(/Nomad accepted/, 60_000);
    await new Promise<void>((resolve) => {
      observed.consulProxy.arrived = ({ path }) => {
        if (path.startsWith('/v1/txn')) setTimeout(resolve, delayMs);
      };
    });
    observed.agent.child.kill('SIGSTOP');
    await new Promise((resolve) => setTimeout(resolve, 20_000));
    const from = position(observed.agent);
    const continuedMs = Date.now();
    observed.agent.child.kill('SIGCONT');
    await leads(observed.agent, 60_000, from);
    const early = mutationsBetween(observed, continuedMs, Date.now() - 50);
    await eventually('the next scaling', 30_000, () =>
      observed.nomadProxy.log.some((one) => one.arrivedMs > continuedMs && one.method === 'PUT')
        ? true
        : undefined,
    );
    console.log(`stopped ${delayMs.toFixed(0)} ms after a write: ${early.length} requests too early`);
    return early;
  } finally {
    await observed.stop();
    await nomad.stop();
  }
}
