import { describe, expect, test } from 'vitest';
import type { Wire } from '../support/virtual-wire.ts';
import { scenarioJob } from '../support/virtual-jobs.ts';
import { type ApiRoom, openApi } from './api-room.ts';

const REFUSED = { status: 500, headers: {}, body: 'No cluster leader' };

/** How a service goes away, and how it comes back. */
const WAYS: Readonly<Record<string, { away(wire: Wire): void; back(wire: Wire): void }>> = {
  'is a black hole': { away: (wire) => wire.cut(), back: (wire) => wire.mend() },
  'answers with 500': {
    away: (wire) => {
      // What waits for an answer gets none.
      wire.cut();
      wire.mend();
      wire.tamper(() => REFUSED);
    },
    back: (wire) => wire.tamper(undefined),
  },
};

const ROLES = ['leader', 'follower'] as const;

async function room(role: (typeof ROLES)[number]): Promise<ApiRoom> {
  const follows = role === 'follower';
  const made = await openApi({ jobs: [scenarioJob({ id: 'web', count: 2 })], follows });
  // A quiet time: the lists wait for changes.
  await made.cluster.run(63_000);
  expect((await made.ask('/v1/health')).json).toMatchObject({ ready: true, role });
  return made;
}

/** Seconds until /v1/health has the status. */
async function secondsUntil(status: number, { cluster, ask }: ApiRoom): Promise<number> {
  for (let second = 0; second < 120; second += 1) {
    if ((await ask('/v1/health')).status === status) return second;
    await cluster.run(1_000);
  }
  throw new Error(`not ${status} within two minutes`);
}

const CASES = ROLES.flatMap((role) =>
  (['nomad', 'consul'] as const).flatMap((service) =>
    Object.keys(WAYS).map((way) => [role, service, way] as const),
  ),
);

describe('the health of an agent', () => {
  test.each(CASES)(
    'a %s: %s %s: 503 with the reason within three intervals, and 200 by itself',
    async (role, service, way) => {
      const made = await room(role);
      const wire = made.agent[service];
      WAYS[way]?.away(wire);
      const seconds = await secondsUntil(503, made);
      expect(seconds).toBeGreaterThan(5);
      expect(seconds).toBeLessThanOrEqual(30 + 1);
      const { json } = await made.ask('/v1/health');
      const { reasons } = json as { reasons: { reason: string; text: string }[] };
      const expected = service === 'nomad' ? ['nomad', 'lists'] : ['consul'];
      expect(reasons.filter(({ reason }) => expected.includes(reason))).not.toEqual([]);
      expect((await made.ask('/v1/health?live')).status).toBe(200);
      WAYS[way]?.back(wire);
      expect(await secondsUntil(200, made)).toBeLessThanOrEqual(60);
    },
  );

  test('is not bad because nothing happens, for an hour', async () => {
    const made = await room('leader');
    for (let minute = 0; minute < 60; minute += 1) {
      await made.cluster.run(60_000);
      expect((await made.ask('/v1/health')).json).toMatchObject({ ready: true, reasons: [] });
    }
  });

  test('is bad before everything has been read, and good within seconds', async () => {
    const jobs = [scenarioJob({ id: 'web', count: 2 })];
    const made = await openApi({ jobs, begun: (agent) => agent.nomad.cut() });
    await made.cluster.run(2_000);
    const { status, json } = await made.ask('/v1/health');
    expect([status, json]).toMatchObject([503, { ready: false, reasons: [{ reason: 'nomad' }] }]);
    made.agent.nomad.mend();
    expect(await secondsUntil(200, made)).toBeLessThanOrEqual(60);
  });
});
