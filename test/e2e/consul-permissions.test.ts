import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ConsulTokens, consulTokens } from '../support/consul-acl.ts';
import { needsConsul } from '../support/needs.ts';
import { readJobsFile, ruleLines, withoutLine } from '../support/policy-file.ts';
import { type RunningCli, runCli } from '../support/processes.ts';
import { startConsul } from '../support/real-consul.ts';
import { leads, startAgentProcess } from './support/agents.ts';
import { startSimulatedNomad, type TestNomad } from './support/nomad.ts';

const standalone = readJobsFile('consul-policy.hcl');
const group = readJobsFile('consul-policy-group.hcl');

/** What follows `needs` in the ERROR lines about Consul. */
function missingRights(agent: RunningCli): readonly string[] {
  return agent.lines.flatMap(({ text }) => /\[ERROR\] client\/consul: .* needs (.*?);/.exec(text)?.[1] ?? []);
}

const errorsOf = (agent: RunningCli): readonly string[] =>
  agent.lines.map(({ text }) => text).filter((text) => text.includes('[ERROR]'));

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe('a real Consul that denies by default, and the policies in jobs/', needsConsul, () => {
  let nomad: TestNomad;
  let consul: Awaited<ReturnType<typeof startConsul>>;
  let tokens: ConsulTokens;

  beforeAll(async () => {
    if (needsConsul.skip === true) return;
    [nomad, consul] = await Promise.all([startSimulatedNomad(), startConsul({ acl: true })]);
    tokens = consulTokens(consul.address);
    await nomad.register({ id: 'web', heat: 'hot', count: 1, max: 500, cooldownS: 0 });
  });
  afterAll(async () => {
    await Promise.all([nomad?.stop(), consul?.stop()]);
  });

  /** An agent with exactly these rules. */
  async function agentWith(
    rules: string,
    more: readonly string[] = [],
  ): Promise<{ agent: RunningCli; token: string }> {
    const token = await tokens.tokenFor(rules);
    const flags = [`-consul-token=${token}`, ...more];
    return { agent: startAgentProcess({ nomadUrl: nomad.url, consul: consul.address, flags }), token };
  }

  test.each([
    {
      rule: 'key_prefix "replicator/config/" { policy = "write" }',
      needs: /^key:(?:read|write) replicator\/config\//,
    },
    { rule: 'session_prefix "" { policy = "write" }', needs: /^session:write$/ },
  ])('without the rule $rule an agent says what it needs, and scales nothing', async ({ rule, needs }) => {
    const { agent, token } = await agentWith(withoutLine(standalone, rule));
    await agent.waitForLine(/\[ERROR\] client\/consul: .* needs /, 15_000);
    await pause(4_000);
    const missing = missingRights(agent);
    expect(missing).toEqual(missing.map(() => expect.stringMatching(needs)));
    expect(missing).toHaveLength(errorsOf(agent).length);
    expect(missing.length).toBeLessThanOrEqual(3);
    expect(new Set(missing).size).toBe(missing.length);
    const text = agent.lines.map((line) => line.text).join('\n');
    expect(text).not.toMatch(/lock obtained|Nomad accepted/);
    expect(text).not.toContain(token);
    expect(await agent.stop()).toEqual({ code: 0, signal: null });
  });

  test.each([
    { what: 'nothing in the policy as it is', rules: standalone, code: 0, says: /no faults/ },
    {
      what: 'the keys',
      rules: withoutLine(standalone, 'key_prefix "replicator/config/" { policy = "write" }'),
      code: 1,
      says: /fault +Consul +key:write replicator\/config\/leader /,
    },
    {
      what: 'the session',
      rules: withoutLine(standalone, 'session_prefix "" { policy = "write" }'),
      code: 1,
      says: /fault +Consul +session:write /,
    },
  ])('`check` misses $what', async ({ rules, code, says }) => {
    const token = await tokens.tokenFor(rules);
    const place = [`-consul=${consul.address}`, `-consul-token=${token}`, `-nomad=${nomad.url}`];
    const checked = await runCli(['check', ...place]);
    expect(checked).toMatchObject({ code, stdout: expect.stringMatching(says) });
    expect(checked.stdout).not.toContain(token);
  });

  test('has no other rules', () => {
    expect([ruleLines(standalone).length, ruleLines(group).length]).toEqual([2, 3]);
    expect(ruleLines(group).slice(0, 2)).toEqual(ruleLines(standalone));
  });

  test.each([
    ['the policy as it is', standalone],
    [
      'a session rule for the one node only',
      withoutLine(standalone, 'session_prefix "" { policy = "write" }') +
        'session "NODE" { policy = "write" }',
    ],
  ])(
    'with %s an agent leads, scales, gives the lock back, and complains of nothing',
    async (_what, rules) => {
      const { agent } = await agentWith(rules.replace('NODE', `test-${consul.httpPort}`));
      await leads(agent, 15_000);
      await agent.waitForLine(/Nomad accepted/, 20_000);
      expect(errorsOf(agent)).toEqual([]);
      expect(await agent.stop()).toEqual({ code: 0, signal: null });
    },
  );

  describe('a member of a group, on a key root of its own', () => {
    const ofBlue = group.replace('replicator/config/', 'replicator/blue/');
    const flags = ['-group=blue', '-http-port=-1', '-consul-key-root=replicator/blue'];

    test.each([
      {
        rule: 'key_prefix "replicator/blue/" { policy = "write" }',
        needs: /^key:(?:read|write) replicator\/blue\//,
      },
      { rule: 'session_prefix "" { policy = "write" }', needs: /^session:write$/ },
      { rule: 'service "replicator" { policy = "write" }', needs: /^service:write replicator$/ },
    ])('says what it needs without the rule $rule, and acts on nothing', async ({ rule, needs }) => {
      const { agent } = await agentWith(withoutLine(ofBlue, rule), flags);
      await agent.waitForLine(/\[ERROR\] client\/consul: .* needs /, 15_000);
      await pause(4_000);
      const missing = missingRights(agent);
      expect(missing).toEqual(missing.map(() => expect.stringMatching(needs)));
      expect(missing).toHaveLength(errorsOf(agent).length);
      expect(missing.length).toBeLessThanOrEqual(3);
      expect(agent.lines.map(({ text }) => text).join('\n')).not.toMatch(/partition lock|Nomad accepted/);
      expect(await agent.stop()).toEqual({ code: 0, signal: null });
    });

    test('with its policy as it is it joins, leads and scales, and complains of nothing', async () => {
      const { agent } = await agentWith(ofBlue, flags);
      await agent.waitForLine(/joined the group blue/, 20_000);
      await agent.waitForLine(/Nomad accepted/, 30_000);
      expect(errorsOf(agent)).toEqual([]);
      expect(await agent.stop()).toEqual({ code: 0, signal: null });
    });
  });
});
