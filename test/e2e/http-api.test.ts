import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { brokenRequests, faultOf } from '../http/broken.ts';
import { freePort } from '../support/free-port.ts';
import { runCli } from '../support/processes.ts';
import { eventually, leads } from './support/agents.ts';
import { type HttpAgent, type Returning, simulated, startHttpAgent } from './support/http-agent.ts';
import { startSimulatedNomad, type TestNomad } from './support/nomad.ts';

const TOKEN = 'planted-http-token-1';
const INTERVAL_S = 3;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

test.each([
  [
    'a port that is in use',
    '127.0.0.1',
    /^replicator agent: http_port (\d+) at 127\.0\.0\.1: is in use by another program; -http-port=N takes another one, 0 a free one, -1 none\n$/,
  ],
  [
    'an address of nobody',
    '192.0.2.1',
    /^replicator agent: http_port \d+ at 192\.0\.2\.1: this machine does not have that address/,
  ],
])('%s is one clear line and exit 1', async (_what, address, line) => {
  const taken = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => void taken.once('listening', resolve));
  const { port } = taken.address() as { port: number };
  const { code, stdout, stderr } = await runCli([
    'agent',
    `-http-port=${port}`,
    `-bind-address=${address}`,
    '-consul=127.0.0.1:9',
    '-nomad=http://127.0.0.1:9',
    '-log-level=error',
  ]);
  taken.close();
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr).toMatch(line);
});

describe('beside Nomad and Consul that come and go', () => {
  let nomad: Returning;
  let consul: Returning;
  let agent: HttpAgent;

  beforeAll(async () => {
    const [nomadPort, consulPort] = [await freePort(), await freePort()];
    nomad = simulated('nomad', nomadPort);
    consul = simulated('consul', consulPort, ['--nodes=0']);
    await Promise.all([nomad.start(), consul.start()]);
  });
  afterAll(() => Promise.all([nomad?.stop(), consul?.stop()]));

  /** Seconds until /v1/health answers so. */
  async function secondsUntil(status: number): Promise<number> {
    const beganMs = Date.now();
    await eventually(`health ${status}`, 90_000, async () =>
      (await agent.get('/v1/health')).status === status ? true : undefined,
    );
    return (Date.now() - beganMs) / 1_000;
  }

  test('health is 503 within three intervals of each going away, says why, and is 200 again by itself', async () => {
    const place = { nomadUrl: nomad.url, consul: consul.url };
    agent = await startHttpAgent({
      ...place,
      flags: [`-job-scaling-interval=${INTERVAL_S}`, '-cluster-scaling-interval=3'],
    });
    await leads(agent, 20_000);
    await secondsUntil(200);
    for (const [reason, server] of [
      ['nomad', nomad],
      ['consul', consul],
    ] as const) {
      await server.stop();
      expect(await secondsUntil(503)).toBeLessThanOrEqual(3 * INTERVAL_S + 0.5);
      const { json } = await agent.get('/v1/health');
      expect(json).toMatchObject({ ready: false });
      expect((json as { reasons: { reason: string }[] }).reasons.map((one) => one.reason)).toContain(reason);
      expect((await agent.get('/v1/health?live')).json).toEqual({ alive: true });
      await server.start();
      await secondsUntil(200);
    }
    expect(await agent.stop()).toEqual({ code: 0, signal: null });
  });
});

interface GroupShown {
  readonly failsafe: boolean;
  readonly state: { readonly failsafe: boolean; readonly failsafe_by_operator: boolean } | null;
}

describe('an agent that scales', () => {
  let nomad: TestNomad;
  let consul: Returning;
  let agent: HttpAgent;
  const folder = mkdtempSync(join(tmpdir(), 'replicator-http-'));
  const secrets = {
    'nomad token': '11111111-aaaa-4aaa-8aaa-aaaaaaaaaaaa',
    'consul token': '22222222-bbbb-4bbb-8bbb-bbbbbbbbbbbb',
    'http token': TOKEN,
    'pagerduty key': 'planted-pagerduty-key',
    'slack url': 'http://127.0.0.1:9/planted-slack-path',
    'webhook url': 'http://127.0.0.1:9/planted-webhook-path',
  };

  beforeAll(async () => {
    consul = simulated('consul', await freePort(), ['--nodes=0']);
    [nomad] = await Promise.all([startSimulatedNomad(), consul.start()]);
    await nomad.register({ id: 'web', heat: 'hot', count: 1, max: 4 });
    for (const id of ['a', 'b', 'c']) await nomad.register({ id, heat: 'cold', count: 1, max: 4 });
    await nomad.register({ id: 'broken', heat: 'cold', count: 1, meta: { replicator_max: 'few' } });
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    await Promise.all([nomad?.stop(), consul?.stop()]);
  });

  afterEach(() => agent?.stop());

  async function start(): Promise<void> {
    const file = join(folder, 'replicator.hcl');
    writeFileSync(
      file,
      `notification {\n  pagerduty_service_key = "${secrets['pagerduty key']}"\n` +
        `  slack_webhook_url = "${secrets['slack url']}"\n  webhook_url = "${secrets['webhook url']}"\n  events = ["all"]\n}\n`,
    );
    agent = await startHttpAgent({
      nomadUrl: nomad.url,
      consul: consul.url,
      flags: [`-config=${file}`, `-http-token=${TOKEN}`, '-cluster-scaling-disable'],
      env: {
        NOMAD_TOKEN: secrets['nomad token'],
        CONSUL_HTTP_TOKEN: secrets['consul token'],
      },
    });
    await leads(agent, 20_000);
    await agent.waitForLine(/web\/app: .*scale out/, 20_000);
  }

  /** Rounds so far, and those that began more than `le` seconds late. */
  async function lateness(le: string): Promise<{ all: number; late: number }> {
    const { text } = await agent.get('/v1/metrics');
    const read = (end: string): number =>
      Number(new RegExp(`^replicator_round_lateness_seconds_${end} (\\d+)$`, 'm').exec(text)?.[1] ?? 0);
    const all = read('count\\{type="job_group"\\}');
    return { all, late: all - read(`bucket\\{le="${le}",type="job_group"\\}`) };
  }

  const rssMb = (): number => {
    const status = readFileSync(`/proc/${agent.child.pid}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
  };

  test('survives hundreds of broken requests: each is refused, memory stays, no round is late', async () => {
    await start();
    const { quick, slow } = brokenRequests(TOKEN);
    const send = async (): Promise<string[]> => {
      const faults: string[] = [];
      for (let from = 0; from < quick.length; from += 8) {
        const found = await Promise.all(
          quick.slice(from, from + 8).map(async (one) => faultOf(one, await agent.raw(one.bytes))),
        );
        faults.push(...found.filter((fault) => fault !== ''));
      }
      return faults;
    };
    await send();
    const before = { rss: rssMb(), ...(await lateness('2.5')) };
    const hanging = Promise.all(slow.map(async (one) => faultOf(one, await agent.raw(one.bytes, 20_000))));
    for (let round = 0; round < 3; round += 1) expect(await send()).toEqual([]);
    expect((await hanging).filter((fault) => fault !== '')).toEqual([]);
    const after = { rss: rssMb(), ...(await lateness('2.5')) };
    expect(after.rss - before.rss).toBeLessThan(40);
    expect(after.all).toBeGreaterThan(before.all + 10);
    expect(after.late - before.late).toBe(0);
    expect(agent.lines.filter(({ text }) => /at \S+ \(|Error:/.test(text))).toEqual([]);
    await agent.stop();
  });

  test('shows no secret anywhere', async () => {
    await start();
    await agent.put('/v1/failsafe', { set: true, group: 'a/app', by: 'ann' }, TOKEN);
    await agent.put('/v1/failsafe', { set: true, group: 'a/app' }, 'wrong-token');
    const paths = [
      'status/leader',
      'status/members',
      'health',
      'health?live',
      'groups',
      'pools',
      'decisions',
      'metrics',
      'agent/self',
      'failsafe',
      'pause',
    ];
    const answers = await Promise.all(paths.map((path) => agent.get(`/v1/${path}`)));
    expect(answers.map(({ status }) => status)).toEqual(paths.map(() => 200));
    expect(answers.find(({ text }) => text.includes('http_token'))?.text).toContain(
      '"key":"http_token","value":"(redacted)","from":"flag"',
    );
    await agent.stop();
    const all = [...answers.map(({ text }) => text), ...agent.lines.map(({ text }) => text)].join('\n');
    for (const [what, secret] of Object.entries(secrets))
      expect([what, all.includes(secret)]).toEqual([what, false]);
    expect(all.includes('wrong-token')).toBe(false);
  });

  test('obeys an operator over HTTP, and tells the log who it was', async () => {
    await start();
    expect(
      (await agent.put('/v1/failsafe', { set: true, group: 'b/app', by: 'ann', reason: 'test' }, TOKEN)).json,
    ).toMatchObject({
      changed: ['task group b/app'],
    });
    await agent.waitForLine(
      /\[WARN\] command\/http: failsafe was set for task group b\/app by ann \(HTTP 127\.0\.0\.1\): test$/,
      5_000,
    );
    await eventually('the group shows its failsafe', 10_000, async () => {
      const { groups } = (await agent.get('/v1/groups?id=b/app')).json as { groups: GroupShown[] };
      const [{ failsafe, state } = { failsafe: false, state: null }] = groups;
      return (failsafe && state?.failsafe && state.failsafe_by_operator) || undefined;
    });
    expect((await agent.put('/v1/failsafe', { set: false, group: 'b/app' }, TOKEN)).status).toBe(200);
    await agent.stop();
  });

  test('stops within two seconds although clients hold connections and ask on', async () => {
    await start();
    const held = Array.from({ length: 20 }, () => agent.raw(Buffer.from('GET /v1/hea'), 30_000));
    await pause(300);
    const beganMs = Date.now();
    expect(await agent.stop()).toEqual({ code: 0, signal: null });
    expect(Date.now() - beganMs).toBeLessThan(2_500);
    await Promise.all(held);
  });
});
