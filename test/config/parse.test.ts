import { describe, expect, test } from 'vitest';
import { formatFault } from '../../src/config/fault.ts';
import { parseConfigDocument } from '../../src/config/parse.ts';

const faultsOf = (text: string, scope?: 'agent' | 'group'): string[] =>
  parseConfigDocument(text, 'r.hcl', scope).faults.map(formatFault);

describe('a document that is wrong', () => {
  test.each<[string, string, string]>([
    [
      'an unknown key, with the key that was meant',
      'http_prot = 1',
      'r.hcl:1: http_prot: unknown key; did you mean http_port?',
    ],
    [
      'a flag written as a key',
      'log-level = "info"',
      'r.hcl:1: log-level: unknown key; did you mean log_level?',
    ],
    ['an unknown key that is like none', 'colour = 1', 'r.hcl:1: colour: unknown key'],
    ['an unknown block', 'telemetri {\n}', 'r.hcl:1: telemetri: unknown key; did you mean telemetry?'],
    [
      'an unknown key in a block',
      'telemetry {\n statsd_adress = "a:1" }',
      'r.hcl:2: statsd_adress: unknown key; did you mean statsd_address?',
    ],
    [
      'a key of a block at the top',
      'statsd_address = "a:1"',
      'r.hcl:1: statsd_address: belongs in the telemetry block, not at the top level',
    ],
    [
      'a secret of a block at the top',
      'pagerduty_service_key = "x"',
      'r.hcl:1: pagerduty_service_key: belongs in the notification block, not at the top level',
    ],
    [
      'a key of the top in a block',
      'telemetry { consul = "x" }',
      'r.hcl:1: consul: belongs at the top level, not in the telemetry block',
    ],
    [
      'a block in a block',
      'telemetry { notification { } }',
      'r.hcl:1: notification: belongs at the top level, not in the telemetry block',
    ],
    ['a flag that is no key', 'dev = true', 'r.hcl:1: dev: cannot stand in a file; it is the flag -dev'],
    [
      'a variable that is no key',
      'nomad_skip_verify = true',
      'r.hcl:1: nomad_skip_verify: cannot stand in a file; it is the variable NOMAD_SKIP_VERIFY',
    ],
    ['a flag of another command', 'force = true', 'r.hcl:1: force: unknown key'],
    [
      'a second block',
      'telemetry {}\n\ntelemetry {}',
      'r.hcl:3: telemetry: second block; the first is on line 1',
    ],
    [
      'a second block in a list',
      '{"telemetry": [{},\n{}]}',
      'r.hcl:2: telemetry: second block; the first is on line 1',
    ],
    ['a block that is a value', 'telemetry = "a:1"', 'r.hcl:1: telemetry: must be a block { … }'],
    ['a list of values for a block', 'telemetry = [1]', 'r.hcl:1: telemetry: must be a block { … }'],
    ['a block with a label', 'telemetry "x" {\n}', 'r.hcl:1: telemetry: takes no label'],
    ['an option with a label', 'nomad "x" {\n}', 'r.hcl:1: nomad: takes no label'],
    ['a key with a line end in it', String.raw`"a\nb" = 1`, 'r.hcl:1: a b: unknown key'],
    ['a key that stands twice', 'nomad = "a"\nnomad = "b"', 'r.hcl:2: nomad: already given on line 1'],
    [
      'the two names of a key',
      'notification {\nopsgenie_api_key = "a"\nopsgenie_service_key = "b" }',
      'r.hcl:3: opsgenie_service_key: already given as opsgenie_api_key on line 2',
    ],
    [
      'a syntax error',
      '\nnomad = http',
      'r.hcl:2: nomad: expected a value: text in quotes, a number, true, false, a list or a block (column 9)',
    ],
    [
      'a number out of bounds',
      'job_scaling_interval = 0',
      'r.hcl:1: job_scaling_interval: must be from 1 to 86400, not 0',
    ],
    ['a port out of bounds', 'http_port = "-2"', 'r.hcl:1: http_port: must be from -1 to 65535, not -2'],
    ['too many partitions', 'partitions = 1025', 'r.hcl:1: partitions: must be from 1 to 1024, not 1025'],
    ['a fraction', 'scaling_concurrency = 1.5', 'r.hcl:1: scaling_concurrency: must be a whole number'],
    [
      'a truth value that is none',
      'job_scaling_disable = "yes"',
      'r.hcl:1: job_scaling_disable: must be true or false',
    ],
    [
      'a choice that is none',
      'usage_source = "disk"',
      'r.hcl:1: usage_source: must be one of allocation, node',
    ],
    [
      'a group that is no name',
      'group = "a/b"',
      'r.hcl:1: group: must be up to 64 letters, digits, and . _ - after the first one',
    ],
  ])('%s', (_name, text, expected) => {
    expect(faultsOf(text)).toEqual([expected]);
  });

  test('tells everything at once, in the order of the lines', () => {
    const text =
      'nomad = 1\nhttp_port = x\ncolour = "red"\ntelemetry { statsd_address = 1 }\nlog_level = "x"\n}';
    expect(faultsOf(text).map((line) => line.split(': ').slice(0, 2).join(' '))).toEqual([
      'r.hcl:2 http_port',
      'r.hcl:3 colour',
      'r.hcl:4 statsd_address',
      'r.hcl:5 log_level',
      'r.hcl:6 expected a key (column 1)',
    ]);
  });

  test('in the configuration of a group refuses secrets and what belongs to a member', () => {
    expect(faultsOf('log_level = "debug"\nnomad_token = "x"\nbind_address = "x"', 'group')).toEqual([
      "r.hcl:2: nomad_token: is a secret: it cannot be stored for a group and stays in each member's files, flags or environment",
      "r.hcl:3: bind_address: cannot be stored for a group: it stays in each member's files, flags or environment",
    ]);
    expect(faultsOf('notification { slack_webhook_url_file = "/x" }', 'group')).toHaveLength(1);
  });
});

describe('values are read as leniently as the Go release read them', () => {
  const valueOf = (text: string): unknown => {
    const { settings, faults } = parseConfigDocument(text, 'x');
    expect(faults).toEqual([]);
    return settings.map((setting) => (setting.kind === 'value' ? setting.value : setting.path))[0];
  };

  test.each<[string, unknown]>([
    ['http_port = "1313"', 1313],
    ['http_port = "0x10"', 16],
    ['http_port = -1', -1],
    ['job_scaling_interval = "10"', 10],
    ['job_scaling_interval = 10.0', 10],
    ['job_scaling_disable = 1', true],
    ['job_scaling_disable = 0', false],
    ['job_scaling_disable = "T"', true],
    ['job_scaling_disable = "False"', false],
    ['job_scaling_disable = "0"', false],
    ['log_level = "WARNING"', 'warn'],
    ['log_level = "Debug"', 'debug'],
    ['consul_key_root = 12', '12'],
    ['group = <<EOF\nmine\nEOF', 'mine'],
    ['notification { events = ["a", "b"] }', ['a', 'b']],
    ['notification { events = "a, b,," }', ['a', 'b']],
    ['notification { events = [] }', []],
  ])('%s', (text, expected) => {
    expect(valueOf(text)).toEqual(expected);
  });
});
