import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/adapters/system/clock.ts';
import { createConsulFace } from '../../src/simulator/consul/consul-face.ts';
import { Random } from '../../src/simulator/random.ts';
import { type FaceServer, serveFace } from '../../src/simulator/serve.ts';
import { needsNomad } from '../support/needs.ts';
import { readJobsFile, withoutLine } from '../support/policy-file.ts';
import { type RunningCli, runCli } from '../support/processes.ts';
import { leads, startAgentProcess } from './support/agents.ts';
import { type GuardedNomad, startGuarded } from './support/guarded-nomad.ts';

const policy = readJobsFile('nomad-policy.hcl');

const errorsOf = (agent: RunningCli): readonly string[] =>
  agent.lines.map(({ text }) => text).filter((text) => text.includes('[ERROR]'));

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** The simulated one is asked the same in test/scenarios/permissions.test.ts, pools included. */
describe('a real Nomad with access control, and the policy in jobs/', needsNomad, () => {
  let nomad: GuardedNomad;
  let consul: FaceServer;
  let roots = 0;

  beforeAll(async () => {
    if (needsNomad.skip === true) return;
    consul = await serveFace(createConsulFace({ clock: systemClock(), random: new Random('permissions') }));
    nomad = await startGuarded();
    await nomad.register({ id: 'web', heat: 'hot', count: 1, max: 2, cooldownS: 0 });
    await nomad.register({ id: 'sums', heat: 'hot', count: 1, max: 2, cooldownS: 0, type: 'batch' });
  });
  afterAll(async () => {
    await nomad?.stop();
    await consul?.close();
  });

  /** Each on a key root of its own, so that each leads. */
  function agentAt(...flags: readonly string[]): RunningCli {
    roots += 1;
    const place = { nomadUrl: nomad.url, consul: `127.0.0.1:${consul.port}`, keyRoot: `root-${roots}` };
    return startAgentProcess({ ...place, flags });
  }

  const agentWith = async (rules: string): Promise<RunningCli> =>
    agentAt(`-nomad-token=${await nomad.tokenFor(rules)}`);

  test.each([
    { without: '"list-jobs",', needs: 'namespace:list-jobs' },
    { without: '"read-job",', needs: 'namespace:read-job' },
    { without: '"submit-job",', needs: 'namespace:submit-job' },
  ])('without $without an agent says what it needs: $needs', needsNomad, async ({ without, needs }) => {
    const agent = await agentWith(withoutLine(policy, without));
    await agent.waitForLine(new RegExp(`\\[ERROR\\] client/nomad: .*\\(${needs}\\)`), 20_000);
    await pause(3_000);
    const errors = errorsOf(agent);
    expect(errors).toEqual(errors.map(() => expect.stringContaining(needs)));
    expect(errors.length).toBeLessThanOrEqual(2);
    expect([await nomad.count('web'), await nomad.count('sums')]).toEqual([1, 1]);
    await agent.stop();
  });

  test('without a token, and with one that nobody knows, an agent says so', needsNomad, async () => {
    const unknown = '0bd4ff38-9a59-4a5e-a3e5-3f2b0f8a0001';
    const agents = [agentAt(), agentAt(`-nomad-token=${unknown}`)] as const;
    await agents[0].waitForLine(/\[ERROR\] client\/nomad: .*\(namespace:list-jobs\)/, 20_000);
    await agents[1].waitForLine(/\[ERROR\] client\/nomad: .*token/, 20_000);
    expect(agents[1].lines.some(({ text }) => text.includes(unknown))).toBe(false);
    await Promise.all(agents.map((agent) => agent.stop()));
  });

  test('without node rules jobs are scaled, and it is said that pools are not', needsNomad, async () => {
    const agent = await agentWith(policy.replace(/^node[^}]*}/m, ''));
    await agent.waitForLine(/\(node:read\); no worker pool is scaled meanwhile/, 20_000);
    await agent.waitForLine(/Nomad accepted the count 2/, 20_000);
    expect(errorsOf(agent)).toHaveLength(1);
    await agent.stop();
  });

  test('`check` misses nothing in it, and names what is taken away', needsNomad, async () => {
    const place = [`-consul=127.0.0.1:${consul.port}`, `-nomad=${nomad.url}`];
    const checkWith = async (rules: string): ReturnType<typeof runCli> =>
      runCli(['check', ...place, `-nomad-token=${await nomad.tokenFor(rules)}`]);
    expect(await checkWith(policy)).toMatchObject({ code: 0 });
    for (const line of ['"list-jobs",', '"read-job",', '"submit-job",']) {
      const says = new RegExp(`fault +Nomad +namespace:${line.replaceAll(/[",]/g, '')} `);
      const { code, stdout } = await checkWith(withoutLine(policy, line));
      expect([line, code, says.test(stdout)]).toEqual([line, 1, true]);
    }
  });

  test('as it is, it is enough: a service and a batch job are scaled', needsNomad, async () => {
    const agent = await agentWith(policy);
    await leads(agent, 20_000);
    for (const job of ['web', 'sums'])
      await agent.waitForLine(new RegExp(`${job}/app: (?:scale out .* ended, success|hold: max)`), 40_000);
    expect([await nomad.count('web'), await nomad.count('sums')]).toEqual([2, 2]);
    expect(errorsOf(agent)).toEqual([]);
    await agent.stop();
  });
});
