import { createServer } from 'node:net';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createNotifiers, type NotifierOptions } from '../../../src/adapters/notify/notifiers.ts';
import { systemClock } from '../../../src/adapters/system/clock.ts';
import type { Clock } from '../../../src/ports/clock.ts';
import type { Notice, Notifier } from '../../../src/ports/notifier.ts';
import { isPortError, type PortError } from '../../../src/ports/port-error.ts';
import { VirtualClock } from '../../../src/simulator/virtual-clock.ts';
import { aNotice } from '../../agent/notices.ts';
import { createSign, startReceiver, type Receiver } from './receiver.ts';

const SECRET = '0123456789abcdef0123456789abcdef';
const never = new AbortController().signal;

/** Each sender as it is configured to send to the receiver, with a secret in it. */
const SENDERS: Readonly<Record<string, (url: string) => Omit<NotifierOptions, 'clock'>>> = {
  pagerduty: (url) => ({ pagerdutyRoutingKey: SECRET, pagerdutyUrl: url }),
  opsgenie: (url) => ({ opsgenieApiKey: SECRET, opsgenieUrl: url }),
  slack: (url) => ({ slackWebhookUrl: `${url}/services/T0/B0/${SECRET}` }),
  webhook: (url) => ({ webhookUrl: `${url.replace('//', `//hook:${SECRET}@`)}/in/${SECRET}?key=${SECRET}` }),
};
const NAMES = Object.keys(SENDERS);

function senderTo(name: string, url: string, clock: Clock = systemClock()): Notifier {
  const [sender] = createNotifiers({ clock, ...SENDERS[name]?.(url) });
  if (sender === undefined) throw new Error(`no sender ${name}`);
  return sender;
}

async function sent(name: string, notice: Notice): Promise<Receiver['received'][number]> {
  const receiver = await startReceiver();
  await senderTo(name, receiver.url).notify(notice, never);
  expect(receiver.received).toHaveLength(1);
  const [request] = receiver.received;
  if (request === undefined) throw new Error('nothing was received');
  return request;
}

async function failureOf(notifying: Promise<void>): Promise<PortError> {
  const error: unknown = await notifying.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!isPortError(error)) throw new Error(`no PortError but ${inspect(error)}`);
  return error;
}

describe('what is sent', () => {
  test('to PagerDuty to open an alert', async () => {
    const { method, path, headers, body } = await sent('pagerduty', aNotice());
    expect([method, path, headers['content-type']]).toEqual(['POST', '/v2/enqueue', 'application/json']);
    expect(body).toEqual({
      routing_key: SECRET,
      event_action: 'trigger',
      dedup_key: 'replicator/prod/job_group_failsafe_mode/job_group/web/api',
      client: 'Replicator',
      payload: {
        summary: 'uid-1 prod_job_group_failsafe_mode_web/api',
        source: 'prod',
        severity: 'critical',
        timestamp: '2026-01-05T08:00:00Z',
        component: 'web/api',
        group: 'job_group',
        class: 'job_group_failsafe_mode',
        custom_details: {
          message: 'failsafe was set after 3 failures',
          uid: 'uid-1',
          state_path: 'replicator/config/state/jobs/web/api',
          failures: 3,
        },
      },
    });
  });

  test('to PagerDuty to resolve it', async () => {
    const { path, body } = await sent('pagerduty', aNotice({ kind: 'resolved' }));
    expect(path).toBe('/v2/enqueue');
    expect(body).toEqual({
      routing_key: SECRET,
      event_action: 'resolve',
      dedup_key: 'replicator/prod/job_group_failsafe_mode/job_group/web/api',
    });
  });

  test('to OpsGenie to open an alert', async () => {
    const { method, path, headers, body } = await sent('opsgenie', aNotice());
    expect([method, path, headers['authorization']]).toEqual(['POST', '/v2/alerts', `GenieKey ${SECRET}`]);
    expect(body).toEqual({
      message: 'uid-1 prod_job_group_failsafe_mode_web/api',
      alias: 'replicator/prod/job_group_failsafe_mode/job_group/web/api',
      description: 'uid-1 prod_job_group_failsafe_mode_web/api\nfailsafe was set after 3 failures',
      entity: 'web/api',
      source: 'Replicator',
      priority: 'P1',
      details: {
        uid: 'uid-1',
        cluster_identifier: 'prod',
        reason: 'job_group_failsafe_mode',
        resource_type: 'job_group',
        state_path: 'replicator/config/state/jobs/web/api',
        at: '2026-01-05T08:00:00Z',
        failures: '3',
      },
    });
  });

  test('to OpsGenie to close it, by its alias', async () => {
    const { path, headers, body } = await sent('opsgenie', aNotice({ kind: 'resolved', message: 'reset' }));
    const alias = encodeURIComponent('replicator/prod/job_group_failsafe_mode/job_group/web/api');
    expect(path).toBe(`/v2/alerts/${alias}/close?identifierType=alias`);
    expect(headers['authorization']).toBe(`GenieKey ${SECRET}`);
    expect(body).toEqual({ source: 'Replicator', note: 'reset' });
  });

  test('to Slack, with what Slack would take for markup made harmless', async () => {
    const { path, body } = await sent('slack', aNotice({ message: 'a <b> & c' }));
    expect(path).toBe(`/services/T0/B0/${SECRET}`);
    expect(body).toEqual({
      text: [
        '*CRITICAL* uid-1 prod_job_group_failsafe_mode_web/api',
        'a &lt;b&gt; &amp; c',
        'State: replicator/config/state/jobs/web/api',
      ].join('\n'),
    });
    expect((await sent('slack', aNotice({ kind: 'resolved' }))).body).toEqual({
      text: expect.stringMatching(/^\*RESOLVED\* uid-1 prod_/),
    });
  });

  test('to any webhook: the whole notice', async () => {
    const { method, path, headers, body } = await sent('webhook', aNotice({ kind: 'resolved' }));
    expect([method, path]).toEqual(['POST', `/in/${SECRET}?key=${SECRET}`]);
    expect(headers['authorization']).toBe(`Basic ${Buffer.from(`hook:${SECRET}`).toString('base64')}`);
    expect(body).toEqual({
      kind: 'resolved',
      severity: 'critical',
      dedup_key: 'replicator/prod/job_group_failsafe_mode/job_group/web/api',
      uid: 'uid-1',
      cluster_identifier: 'prod',
      reason: 'job_group_failsafe_mode',
      resource_id: 'web/api',
      resource_type: 'job_group',
      state_path: 'replicator/config/state/jobs/web/api',
      description: 'uid-1 prod_job_group_failsafe_mode_web/api',
      at: '2026-01-05T08:00:00Z',
      message: 'failsafe was set after 3 failures',
      details: { failures: 3 },
    });
  });

  test('no more than the services take: long names are cut, their keys stay different', async () => {
    const subject = (id: string) =>
      ({ type: 'job_group', id, uid: 'u'.repeat(2_000), statePath: '' }) as const;
    const [one, two] = [`${'a'.repeat(300)}/x`, `${'a'.repeat(300)}/y`].map((id) =>
      aNotice({ subject: subject(id) }),
    );
    const { body } = await sent('pagerduty', one!);
    expect(body).toMatchObject({ payload: { summary: 'u'.repeat(1_024) } });
    expect((await sent('opsgenie', one!)).body).toMatchObject({ message: 'u'.repeat(130) });
    expect(one!.dedupKey).toHaveLength(255);
    expect(two!.dedupKey).toHaveLength(255);
    expect(one!.dedupKey).not.toBe(two!.dedupKey);
  });
});

describe('how an answer is taken', () => {
  test.each<[status: number, kind: string]>([
    [301, 'invalid'],
    [400, 'invalid'],
    [401, 'denied'],
    [403, 'denied'],
    [404, 'not-found'],
    [408, 'timeout'],
    [429, 'throttled'],
    [500, 'unavailable'],
    [503, 'unavailable'],
  ])('%i is %s, for every sender, and is not followed or tried again by itself', async (status, kind) => {
    const receiver = await startReceiver();
    receiver.answer = (response) =>
      void response.writeHead(status, { location: `${receiver.url}/elsewhere` }).end('no');
    for (const name of NAMES) {
      const error = await failureOf(senderTo(name, receiver.url).notify(aNotice(), never));
      expect([error.kind, error.detail.status, error.detail.service]).toEqual([kind, status, 'notifier']);
    }
    expect(receiver.received).toHaveLength(NAMES.length);
  });

  test.each<[header: string, retryAfterMs: number | undefined]>([
    ['7', 7_000],
    ['999999', 600_000],
    ['soon', undefined],
  ])('Retry-After %s asks for %s ms', async (header, retryAfterMs) => {
    const receiver = await startReceiver();
    receiver.answer = (response) => void response.writeHead(429, { 'retry-after': header }).end();
    const error = await failureOf(senderTo('pagerduty', receiver.url).notify(aNotice(), never));
    expect(error.detail.retryAfterMs).toBe(retryAfterMs);
  });

  test('a good answer counts although its body never ends, and its connection is closed', async () => {
    const receiver = await startReceiver();
    const closed = createSign();
    receiver.answer = (response) => {
      response.writeHead(202).write('{');
      response.on('close', () => closed.tell());
    };
    await senderTo('pagerduty', receiver.url).notify(aNotice(), never);
    await closed.told;
    expect(receiver.received).toHaveLength(1);
  });

  test('nobody there is unavailable', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');
    const error = await failureOf(senderTo('slack', `http://127.0.0.1:${port}`).notify(aNotice(), never));
    expect([error.kind, error.message]).toEqual([
      'unavailable',
      'notifier: notify slack: connection refused',
    ]);
  });

  test.each(NAMES)('%s: no answer within 5 s is a timeout', async (name) => {
    const receiver = await startReceiver();
    const arrived = createSign();
    receiver.answer = () => arrived.tell();
    const clock = new VirtualClock();
    const failed: PortError[] = [];
    const failure = failureOf(senderTo(name, receiver.url, clock).notify(aNotice(), never));
    const noted = failure.then((error) => failed.push(error));
    await arrived.told;
    await clock.advance(4_999);
    expect(failed).toEqual([]);
    await clock.advance(1);
    await noted;
    expect(failed[0]?.kind).toBe('timeout');
  });

  test('a refusal whose text trickles in is cut off after 5 s as well', async () => {
    const receiver = await startReceiver();
    const arrived = createSign();
    receiver.answer = (response) => {
      response.writeHead(500).write('slow', () => arrived.tell());
    };
    const clock = new VirtualClock();
    const failure = failureOf(senderTo('pagerduty', receiver.url, clock).notify(aNotice(), never));
    await arrived.told;
    await clock.advance(5_000);
    expect((await failure).kind).toBe('timeout');
  });

  test('being stopped is told as such, before and while it is under way', async () => {
    const receiver = await startReceiver();
    const stop = new AbortController();
    receiver.answer = () => stop.abort();
    const sender = senderTo('webhook', receiver.url);
    expect((await failureOf(sender.notify(aNotice(), stop.signal))).kind).toBe('cancelled');
    expect((await failureOf(sender.notify(aNotice(), stop.signal))).kind).toBe('cancelled');
    expect(receiver.received).toHaveLength(1);
  });

  test('what is no URL is refused without being shown', async () => {
    const [sender] = createNotifiers({ clock: systemClock(), webhookUrl: `http://[${SECRET}` });
    const error = await failureOf(sender!.notify(aNotice(), never));
    expect([error.kind, error.message]).toEqual([
      'invalid',
      'notifier: notify webhook: its address is no URL',
    ]);
  });
});

describe('no secret is in an error', () => {
  /** Servers that say what they were asked for. */
  const answers: Readonly<Record<string, Receiver['answer']>> = {
    'that repeats the request': (response, { path, headers, body }) =>
      void response.writeHead(400).end(`${path} ${JSON.stringify(headers)} ${JSON.stringify(body)}`),
    'that names the key': (response) => void response.writeHead(403).end(`the key ${SECRET} is wrong`),
    'that breaks off': (response) => void response.socket?.destroy(),
    'that redirects': (response) =>
      void response.writeHead(302, { location: `http://x/${SECRET}` }).end(SECRET),
  };
  const cases = NAMES.flatMap((name) => Object.keys(answers).map((what) => [name, what] as const));

  test.each(cases)('%s, and a server %s', async (name, what) => {
    const receiver = await startReceiver();
    receiver.answer = answers[what]!;
    const error = await failureOf(senderTo(name, receiver.url).notify(aNotice(), never));
    const shown = [inspect(error, { depth: 10, showHidden: true }), JSON.stringify(error), error.stack ?? ''];
    const basic = Buffer.from(`hook:${SECRET}`).toString('base64');
    for (const text of shown) {
      expect(text).not.toContain(SECRET);
      expect(text).not.toContain(basic);
    }
  });

  test('yet what PagerDuty and Slack find wrong is told', async () => {
    const receiver = await startReceiver();
    receiver.answer = (response) => void response.writeHead(400).end(`{"errors":["bad ${SECRET}"]}`);
    const pagerduty = await failureOf(senderTo('pagerduty', receiver.url).notify(aNotice(), never));
    expect(pagerduty.message).toBe('notifier: notify pagerduty: 400 {"errors":["bad (redacted)"]}');
    receiver.answer = (response) => void response.writeHead(404).end('no_service');
    const slack = await failureOf(senderTo('slack', receiver.url).notify(aNotice(), never));
    expect(slack.message).toBe('notifier: notify slack: 404 no_service');
  });
});

test('a proxy of the environment is not used', async () => {
  const [receiver, proxy] = [await startReceiver(), await startReceiver()];
  const before = process.env['http_proxy'];
  process.env['http_proxy'] = proxy.url;
  onTestFinished(() => {
    if (before === undefined) delete process.env['http_proxy'];
    else process.env['http_proxy'] = before;
  });
  await senderTo('slack', receiver.url).notify(aNotice(), never);
  expect([receiver.received.length, proxy.received.length]).toEqual([1, 0]);
});

test('who has neither key nor URL is not notified', () => {
  expect(createNotifiers({ clock: systemClock() })).toEqual([]);
  const all = createNotifiers({
    clock: systemClock(),
    pagerdutyRoutingKey: 'a',
    opsgenieApiKey: 'b',
    slackWebhookUrl: 'http://127.0.0.1',
    webhookUrl: 'http://127.0.0.1',
  });
  expect(all.map(({ name }) => name)).toEqual(NAMES);
});
