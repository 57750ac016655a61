import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { needsConsul } from '../support/needs.ts';
import { type RunningCli, runCli } from '../support/processes.ts';
import { startConsul } from '../support/real-consul.ts';
import { eventually, leads, position, startAgentProcess } from './support/agents.ts';
import { probeConsul } from './support/consul.ts';
import { startSimulatedNomad, type TestNomad } from './support/nomad.ts';

interface Logged {
  readonly t: number;
  readonly method: string;
  readonly path: string;
}

const JOBS = [1, 2, 3, 4, 5, 6, 7, 8].map((n) => `busy-${n}`);
const IDS = ['a', 'b', 'c'];
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe('a group, with real processes and a real Consul', needsConsul, () => {
  const folder = mkdtempSync(join(tmpdir(), 'replicator-group-ops-'));
  let nomad: TestNomad;
  let consul: Awaited<ReturnType<typeof startConsul>>;

  beforeAll(async () => {
    if (needsConsul.skip === true) return;
    [nomad, consul] = await Promise.all([startSimulatedNomad(), startConsul()]);
    for (const id of JOBS) {
      await nomad.register({ id, heat: 'hot', count: 1, max: 500, cooldownS: 0, type: 'service' });
    }
  });
  afterAll(async () => {
    await Promise.all([nomad?.stop(), consul?.stop()]);
    rmSync(folder, { recursive: true });
  });

  const agent = (keyRoot: string, ...flags: readonly string[]): RunningCli =>
    startAgentProcess({ nomadUrl: nomad.url, consul: consul.address, keyRoot, flags });
  const member = (keyRoot: string, id: string, group = 'blue'): RunningCli =>
    agent(keyRoot, `-group=${group}`, `-service-id=${id}`);
  const keysBelow = (keyRoot: string): ReturnType<ReturnType<typeof probeConsul>['keys']> =>
    probeConsul(consul.address).keys(`${keyRoot}/`);
  const command = (keyRoot: string, ...args: readonly string[]): ReturnType<typeof runCli> =>
    runCli([...args, `-consul=${consul.address}`, `-consul-key-root=${keyRoot}`]);

  /** What the members say that they have in force, by index; the same for all, or undefined. */
  async function configSeen(keyRoot: string): Promise<number | undefined> {
    const keys = await keysBelow(keyRoot);
    const seen = IDS.map((id) => {
      const text = keys[`${keyRoot}/groups/blue/members/${id}`];
      return (text ?? '') === ''
        ? 0
        : (JSON.parse(text ?? '') as { readonly config_seen: number }).config_seen;
    });
    return seen.every((one) => one > 0 && one === seen[0]) ? seen[0] : undefined;
  }

  async function startGroup(keyRoot: string): Promise<readonly RunningCli[]> {
    const members = IDS.map((id) => member(keyRoot, id));
    await eventually('three members with one configuration', 20_000, () => configSeen(keyRoot));
    return members;
  }

  test('a changed interval is in force with all members within 1 s; what is invalid is refused, by hand too', async () => {
    const members = await startGroup('configured');
    const before = await configSeen('configured');
    const configKey = 'configured/groups/blue/config';
    writeFileSync(join(folder, 'new.json'), '{"scaling_concurrency": 7, "job_scaling_interval": 2}');
    const stored = (await keysBelow('configured'))[configKey];
    const running = command('configured', 'configure', '-group=blue', `-input=${join(folder, 'new.json')}`);
    let storedMs = performance.now();
    await eventually('the document', 15_000, async () => {
      const askedMs = performance.now();
      if ((await keysBelow('configured'))[configKey] !== stored) return true;
      storedMs = askedMs;
      return undefined;
    });
    await eventually('the document in force', 5_000, async () => {
      const seen = await configSeen('configured');
      return seen !== undefined && seen !== before ? true : undefined;
    });
    const tookMs = performance.now() - storedMs;
    console.log(`configure: in force with three members within ${Math.round(tookMs)} ms`);
    expect(tookMs).toBeLessThan(1_000);
    expect(await running).toMatchObject({ code: 0, stderr: '' });

    writeFileSync(join(folder, 'bad.json'), '{"job_scaling_interval": -1}');
    const refused = await command(
      'configured',
      'configure',
      '-group=blue',
      `-input=${join(folder, 'bad.json')}`,
    );
    expect([refused.code, refused.stderr.trim().split('\n')]).toEqual([
      1,
      [expect.stringContaining('job_scaling_interval')],
    ]);
    const good = await configSeen('configured');
    const from = members.map(position);
    const document = (await keysBelow('configured'))[configKey] ?? '';
    const byHand = JSON.stringify({ ...JSON.parse(document), options: { job_scaling_interval: -1 } });
    await probeConsul(consul.address).put(`/v1/kv/${configKey}`, byHand);
    await Promise.all(
      members.map((one, at) => one.waitForLine(/refused, the last good one stays in force/, 5_000, from[at])),
    );
    await pause(3_000);
    const told = members.map((one, at) =>
      one.lines.slice(from[at]).filter(({ text }) => text.includes('the last good one stays in force')),
    );
    expect(told.map(({ length }) => length)).toEqual([1, 1, 1]);
    expect(await configSeen('configured')).toBe(good);
    await Promise.all(members.map((one) => one.stop()));
  }, 40_000);

  test('paused, nothing is sent once the command has answered, and decisions say why; resumed, all goes on', async () => {
    const members = await startGroup('paused');
    const accepts = (): Promise<unknown> => {
      const from = members.map(position);
      return Promise.race(members.map((one, at) => one.waitForLine(/Nomad accepted/, 15_000, from[at])));
    };
    await accepts();
    const paused = await command('paused', 'pause', '-group=blue');
    const returnedMs = Date.now();
    expect([paused.code, paused.stdout]).toEqual([0, expect.stringContaining('Acknowledged by a, b, c.')]);
    const from = members.map(position);
    await Promise.race(members.map((one, at) => one.waitForLine(/scaling is paused/, 10_000, from[at])));
    await pause(4_000);
    const log = (await nomad.get('/simulator/log')) as readonly Logged[];
    const sent = log.filter(
      ({ t, method, path }) => t > returnedMs && method !== 'GET' && !path.startsWith('/simulator/'),
    );
    expect(sent).toEqual([]);
    expect((await command('paused', 'resume', '-group=blue')).code).toBe(0);
    await accepts();
    await Promise.all(members.map((one) => one.stop()));
  }, 40_000);

  test('a standalone installation of the Go release becomes a group with its cooldown, counters and failsafe', async () => {
    const state = {
      eligible_nodes: null,
      failsafe_admin: false,
      failsafe_mode: false,
      failure_count: 0,
      last_notification_event: '0001-01-01T00:00:00Z',
      last_scaling_event: new Date().toISOString(),
      last_updated: '2018-03-01T10:00:00Z',
      resource_type: 'job_group',
      scalein_requests: 4,
      scaleout_requests: 7,
    };
    const key = 'go/state/jobs/busy-1/app';
    const others = { failsafe_mode: true, failure_count: 3, last_scaling_event: '2018-03-01T09:59:00Z' };
    const probe = probeConsul(consul.address);
    const [first] = JOBS;
    await probe.put(`/v1/kv/${key}`, JSON.stringify({ ...state, resource_name: first, state_path: key }));
    const tripped = 'go/state/jobs/busy-2/app';
    await probe.put(
      `/v1/kv/${tripped}`,
      JSON.stringify({ ...state, ...others, resource_name: 'app', state_path: tripped }),
    );
    const alone = agent('go');
    await leads(alone, 15_000);
    await pause(2_500);
    expect(await alone.stop()).toMatchObject({ code: 0 });
    const kept = async (): Promise<unknown> => {
      const keys = await keysBelow('go');
      return [key, tripped].map((one) => keys[one]);
    };
    const before = await kept();
    const one = member('go', 'a');
    await one.waitForLine(/failsafe is set/, 15_000);
    const facts = JSON.parse(String((await keysBelow('go'))[tripped])) as object;
    expect(facts).toMatchObject({ failsafe_mode: true, failure_count: 3, scaleout_requests: 7 });
    expect(await kept()).toEqual(before);
    expect(one.lines.map(({ text }) => text).join('\n')).not.toContain('acts on nothing');

    const green = await member('go', 'g', 'green').exit;
    expect(green.code).toBe(1);
    const stranger = agent('go');
    const line = await stranger.waitForLine(/does not stand for election/, 15_000);
    expect(line.text).toContain('group blue');
    await Promise.all([one.stop(), stranger.stop()]);
  }, 40_000);
});
