import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { needsConsul } from '../support/needs.ts';
import { type RunningCli, runCli } from '../support/processes.ts';
import { startConsul } from '../support/real-consul.ts';
import { leads, position, startAgentProcess } from './support/agents.ts';
import { probeConsul } from './support/consul.ts';
import { startSimulatedNomad, type TestNomad } from './support/nomad.ts';
import { type ObservedAgent, startObservedAgent } from './support/observed.ts';

/** A request as the simulated Nomad has logged it. */
interface Logged {
  readonly t: number;
  readonly method: string;
  readonly path: string;
}

const JOBS = [1, 2, 3, 4, 5, 6, 7, 8].map((n) => `busy-${n}`);
/** Three rounds: whatever was about to happen has happened. */
const WATCH_MS = 3_000;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Requests to Nomad that change something, from that moment on. */
async function mutationsSince(nomad: TestNomad, sinceMs: number): Promise<readonly string[]> {
  const log = (await nomad.get('/simulator/log')) as readonly Logged[];
  return log
    .filter(({ t, method, path }) => t > sinceMs && method !== 'GET' && !path.startsWith('/simulator/'))
    .map(({ method, path }) => `${method} ${path}`);
}

describe('failsafe, with real processes and a real Consul', needsConsul, () => {
  let nomad: TestNomad;
  let consul: Awaited<ReturnType<typeof startConsul>>;

  beforeAll(async () => {
    if (needsConsul.skip === true) return;
    [nomad, consul] = await Promise.all([startSimulatedNomad(), startConsul()]);
    for (const id of JOBS) {
      // Half of them by Nomad's scale endpoint, half registered anew.
      const type = id < 'busy-5' ? 'service' : 'batch';
      await nomad.register({ id, heat: 'hot', count: 1, max: 500, cooldownS: 0, type });
    }
  });
  afterAll(async () => {
    await Promise.all([nomad?.stop(), consul?.stop()]);
  });

  /** Runs the command, and answers when it had returned. */
  async function failsafe(keyRoot: string, ...flags: readonly string[]): Promise<number> {
    const place = [`-consul=${consul.address}`, `-consul-key-root=${keyRoot}`];
    const { code, stderr } = await runCli(['failsafe', '-force', ...flags, ...place]);
    const returnedMs = Date.now();
    expect([code, stderr]).toEqual([0, '']);
    return returnedMs;
  }

  const accepts = (
    agents: readonly RunningCli[],
    pattern: RegExp,
    from: readonly number[],
  ): Promise<unknown> =>
    Promise.race(agents.map((agent, index) => agent.waitForLine(pattern, 30_000, from[index])));

  test('nothing is sent by any of three agents once the command has returned; reset, they go on', async () => {
    const place = { nomadUrl: nomad.url, consul: consul.address, keyRoot: 'all' };
    const agents = [1, 2, 3].map(() => startAgentProcess(place));
    await Promise.race(agents.map((agent) => leads(agent, 15_000)));
    const tookMs: number[] = [];
    for (const wait of [0, 130, 270, 410, 680, 900]) {
      const from = agents.map(position);
      await accepts(agents, /Nomad accepted/, from);
      await pause(wait);
      const begunMs = Date.now();
      const returnedMs = await failsafe('all', '-enable');
      tookMs.push(returnedMs - begunMs);
      await pause(WATCH_MS);
      expect(await mutationsSince(nomad, returnedMs)).toEqual([]);
      await failsafe('all', '-disable');
    }
    console.log(`failsafe -enable took ${tookMs.join(', ')} ms`);
    await accepts(agents, /Nomad accepted/, agents.map(position));
    await Promise.all(agents.map((agent) => agent.stop()));
  });

  test('one group stands still while the others go on', async () => {
    const place = { nomadUrl: nomad.url, consul: consul.address, keyRoot: 'one' };
    const agents = [1, 2, 3].map(() => startAgentProcess(place));
    await accepts(agents, /busy-7\/app: Nomad accepted/, [0, 0, 0]);
    const returnedMs = await failsafe('one', '-enable', '-job=busy-7/app');
    await pause(WATCH_MS);
    const since = await mutationsSince(nomad, returnedMs);
    expect(since.filter((request) => request.includes('busy-7'))).toEqual([]);
    expect(since.length).toBeGreaterThan(0);
    const states = await probeConsul(consul.address).keys('one/state/jobs/busy-7/app');
    expect(Object.values(states)[0]).toMatch(/"failsafe_admin":true,"failsafe_mode":true/);
    const from = agents.map(position);
    await failsafe('one', '-disable', '-job=busy-7/app');
    await accepts(agents, /busy-7\/app: Nomad accepted/, from);
    await Promise.all(agents.map((agent) => agent.stop()));
  });

  test('the command waits for calls whose intents were written before, however late the agent sees the flag', async () => {
    const place = { nomadUrl: nomad.url, consul: consul.address, keyRoot: 'late' };
    const observed = await startObservedAgent(place);
    onTestFinished(() => observed.stop());
    await observed.agent.waitForLine(/Nomad accepted/, 30_000);
    const held = holdBack(observed);
    await held.intentWritten;
    const returning = failsafe('late', '-enable');
    await pause(2_000);
    const writes = (): readonly number[] =>
      observed.nomadProxy.log.filter(({ method }) => method !== 'GET').map(({ arrivedMs }) => arrivedMs);
    const releasedMs = Date.now();
    held.releaseCalls();
    await pause(500);
    held.releaseCopy();
    const returnedMs = await returning;
    await pause(WATCH_MS);
    const late = writes().filter((atMs) => atMs >= releasedMs);
    const tookMs = late.map((atMs) => returnedMs - atMs);
    console.log(`calls of intents from before went out ${tookMs.join(', ')} ms before the command returned`);
    expect(late.length).toBeGreaterThan(0);
    expect(late.filter((atMs) => atMs > returnedMs)).toEqual([]);
  });
});

/**
 * From its next intent on the agent learns nothing: neither of the job it is about to change, so that its call waits,
 * nor of what is written in Consul, so that it does not see the flag.
 */
function holdBack(observed: ObservedAgent): {
  readonly intentWritten: Promise<void>;
  readonly releaseCalls: () => void;
  readonly releaseCopy: () => void;
} {
  const state = { isHolding: false };
  const [calls, copy] = [gate(), gate()];
  const intentWritten = new Promise<void>((resolve) => {
    observed.consulProxy.rule = (request) => {
      if (!state.isHolding && request.path.startsWith('/v1/txn') && isIntent(request.body)) {
        state.isHolding = true;
        setTimeout(resolve, 300);
      }
      const isFollowing = state.isHolding && request.path.includes('recurse');
      return isFollowing ? { kind: 'hold', until: copy.opened } : undefined;
    };
  });
  observed.nomadProxy.rule = ({ method, path }) =>
    state.isHolding && method === 'GET' && path.startsWith('/v1/job/')
      ? { kind: 'hold', until: calls.opened }
      : undefined;
  return { intentWritten, releaseCalls: calls.open, releaseCopy: copy.open };
}

/** A transaction that stores an operation in phase `requested`. */
function isIntent(body: string): boolean {
  const operations = JSON.parse(body) as readonly { readonly KV: { readonly Value?: string } }[];
  return operations.some(({ KV }) =>
    Buffer.from(KV.Value ?? '', 'base64')
      .toString()
      .includes('"phase":"requested"'),
  );
}

/** Closed until it is opened. */
function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  const state: { open: () => void } = { open: () => undefined };
  const opened = new Promise<void>((resolve) => {
    state.open = resolve;
  });
  return { opened, open: () => state.open() };
}
