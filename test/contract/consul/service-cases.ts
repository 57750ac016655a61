import { describe, expect, test } from 'vitest';
import type { TestContext } from 'vitest';
import { begin, indexOf } from './wire.ts';
import type { Answer, ConsulUnderTest, Wire } from './wire.ts';

const done = { status: 200, text: '' };

interface Check {
  readonly CheckID: string;
  readonly Status: string;
  readonly Output: string;
}

/** A service of a case's own name on a server that may be shared. */
export class Services {
  readonly consul: Wire;
  readonly name: string;

  constructor(consul: Wire) {
    this.consul = consul;
    this.name = consul.root.replace('/', '-');
  }

  /** The id of the nth service. */
  id(n = 1): string {
    return `${this.name}-${n}`;
  }

  register(wish: object = {}, n = 1, check: object = {}): Promise<Answer> {
    const Check = { TTL: '60s', Status: 'passing', ...check };
    const body = { ID: this.id(n), Name: this.name, Tags: ['blue'], Port: 1313, Check, ...wish };
    return this.consul.call('PUT', '/v1/agent/service/register', { body: JSON.stringify(body) });
  }

  deregister(n = 1): Promise<Answer> {
    return this.consul.call('PUT', `/v1/agent/service/deregister/${this.id(n)}`);
  }

  update(verb: 'pass' | 'warn' | 'fail', query = '', n = 1): Promise<Answer> {
    return this.consul.call('PUT', `/v1/agent/check/${verb}/service:${this.id(n)}${query}`);
  }

  path(query = ''): string {
    return `/v1/health/service/${this.name}${query}`;
  }

  health(query = ''): Promise<Answer> {
    return this.consul.call('GET', this.path(query));
  }

  async checks(): Promise<readonly Check[]> {
    const [entry] = JSON.parse((await this.health()).text) as [{ Checks: readonly Check[] }];
    return entry.Checks;
  }

  /** The status of the first service's check once the servers know it. */
  async status(): Promise<string> {
    await this.consul.elapse(100);
    return (await this.checks()).find(({ CheckID }) => CheckID !== 'serfHealth')?.Status ?? 'none';
  }

  async ids(query = ''): Promise<readonly string[]> {
    const entries = JSON.parse((await this.health(query)).text) as readonly { Service: { ID: string } }[];
    return entries.map(({ Service }) => Service.ID);
  }

  /** A session bound to the node's check and the service's. */
  session(wish: object = { LockDelay: '0s' }): Promise<Answer> {
    const Checks = ['serfHealth', `service:${this.id()}`];
    return this.consul.call('PUT', '/v1/session/create', { body: JSON.stringify({ Checks, ...wish }) });
  }

  /** The id of such a session, which holds the key `lock`. */
  async holder(wish?: object): Promise<string> {
    const { ID } = JSON.parse((await this.session(wish)).text) as { ID: string };
    const { text } = await this.consul.put('lock', '', `?acquire=${ID}`);
    if (text !== 'true\n') throw new Error(`no lock: ${text}`);
    return ID;
  }

  async isHeld(): Promise<boolean> {
    return (await this.consul.entry('lock')).Session !== undefined;
  }
}

type Open = () => Promise<ConsulUnderTest>;

/** A registered service that passes, taken away at the end. */
export async function beginWith(open: Open, check: object = {}, context?: TestContext): Promise<Services> {
  const consul = await begin(open, context);
  const services = new Services(consul);
  expect(await services.register({}, 1, check)).toMatchObject(done);
  await consul.elapse(100);
  return services;
}

const wakings: readonly [string, (services: Services) => Promise<Answer>][] = [
  ['another of its name is registered', (services) => services.register({}, 2)],
  ['its port changes', (services) => services.register({ Port: 1414 })],
  ['its tags change', (services) => services.register({ Tags: ['blue', 'x'] })],
  ['its check fails', (services) => services.update('fail')],
  ['it is deregistered', (services) => services.deregister()],
];

const silences: readonly [string, (services: Services) => Promise<Answer>][] = [
  ['its check passes again', (services) => services.update('pass')],
  ['it is registered again as it is', (services) => services.register()],
  ['one of another name is registered', (services) => services.register({ Name: `${services.name}-x` }, 2)],
];

/** Services, their TTL checks and their health. */
export function serviceCases(open: Open): void {
  describe('a service', () => {
    test('is shown with its node and its checks, members in this order', async () => {
      const services = await beginWith(open);
      await services.register({ Address: '10.0.0.1' });
      await services.consul.elapse(100);
      const { status, headers, text } = await services.health();
      expect(status).toBe(200);
      expect(headers).toMatchObject({
        'X-Consul-Effective-Consistency': 'leader',
        'X-Consul-Knownleader': 'true',
      });
      const keys = [...text.matchAll(/"(\w+)":/g)].map(([, key]) => key);
      expect(keys.join(' ')).toBe(
        'Node ID Node Address Datacenter TaggedAddresses lan lan_ipv4 wan wan_ipv4 Meta CreateIndex ModifyIndex ' +
          'Service ID Service Tags Address TaggedAddresses lan_ipv4 Address Port wan_ipv4 Address Port Meta Port ' +
          'Weights Passing Warning EnableTagOverride Proxy MeshGateway Expose Connect CreateIndex ModifyIndex Checks ' +
          'Node CheckID Name Status Notes Output ServiceID ServiceName ServiceTags Type Definition CreateIndex ModifyIndex '
            .repeat(2)
            .trim(),
      );
      expect(JSON.parse(text)).toMatchObject([
        {
          Service: {
            ID: services.id(),
            Service: services.name,
            Tags: ['blue'],
            Address: '10.0.0.1',
            Port: 1313,
          },
          Checks: [
            { CheckID: 'serfHealth', Status: 'passing' },
            {
              CheckID: `service:${services.id()}`,
              Status: 'passing',
              ServiceName: services.name,
              Type: 'ttl',
            },
          ],
        },
      ]);
    });

    test('has an id of its own only where it was given one', async () => {
      const services = new Services(await begin(open));
      await services.register({ ID: undefined });
      await services.consul.elapse(100);
      expect(await services.ids()).toEqual([services.name]);
    });

    test('is found by name and by every tag, in whatever case', async () => {
      const services = await beginWith(open);
      await services.register({ Tags: ['blue', 'Big'] }, 2);
      await services.consul.elapse(100);
      expect(await services.ids()).toEqual([services.id(1), services.id(2)]);
      expect(await services.ids('?tag=big')).toEqual([services.id(2)]);
      expect(await services.ids('?tag=BLUE&tag=Big')).toEqual([services.id(2)]);
      expect(await services.ids('?tag=red')).toEqual([]);
      const upper = await services.consul.call('GET', `/v1/health/service/${services.name.toUpperCase()}`);
      expect(JSON.parse(upper.text)).toHaveLength(2);
    });

    test('that is not there is an empty list, 200', async () => {
      const consul = await begin(open);
      const answer = await consul.call('GET', '/v1/health/service/nosuch');
      expect(answer).toMatchObject({ status: 200, text: '[]\n' });
      expect(indexOf(answer)).toBeGreaterThan(0);
    });

    test('is deregistered, as often as one likes', async () => {
      const services = await beginWith(open);
      expect(await services.deregister()).toMatchObject(done);
      expect(await services.deregister()).toMatchObject(done);
      await services.consul.elapse(100);
      expect(await services.ids()).toEqual([]);
    });

    test.each([
      ['register', '', 400, 'Request decode failed: EOF'],
      ['register', '{}', 400, 'Missing service name'],
      [
        'register',
        '{"Name": 5}',
        400,
        'Request decode failed: json: cannot unmarshal number into Go struct field .Name of type string',
      ],
      [
        'register',
        '{"Name": "w", "Port": "x"}',
        400,
        'Request decode failed: json: cannot unmarshal string into Go struct field .Port of type int',
      ],
      [
        'register',
        '{"Name": "w", "Tags": "x"}',
        400,
        'Request decode failed: json: cannot unmarshal string into Go struct field .Tags of type []string',
      ],
      ['register', '{"Name": "w", "Address": "0.0.0.0"}', 400, 'Invalid service address'],
      [
        'register',
        '{"Name": "w", "Check": {"TTL": "x"}}',
        400,
        'Request decode failed: time: invalid duration "x"',
      ],
      [
        'register',
        '{"Name": "w", "Check": {"Status": "passing"}}',
        400,
        'Invalid check: TTL must be > 0 for TTL checks',
      ],
      [
        'register',
        '{"Name": "w", "Check": {"TTL": "9s", "Status": "fine"}}',
        400,
        "Status for checks must 'passing', 'warning', 'critical'",
      ],
      [
        'register',
        '{"Name": "w", "Unknown": 1}',
        400,
        'Request decode failed: json: unknown field "Unknown"',
      ],
      ['deregister/', '', 500, 'ServiceID missing'],
    ])('is not made or unmade by %s %s: %i %s', async (path, body, status, text) => {
      const consul = await begin(open);
      const answer = await consul.call('PUT', `/v1/agent/service/${path}`, { body });
      expect(answer).toMatchObject({
        status,
        text,
        headers: { 'Content-Type': 'text/plain; charset=utf-8' },
      });
    });

    test.each(wakings)('wakes who waits for its name when %s', async (_what, change) => {
      const services = await beginWith(open);
      const { answer, seen } = await services.consul.block(services.path('?tag=blue'));
      await services.consul.elapse(150);
      expect(await change(services)).toMatchObject(done);
      await services.consul.elapse(100);
      const woken = await answer;
      expect(woken.tookMs).toBeLessThan(2_000);
      expect(indexOf(woken)).toBeGreaterThan(seen);
    });

    test.each(silences)('wakes nobody when %s', async (_what, change) => {
      const services = await beginWith(open);
      const { answer, seen } = await services.consul.block(services.path('?tag=blue'), '400ms');
      expect(await change(services)).toMatchObject(done);
      await services.consul.elapse(430);
      const late = await answer;
      expect(late.tookMs).toBeGreaterThanOrEqual(390);
      expect(indexOf(late)).toBe(seen);
    });

    test('wakes who waits for one of its name before there is any', async () => {
      const services = new Services(await begin(open));
      const { answer } = await services.consul.block(services.path());
      await services.consul.elapse(150);
      await services.register();
      await services.consul.elapse(100);
      expect(JSON.parse((await answer).text)).toHaveLength(1);
    });
  });

  describe('the check of a service', () => {
    test('is critical unless told otherwise', async () => {
      const services = await beginWith(open, { Status: undefined });
      expect(await services.status()).toBe('critical');
    });

    test.each([
      ['pass', 'passing', 1],
      ['warn', 'warning', 0],
      ['fail', 'critical', 0],
    ] as const)('is told to %s: %s', async (verb, status, passing) => {
      const services = await beginWith(open, { Status: verb === 'warn' ? 'passing' : 'warning' });
      expect(await services.update(verb, '?note=hello')).toMatchObject(done);
      expect(await services.status()).toBe(status);
      expect((await services.checks()).at(-1)).toMatchObject({ Output: 'hello' });
      expect(await services.ids('?passing')).toHaveLength(passing);
      expect(await services.ids('?passing=false')).toHaveLength(1);
    });

    test.each(['service:nosuch', 'nosuch', ''])('that is not there cannot be told: "%s"', async (check) => {
      const consul = await begin(open);
      expect(await consul.call('PUT', `/v1/agent/check/pass/${check}`)).toMatchObject({
        status: 500,
        text: `CheckID "${check}" does not have associated TTL`,
      });
    });

    test('that is critical stays so when its service is registered again', async () => {
      const services = await beginWith(open);
      await services.update('fail');
      await services.register();
      expect(await services.status()).toBe('critical');
    });

    test('lets a session be made while it does not fail, and when it is there', async () => {
      const services = new Services(await begin(open));
      const check = `service:${services.id()}`;
      expect(await services.session()).toMatchObject({
        status: 500,
        text: `Missing check '${check}' registration`,
      });
      await services.register();
      await services.consul.elapse(100);
      await services.update('warn');
      await services.consul.elapse(100);
      const { status, text } = await services.session();
      expect(status).toBe(200);
      const { ID } = JSON.parse(text) as { ID: string };
      const info = await services.consul.call('GET', `/v1/session/info/${ID}`);
      expect(info.text).toContain(
        `"NodeChecks": [\n            "serfHealth"\n        ],\n        "ServiceChecks": null,\n` +
          `        "Checks": [\n            "serfHealth",\n            "${check}"\n        ],\n        "CreateIndex"`,
      );
      await services.update('fail');
      await services.consul.elapse(100);
      expect(await services.session()).toMatchObject({
        status: 500,
        text: `Check '${check}' is in critical state`,
      });
    });

    test.each([
      ['Checks', (check: string) => ({ Checks: ['serfHealth', check] })],
      ['Checks alone', (check: string) => ({ Checks: [check] })],
      ['ServiceChecks', (check: string) => ({ ServiceChecks: [{ ID: check }] })],
      ['NodeChecks', (check: string) => ({ NodeChecks: [check] })],
    ])('ends a session bound to it by %s when it fails', async (_what, wish) => {
      const services = await beginWith(open);
      await services.holder({ LockDelay: '0s', ...wish(`service:${services.id()}`) });
      await services.update('warn');
      await services.consul.elapse(100);
      expect(await services.isHeld()).toBe(true);
      await services.update('fail');
      await services.consul.elapse(100);
      expect(await services.isHeld()).toBe(false);
    });

    test('ends its session when its service is deregistered; the lock falls under lock-delay', async () => {
      const services = await beginWith(open);
      const { consul } = services;
      const other = await consul.session();
      const session = await services.holder({ LockDelay: '1s' });
      const { answer } = await consul.block(consul.path('lock'));
      await services.deregister();
      await consul.elapse(100);
      expect(JSON.parse((await answer).text)).not.toMatchObject([{ Session: session }]);
      expect(await consul.put('lock', '', `?acquire=${other}`)).toMatchObject({ text: 'false\n' });
      await consul.elapse(1_100);
      expect(await consul.put('lock', '', `?acquire=${other}`)).toMatchObject({ text: 'true\n' });
    });

    test('spares its session when its service is registered again', async () => {
      const services = await beginWith(open);
      await services.holder();
      await services.register({ Port: 1414 });
      await services.consul.elapse(100);
      expect(await services.isHeld()).toBe(true);
    });

    test.concurrent('fails a TTL after its last sign of life, and with it its session', async (context) => {
      const services = await beginWith(open, { TTL: '2s' }, context);
      await services.holder();
      await services.consul.elapse(1_200);
      await services.update('pass');
      await services.consul.elapse(1_400);
      expect(await services.isHeld()).toBe(true);
      await services.consul.elapse(1_000);
      expect(await services.isHeld()).toBe(false);
      expect((await services.checks()).at(-1)).toMatchObject({ Status: 'critical', Output: 'TTL expired' });
      await services.update('pass');
      expect(await services.status()).toBe('passing');
      expect((await services.checks()).at(-1)).toMatchObject({ Output: '' });
    });

    test.concurrent('has its whole TTL again once its service is registered again', async (context) => {
      const services = await beginWith(open, { TTL: '2s' }, context);
      await services.consul.elapse(1_200);
      await services.register({}, 1, { TTL: '2s' });
      await services.consul.elapse(1_300);
      expect(await services.status()).toBe('passing');
      await services.consul.elapse(1_000);
      expect(await services.status()).toBe('critical');
    });
  });
}
