import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { COMMANDS } from '../../cmd/commands.ts';
import { GROUP_KEYS } from '../../src/domain/policy/group-policy.ts';
import { POOL_KEYS } from '../../src/domain/policy/pool-policy.ts';
import type { MetaKey } from '../../src/domain/policy/meta.ts';
import { jobFile, policyMeta } from '../config/validate/check.ts';
import { type Outcome, runInProcess } from './run-in-process.ts';

const folder = mkdtempSync(join(tmpdir(), 'replicator-broken-'));
afterAll(() => rmSync(folder, { recursive: true }));

const path = join(folder, 'input');
const SECRET = 'planted-5ecret';

/** What nobody wants to read: a stack, a name of a class of errors, a value that is none, a secret. */
const UNWANTED =
  /\n\s+at |\b(?:TypeError|RangeError|SyntaxError|ReferenceError)\b|\bundefined\b|\[object |planted-5ecret/;

const linesOf = ({ stdout, stderr }: Outcome): readonly string[] => (stderr + stdout).trimEnd().split('\n');

/** Ends with 1, says why, and says nothing unwanted. */
function expectRefusal(outcome: Outcome): void {
  expect(outcome.code).toBe(1);
  expect(linesOf(outcome)[0]).toMatch(/\S/);
  expect(outcome.stdout + outcome.stderr).not.toMatch(UNWANTED);
  expect(linesOf(outcome).filter((line) => line.length > 600)).toEqual([]);
}

const configurations: readonly string[] = [
  '=',
  '{',
  '}',
  'a',
  'a b',
  'a =',
  'a = 1',
  'consul',
  'consul = localhost',
  'consul = "a b"',
  'consul = "ftp://x"',
  'consul = "http://user:planted-5ecret@x"',
  'consul = []',
  'consul = {}',
  'consul "x" { }',
  'consul { address = "x" }',
  'nomad = "http://"',
  'nomad = 7 7',
  'http_port = "x"',
  'http_port = 70000',
  'http_port = -2',
  'http_port = 1.5',
  'http_port = 1e99',
  'http_port = true',
  'rpc_port = 0',
  'log_level = "loud"',
  'log_level = 3',
  'log_format = "xml"',
  'job_scaling_interval = 0',
  'job_scaling_interval = "10s"',
  'cluster_scaling_interval = 99999999999999999999',
  'job_scaling_disable = "perhaps"',
  'job_scaling_disable = []',
  'scaling_concurrency = 0',
  'drain_deadline = -1',
  'usage_source = "host"',
  'nomad_namespace = "a b"',
  'consul_key_root = "/"',
  'consul_key_root = ""\nconsul_key_root = "a"\nconsul_key_root = "b"',
  'consul_token = ["planted-5ecret"]',
  'consul_token = "planted-5ecret"\nconsul_token_file = "/x"',
  'consul_token_file = "/nowhere/at/all"',
  'nomad_token = "planted-5ecret',
  'nomad_token = <<EOF\nplanted-5ecret\n',
  'group = "a/b"',
  'service_id = "a"',
  'partitions = 0',
  'telemetry = 1',
  'telemetry { statsd_address = "x" }',
  'telemetry { colour = 1 }',
  'telemetry { } telemetry { }',
  'telemetry "x" { }',
  'statsd_address = "x:1"',
  'notification { slack_webhook_url = "planted-5ecret" }',
  'notification { events = [1, {}] }',
  'notification { notification { } }',
  'config = "x"',
  'dev = true',
  '/* open',
  '"\\q" = 1',
  'a = "${"',
  '\u0000',
  '{"http_port": }',
  '{"http_port": 1,, "x": 2}',
  '{"http_port": "x", "log_levl": 1}',
  '[1]',
  '{"a": "\\u12"}',
  '{"consul": null, "nomad": {"x": 1}}',
  'a {'.repeat(40),
  `a = ${'['.repeat(4000)}`,
];

const variables: readonly (readonly [string, string])[] = [
  ['CONSUL_HTTP_ADDR', 'unix:///x'],
  ['CONSUL_HTTP_ADDR', `http://u:${SECRET}@x`],
  ['CONSUL_HTTP_SSL', 'perhaps'],
  ['CONSUL_CACERT', '/nowhere'],
  ['CONSUL_CLIENT_CERT', '/nowhere'],
  ['NOMAD_ADDR', 'nomad example'],
  ['NOMAD_ADDR', `http://x/?t=${SECRET}`],
  ['NOMAD_SKIP_VERIFY', '2'],
  ['NOMAD_CACERT', '/dev/null'],
  ['NOMAD_TLS_SERVER_NAME', 'a b'],
];

test('they are more than two hundred, besides those that are drawn', () => {
  const written = [configurations, metas(GROUP_KEYS), metas(POOL_KEYS), flags(), variables];
  expect(written.reduce((sum, list) => sum + list.length, 0)).toBeGreaterThan(200);
});

describe('configurations', () => {
  test.each(configurations.map((text) => [JSON.stringify(text).slice(0, 60), text] as const))(
    '%s',
    async (_name, text) => {
      writeFileSync(path, text);
      const outcome = await runInProcess(['agent', `-config=${path}`]);
      expectRefusal(outcome);
      const odd = linesOf(outcome).filter((line) => !line.startsWith(`${path}:`));
      expect(odd).toEqual([]);
    },
  );

  test('bytes that are no text', async () => {
    writeFileSync(path, new Uint8Array([0xc3, 0x28, 0xff]));
    const outcome = await runInProcess(['agent', `-config=${path}`]);
    expectRefusal(outcome);
    expect(outcome.stderr).toBe(`${path}: is not UTF-8 text\n`);
  });
});

const WRONG = ['"ten"', '"-1"', '"1e3"', '"0x1f"', '"９"', '[]', '{}'];

function metas(keys: readonly MetaKey[]): readonly (readonly [string, string])[] {
  return keys
    .filter(({ type }) => type !== 'text')
    .flatMap(({ key }) => WRONG.map((value) => [key, value] as const));
}

/** Neither of a pair may be alone. */
const MEMORY = { replicator_scalein_mem: '30', replicator_scaleout_mem: '80' };

describe('meta of task groups', () => {
  test.each(metas(GROUP_KEYS))('%s = %s', async (key, value) => {
    writeFileSync(path, jobFile({ ...policyMeta(MEMORY), [key]: value }));
    const outcome = await runInProcess(['validate', '-kind=job', path]);
    expectRefusal(outcome);
    expect(linesOf(outcome)[0]).toMatch(new RegExp(`^${path}:\\d+: ${key}: .*\\(task group web/api\\)$`));
  });
});

describe('meta of clients', () => {
  const good = { replicator_enabled: 'true', replicator_worker_pool: '"w"', replicator_region: '"r"' };

  test.each(metas(POOL_KEYS))('%s = %s', async (key, value) => {
    const lines = Object.entries({ ...good, [key]: value }).map(([name, given]) => `    ${name} = ${given}`);
    writeFileSync(path, `client {\n  meta {\n${lines.join('\n')}\n  }\n}\n`);
    const outcome = await runInProcess(['validate', path]);
    expectRefusal(outcome);
    expect(linesOf(outcome)[0]).toMatch(new RegExp(`^${path}:\\d+: ${key}: `));
  });
});

function flags(): readonly (readonly string[])[] {
  const words = ['-', '--', '---', '-=', '-x=', '--no-such-flag', '-\u0000', '-config', '-é=1'];
  const commands = COMMANDS.map(({ name }) => name).filter(
    (name) => name !== 'simulate' && name !== 'demo' && name !== 'agent',
  );
  return [
    ...commands.map((name) => [name, '-no-such-flag']),
    ...commands.filter((name) => name !== 'validate').map((name) => [name, 'stray', 'words']),
    ...words.filter((word) => word !== '-' && word !== '--').map((word) => ['version', word]),
    ['agent', '-config'],
    ['agent', '-http-port', 'x'],
    ['agent', '-dev=perhaps'],
    ['agent', '-consul='.padEnd(3000, 'x y')],
    ['agent', '-nomad-token-file=/nowhere'],
    ['failsafe'],
    ['failsafe', '-enable', '-disable'],
    ['failsafe', '-enable', '-job='],
    ['failsafe', '-enable', '-state-path=elsewhere'],
    ['validate'],
    ['validate', '/nowhere', '/dev/null'],
    ['plan', '-nomad=::'],
    ['check', '-consul=http://a b'],
    ['validate', '-kind=x', 'y'],
    ['nosuch'],
    ['-nosuch'],
    ['', 'agent'],
    ['__proto__'],
    ['agent', '-__proto__=1'],
    ['help', 'constructor'],
  ];
}

describe('flags', () => {
  test.each(flags().map((argv) => [argv]))('%j', async (argv) => {
    const outcome = await runInProcess(argv);
    expectRefusal(outcome);
    expect(linesOf(outcome).length).toBeLessThan(40);
  });
});

describe('variables', () => {
  test.each(variables)('%s=%s', async (name, value) => {
    const outcome = await runInProcess(['plan'], { [name]: value });
    expectRefusal(outcome);
    expect(outcome.stderr).toMatch(new RegExp(`^${name}: `, 'm'));
  });
});

/** A good document with a few places cut, doubled or replaced. */
const damaged = (text: string) =>
  fc
    .array(
      fc.record({
        at: fc.nat(text.length),
        length: fc.nat(12),
        put: fc.constantFrom(
          '',
          '{',
          '}',
          '"',
          '=',
          '\n',
          '${',
          '[',
          ',',
          'null',
          '-1',
          '<<X',
          '\u0000',
          '😀',
        ),
      }),
      { minLength: 1, maxLength: 4 },
    )
    .map((cuts) =>
      cuts.reduce((rest, { at, length, put }) => rest.slice(0, at) + put + rest.slice(at + length), text),
    );

const goodDocuments = [
  jobFile(policyMeta()),
  `variable "x" {\n  default = 3\n}\n${jobFile(policyMeta({ replicator_max: 'var.x' }))}`,
  JSON.stringify(
    { Job: { ID: 'a', TaskGroups: [{ Name: 'b', Count: 1, Meta: policyMeta() }] } },
    undefined,
    1,
  ),
  'client {\n  meta {\n    "replicator_worker_pool" = "a"\n    replicator_enabled = true\n  }\n}\n',
  'consul = "localhost:8500"\ntelemetry {\n  statsd_address = "x:1"\n}\n',
];

test.each(goodDocuments.map((text, index) => [index, text] as const))(
  'whatever is damaged in a good document is told in lines, or is still good (%i)',
  async (_index, text) => {
    await fc.assert(
      fc.asyncProperty(damaged(text), async (broken) => {
        writeFileSync(path, broken);
        const { code, stdout, stderr } = await runInProcess(['validate', path]);
        expect(stderr).toBe('');
        expect([0, 1]).toContain(code);
        expect(stdout).not.toMatch(UNWANTED);
        const strange = stdout
          .trimEnd()
          .split('\n')
          .filter((line) => line !== '' && !line.startsWith(path));
        expect(strange).toEqual([]);
        expect(/ \d+ faults?\b/.test(stdout)).toBe(code === 1);
      }),
      { seed: 7, numRuns: 60 },
    );
  },
);
