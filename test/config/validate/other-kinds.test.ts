import { describe, expect, test } from 'vitest';
import { CLUSTER_TEMPLATE, JOB_TEMPLATE } from '../../../cmd/init/templates.ts';
import { findingsIn, reportOn } from './check.ts';

const clientMeta = `
    replicator_enabled     = true
    replicator_worker_pool = "nodes-a"
    replicator_region      = "us-east-1"
`;

describe('a document is what its content says', () => {
  test.each([
    ['job', 'job "a" {}'],
    ['job', 'variable "x" {}\njob "a" {}'],
    ['job', '{"Job": {"ID": "a"}}'],
    ['job', '{"ID": "a", "TaskGroups": []}'],
    ['job', 'meta { replicator_min = 1 }'],
    ['client', 'client { enabled = true }'],
    ['client', 'data_dir = "/x"\nserver { enabled = true }'],
    ['client', 'consul { address = "localhost:8500" }'],
    ['client', '{"client": {"meta": {}}}'],
    ['client', 'meta { "replicator_worker_pool" = "x" }'],
    ['pool', '{"replicator_enabled": true}'],
    ['agent', 'consul = "localhost:8500"'],
    ['agent', 'telemetry { statsd_address = "x:1" }'],
    ['agent', '{"log_level": "info"}'],
    [undefined, ''],
    [undefined, 'colour = "red"'],
    [undefined, '[1]'],
  ])('%s: %s', (kind, text) => {
    expect(reportOn(text).kind).toBe(kind);
  });

  test('one that says nothing is a fault, unless it is said what it is', () => {
    expect(findingsIn('')).toEqual(['1: it is empty; say it with -kind']);
    expect(findingsIn('colour = 1')).toEqual(['1: nothing in it tells what it is; say it with -kind']);
    expect(findingsIn('', 'agent')).toEqual([]);
    expect(findingsIn('colour = 1', 'agent')).toEqual(['1: colour: unknown key']);
    expect(findingsIn('colour = 1', 'job')).toEqual(['1: there is no job in it']);
  });
});

describe('a Nomad client configuration', () => {
  test.each([
    ['in a block', `client {\n  enabled = true\n  meta {${clientMeta}  }\n}`],
    ['in an object', `client {\n  meta = {${clientMeta}  }\n}`],
    ['by itself, as older releases wrote it', `meta {${clientMeta}}`],
    [
      'in JSON',
      '{"client": {"meta": {"replicator_enabled": "true", "replicator_worker_pool": "a", "replicator_region": "b"}}}',
    ],
    [
      'with the cooldown as older releases wrote it',
      `client { meta {${clientMeta} "replicator_cool_down" = 400 } }`,
    ],
    ['without a policy', 'client { enabled = true }'],
  ])('with a good policy is no finding: %s', (_name, text) => {
    expect(reportOn(text)).toMatchObject({ kind: 'client', findings: [] });
  });

  test('is told every fault at its line', () => {
    const text = `client {\n  meta {${clientMeta}    replicator_min = 3\n    replicator_max = 2\n    replicator_reserve = "some"\n    "replicator_cool_down" = "x"\n  }\n}`;
    expect(findingsIn(text)).toEqual([
      '2: replicator_cooldown: is "x", not a number of seconds of 0 or more',
      '7: replicator_max: is 2, below replicator_min, which is 3',
      '8: replicator_reserve: is "some", not all or largest',
    ]);
  });

  test('whose meta names no pool has no effect', () => {
    const text = 'client {\n  meta {\n    replicator_enabled = true\n    replicator_scalein_cpu = 3\n  }\n}';
    expect(findingsIn(text)).toEqual([
      '2: replicator_worker_pool: is missing: the others have no effect',
      '4: replicator_scalein_cpu: warning: is no key of a worker pool; it is one of a task group, for the meta of its job',
    ]);
  });

  test('that names a pool alone leaves the policy to Consul', () => {
    expect(findingsIn('client {\n meta {\n replicator_worker_pool = "a"\n }\n}')).toEqual([
      '3: replicator_worker_pool: notice: names its pool alone: the policy must stand in Consul, below the key root at nodes/<pool>',
    ]);
  });

  test('that names a pool and some of the rest is told what is missing', () => {
    expect(
      findingsIn('client {\n meta {\n replicator_worker_pool = "a"\n replicator_max = 3\n }\n}'),
    ).toEqual(['2: replicator_enabled: is missing', '2: replicator_region: is missing']);
  });

  test('is HCL 1, as Nomad reads it: an expression is a fault', () => {
    expect(findingsIn('client {\n meta {\n replicator_worker_pool = upper("a")\n }\n}')[0]).toContain(
      '3: replicator_worker_pool: expected a value',
    );
  });

  test('of a server holds no policy', () => {
    expect(findingsIn('server { enabled = true }')).toEqual([
      '1: notice: there is no client in it: no policy',
    ]);
  });
});

describe('the policy of a pool in Consul', () => {
  const policy = { replicator_enabled: true, replicator_region: 'us-east-1', replicator_max: 5 };

  test('may have texts, numbers and truth values, and need not name its pool', () => {
    expect(reportOn(JSON.stringify(policy))).toMatchObject({ kind: 'pool', syntax: 'JSON', findings: [] });
  });

  test('is told every fault at its line', () => {
    const text = JSON.stringify(
      { ...policy, replicator_min: 6, replicator_reserve: [], replicator_colour: 'x' },
      undefined,
      1,
    );
    expect(findingsIn(text)).toEqual([
      '4: replicator_max: is 5, below replicator_min, which is 6',
      '6: replicator_reserve: must be a text',
      '7: replicator_colour: warning: is no key of a worker pool',
    ]);
  });
});

describe('a configuration of Replicator', () => {
  test('is told every fault, as the agent tells it', () => {
    const text =
      'consul = "a b"\nlog_levl = "info"\nnotification {\n  colour = 1\n}\ntelemetry { }\ntelemetry { }\n';
    expect(findingsIn(text)).toEqual([
      '1: consul: must be host:port, or an http:// or https:// URL',
      '2: log_levl: unknown key; did you mean log_level?',
      '4: colour: unknown key',
      '7: telemetry: second block; the first is on line 6',
    ]);
  });

  test('is told what must hold between keys', () => {
    expect(findingsIn('log_level = "info"\nservice_id = "a"')).toEqual(['2: service_id: needs a group']);
  });

  test('is not asked for the files that it names', () => {
    expect(findingsIn('consul_token_file = "/nowhere"\nnomad_token_file = "/nowhere"')).toEqual([]);
  });

  test('of a whole group may hold neither secrets nor what is a member’s own', () => {
    const text = 'log_level = "info"\nconsul_token = "x-secret-x"\nbind_address = "::"';
    expect(findingsIn(text)).toEqual([]);
    const faults = findingsIn(text, 'group');
    expect(faults).toEqual([
      expect.stringMatching(/^2: consul_token: is a secret/),
      expect.stringMatching(/^3: bind_address: cannot be stored for a group/),
    ]);
    expect(faults.join()).not.toContain('x-secret-x');
  });
});

test.each([JOB_TEMPLATE, CLUSTER_TEMPLATE])('what init writes is good: $file', ({ text }) => {
  expect(reportOn(text).findings).toEqual([]);
});
