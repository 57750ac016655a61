import { describe, expect, onTestFinished, test } from 'vitest';
import type { AgentEvent } from '../../src/agent/events.ts';
import { type Pulse, startPulse } from '../../src/agent/pulse.ts';
import type { AgentSettings } from '../../src/agent/settings.ts';
import type { StatusSources } from '../../src/agent/status-sources.ts';
import { groupKey } from '../../src/domain/snapshot.ts';
import type { RequestSeen } from '../../src/ports/metrics.ts';
import { VirtualClock } from '../../src/simulator/virtual-clock.ts';
import { groupHold } from './decisions.ts';

const WEB = { namespace: 'default', jobId: 'web', group: 'api' };

interface Body {
  readonly clock: VirtualClock;
  readonly pulse: Pulse;
  /** What the agent is like; changed by a test. */
  readonly agent: { leads: boolean; groups: number; isRead: boolean; freshMs: number };
  readonly settings: { -readonly [Key in keyof AgentSettings]: AgentSettings[Key] };
  /** A request that ends now. */
  request(api: RequestSeen['api'], outcome: RequestSeen['outcome']): void;
  decide(): void;
  reasons(): readonly string[];
}

/** An agent that leads, hears its lists and has one task group; time stands. */
function openBody(): Body {
  const clock = new VirtualClock();
  const settings: Body['settings'] = {
    jobScalingIntervalMs: 10_000,
    jobScalingDisabled: false,
    clusterScalingIntervalMs: 10_000,
    clusterScalingDisabled: false,
    drainDeadlineMs: 0,
    scalingConcurrency: 1,
    usageDeadlineMs: 0,
  };
  const pulse = startPulse({ clock, machineClock: clock, settings: () => settings });
  onTestFinished(() => pulse.stop());
  const agent = { leads: true, groups: 1, isRead: true, freshMs: 0 };
  const target = { ref: WEB, job: {}, policy: { kind: 'policy' }, readIndex: 1 };
  pulse.attach({
    store: { ready: () => agent.isRead },
    groups: () => new Map(agent.groups > 0 ? [[groupKey(WEB), target]] : []),
    pools: () => new Map(),
    view: () => (agent.isRead ? { freshMs: agent.freshMs } : undefined),
    leading: () => agent.leads,
    held: () => (agent.leads ? [0] : []),
    isOurs: () => agent.leads,
  } as unknown as StatusSources);
  const request: Body['request'] = (api, outcome) => pulse.observe({ api, call: 'read', outcome, tookMs: 1 });
  const decided: AgentEvent = {
    kind: 'decided',
    group: 'web/api',
    decision: groupHold('steady'),
    before: undefined,
  };
  return {
    clock,
    pulse,
    agent,
    settings,
    request,
    decide: () => pulse.hear(decided),
    reasons: () => pulse.health().faults.map(({ reason }) => reason),
  };
}

/** Lets time pass second by second, as an agent lives. */
async function live(body: Body, seconds: number, doing: (second: number) => void): Promise<void> {
  for (let second = 1; second <= seconds; second += 1) {
    await body.clock.advance(1_000);
    body.agent.freshMs = body.clock.monotonicMs();
    doing(second);
  }
}

const hearBoth = (body: Body): void => {
  body.request('nomad', 'ok');
  body.request('consul', 'ok');
};

describe('a leader', () => {
  test('is fit while it decides, and not once no decision was made for three intervals', async () => {
    const body = openBody();
    await live(body, 60, (second) => {
      hearBoth(body);
      if (second % 10 === 0) body.decide();
    });
    expect(body.reasons()).toEqual([]);
    await live(body, 29, () => hearBoth(body));
    expect(body.reasons()).toEqual([]);
    await live(body, 1, () => hearBoth(body));
    expect(body.reasons()).toEqual(['rounds']);
    body.decide();
    expect(body.reasons()).toEqual([]);
  });

  test.each<[sentence: string, change: (body: Body) => void]>([
    ['has no group with a policy', ({ agent }) => (agent.groups = 0)],
    ['was told not to scale jobs', ({ settings }) => (settings.jobScalingDisabled = true)],
    ['has lost the lock', ({ agent }) => (agent.leads = false)],
  ])('owes no decision when it %s, and has its time afterwards', async (_sentence, change) => {
    const body = openBody();
    const before = { ...body.agent, jobScalingDisabled: body.settings.jobScalingDisabled };
    change(body);
    await live(body, 120, () => hearBoth(body));
    expect(body.reasons()).toEqual([]);
    Object.assign(body.agent, { leads: before.leads, groups: before.groups });
    body.settings.jobScalingDisabled = before.jobScalingDisabled;
    await live(body, 29, () => hearBoth(body));
    expect(body.reasons()).toEqual([]);
    await live(body, 2, () => hearBoth(body));
    expect(body.reasons()).toEqual(['rounds']);
  });
});

describe('a service', () => {
  test.each(['nomad', 'consul'] as const)(
    '%s that fails for three intervals makes the agent unfit until it answers',
    async (api) => {
      const body = openBody();
      await live(body, 30, () => {
        hearBoth(body);
        body.decide();
      });
      const failed = {
        kind: 'service-failed',
        what: 'read',
        service: api,
        error: new Error('refused'),
      } as const;
      body.pulse.hear(failed);
      await live(body, 29, () => {
        body.decide();
        body.request(api, 'unavailable');
      });
      expect(body.reasons()).toEqual([]);
      await live(body, 1, () => body.decide());
      expect(body.pulse.health().faults).toMatchObject([
        { reason: api, text: expect.stringContaining('(refused)') },
      ]);
      body.request(api, 'ok');
      expect([body.reasons(), body.pulse.health().services.map(({ error }) => error)]).toEqual([
        [],
        ['', ''],
      ]);
    },
  );

  test.each([
    ['does nothing but refuse', 'denied', ['nomad']],
    ['says that something is not there', 'not-found', []],
    ['had its answers cut off by us', 'cancelled', []],
  ] as const)('that %s for a minute: %s', async (_sentence, outcome, reasons) => {
    const body = openBody();
    hearBoth(body);
    await live(body, 60, () => {
      body.decide();
      body.request('consul', 'ok');
      body.request('nomad', outcome);
    });
    expect(body.reasons()).toEqual(reasons);
  });

  test('that answers one thing of two is heard', async () => {
    const body = openBody();
    await live(body, 60, () => {
      body.decide();
      hearBoth(body);
      body.request('nomad', 'denied');
    });
    expect(body.reasons()).toEqual([]);
  });

  test('that is not asked is not missed: a blocking query is waiting', async () => {
    const body = openBody();
    body.agent.leads = false;
    hearBoth(body);
    await live(body, 300, () => body.request('consul', 'ok'));
    expect(body.reasons()).toEqual([]);
  });
});

test('an agent is unfit until it has read both, and while it stops', async () => {
  const body = openBody();
  body.agent.isRead = false;
  expect(body.reasons()).toEqual(['nomad', 'consul']);
  body.agent.isRead = true;
  expect(body.reasons()).toEqual([]);
  body.pulse.leave();
  expect(body.reasons()).toEqual(['stopping']);
});

test('lists that are not heard for 30 s make it unfit although Nomad answers', async () => {
  const body = openBody();
  await live(body, 1, () => hearBoth(body));
  const heardMs = body.agent.freshMs;
  await live(body, 60, () => {
    hearBoth(body);
    body.decide();
    body.agent.freshMs = heardMs;
  });
  expect(body.reasons()).toEqual(['lists']);
});

test('a process is stuck when no request has ended for a minute, however it might have', async () => {
  const body = openBody();
  await live(body, 60, () => undefined);
  expect(body.pulse.isAlive()).toBe(true);
  await live(body, 1, () => undefined);
  expect(body.pulse.isAlive()).toBe(false);
  body.request('consul', 'timeout');
  expect(body.pulse.isAlive()).toBe(true);
});
