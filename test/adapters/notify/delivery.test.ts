import type { ServerResponse } from 'node:http';
import { inspect } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createNotifiers } from '../../../src/adapters/notify/notifiers.ts';
import { systemClock } from '../../../src/adapters/system/clock.ts';
import { describeEvent } from '../../../src/agent/describe-event.ts';
import type { AgentEvent } from '../../../src/agent/events.ts';
import { createNotifying, type Notifying } from '../../../src/agent/notifying.ts';
import type { Clock } from '../../../src/ports/clock.ts';
import { VirtualClock } from '../../../src/simulator/virtual-clock.ts';
import { anOperation } from '../../domain/build.ts';
import { createSign, startReceiver, type Received } from './receiver.ts';

const SECRET = '0123456789abcdef0123456789abcdef';
const ENDED: AgentEvent = {
  kind: 'operation-ended',
  group: 'web/api',
  operation: anOperation(),
  outcome: 'failure',
  why: 'the deployment failed',
  failures: 1,
};

function startNotifying(url: string, clock: Clock): { notifying: Notifying; events: AgentEvent[] } {
  const events: AgentEvent[] = [];
  const notifying = createNotifying({
    notifiers: createNotifiers({
      clock,
      pagerdutyRoutingKey: SECRET,
      pagerdutyUrl: url,
      opsgenieApiKey: SECRET,
      opsgenieUrl: url,
      slackWebhookUrl: `${url}/services/${SECRET}`,
      webhookUrl: `${url}/hook/${SECRET}`,
    }),
    clock,
    random: () => 0,
    clusterIdentifier: 'prod',
    events: new Set(['failed-operations']),
    about: () => undefined,
    leads: () => true,
    failsafeKey: 'k',
    emit: (event) => events.push(event),
  });
  return { notifying, events };
}

/** Advances a little at a time until it is so: real sockets need real turns beside the settable clock. */
async function until(clock: VirtualClock, isSo: () => boolean): Promise<void> {
  for (let turns = 0; !isSo(); turns += 1) {
    if (turns > 2_000) throw new Error('it did not come to be so');
    await clock.advance(10);
    await new Promise((resolve) => void setTimeout(resolve, 1));
  }
}

describe('notices on their way', () => {
  test('are repeated as they were after 429, 503 and a lost answer, until they are taken', async () => {
    const receiver = await startReceiver();
    const answers: ((response: ServerResponse) => void)[] = [
      (response) => void response.writeHead(429).end(),
      (response) => void response.writeHead(503).end(),
      (response) => void response.socket?.destroy(),
      (response) => void response.writeHead(202).end(),
    ];
    const tried = new Map<string, Received[]>();
    receiver.answer = (response, request) => {
      const before = tried.get(request.path) ?? [];
      tried.set(request.path, [...before, request]);
      answers[before.length]?.(response);
    };
    const clock = new VirtualClock();
    const { notifying, events } = startNotifying(receiver.url, clock);
    notifying.listen(ENDED);
    const kinds = (kind: string): number => events.filter((event) => event.kind === kind).length;
    await until(clock, () => kinds('notice-sent') === 4);
    expect([...tried.keys()].toSorted((a, b) => a.localeCompare(b))).toHaveLength(4);
    for (const requests of tried.values()) {
      expect(requests).toHaveLength(4);
      expect(new Set(requests.map(({ body }) => JSON.stringify(body))).size).toBe(1);
    }
    expect([kinds('notice-delayed'), kinds('notice-failed')]).toEqual([4, 0]);
    await notifying.stop(0);
  });

  test('leave no secret in what is logged of them', async () => {
    const receiver = await startReceiver();
    receiver.answer = (response, { path, headers, body }) =>
      void response.writeHead(400).end(`${path} ${JSON.stringify(headers)} ${JSON.stringify(body)}`);
    const { notifying, events } = startNotifying(receiver.url, systemClock());
    notifying.listen(ENDED);
    await notifying.stop(5_000);
    expect(events.map(({ kind }) => kind)).toEqual(Array.from({ length: 4 }, () => 'notice-failed'));
    for (const event of events) {
      expect(inspect(event, { depth: 10, showHidden: true })).not.toContain(SECRET);
      expect(JSON.stringify(describeEvent(event))).not.toContain(SECRET);
    }
  });

  test('to one that accepts and never answers: the loop is not held up, and the end comes in time', async () => {
    const receiver = await startReceiver();
    const arrived = createSign();
    receiver.answer = () => {
      if (receiver.received.length === 4) arrived.tell();
    };
    const { notifying } = startNotifying(receiver.url, systemClock());
    let worstMs = 0;
    let lastMs = performance.now();
    const ticks = setInterval(() => {
      worstMs = Math.max(worstMs, performance.now() - lastMs - 5);
      lastMs = performance.now();
    }, 5);
    onTestFinished(() => clearInterval(ticks));
    for (let count = 0; count < 200; count += 1) notifying.listen(ENDED);
    await arrived.told;
    const startedMs = performance.now();
    await notifying.stop(200);
    expect(performance.now() - startedMs).toBeLessThan(3_000);
    expect(worstMs).toBeLessThan(2_500);
  });
});
