import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { parseArguments } from '../../src/config/argv.ts';
import { findChangedOptions } from '../../src/config/changed-options.ts';
import type { Config } from '../../src/config/config.ts';
import { pathsToRead } from '../../src/config/contents.ts';
import type { FileContent } from '../../src/config/contents.ts';
import { readEnvironment } from '../../src/config/env.ts';
import { formatFault } from '../../src/config/fault.ts';
import { mergeLayers } from '../../src/config/merge.ts';
import type { Layers } from '../../src/config/merge.ts';
import { AGENT_FLAGS, OPTIONS } from '../../src/config/options.ts';
import { parseConfigDocument } from '../../src/config/parse.ts';
import { resolveConfig } from '../../src/config/resolve.ts';
import type { ResolvedConfig } from '../../src/config/resolve.ts';

interface Input {
  readonly flags?: readonly string[];
  readonly files?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly contents?: Readonly<Record<string, FileContent | string>>;
}

function layersOf({ flags = [], files = [], env = {} }: Input): Layers {
  return {
    flags: parseArguments(AGENT_FLAGS, flags).settings,
    documents: files.map((text) => parseConfigDocument(text, 'x.hcl').settings),
    environment: readEnvironment(env).settings,
  };
}

function resolve(input: Input): ResolvedConfig {
  const contents = Object.entries(input.contents ?? {}).map(([path, content]): [string, FileContent] => [
    path,
    typeof content === 'string' ? { kind: 'text', text: content } : content,
  ]);
  return resolveConfig(layersOf(input), new Map(contents));
}

function configOf(input: Input): Config {
  const resolved = resolve(input);
  if (resolved.kind === 'faults') throw new Error(resolved.faults.map(formatFault).join('\n'));
  return resolved.config;
}

function faultsOf(input: Input): string[] {
  const resolved = resolve(input);
  return resolved.kind === 'faults' ? resolved.faults.map(formatFault) : [];
}

const PEM = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
const KEY = '-----BEGIN PRIVATE KEY-----\nBBBB\n-----END PRIVATE KEY-----\n';

test('without anything given the configuration is the documented default', () => {
  const tls = {
    caCert: undefined,
    clientCert: undefined,
    clientKey: undefined,
    serverName: undefined,
    skipVerify: false,
  };
  expect(configOf({})).toEqual({
    bindAddress: '127.0.0.1',
    httpPort: 1313,
    httpToken: undefined,
    rpcPort: 1314,
    logLevel: 'info',
    logFormat: 'auto',
    jobScalingIntervalMs: 10_000,
    clusterScalingIntervalMs: 10_000,
    jobScalingDisabled: false,
    clusterScalingDisabled: false,
    scalingConcurrency: 10,
    drainDeadlineMs: 900_000,
    usageSource: 'allocation',
    nomad: { url: 'http://localhost:4646', token: undefined, namespace: '*', region: undefined, tls },
    consul: { url: 'http://localhost:8500', token: undefined, keyRoot: 'replicator/config', tls },
    group: undefined,
    partitions: 16,
    telemetry: { statsd: undefined },
    notification: {
      clusterIdentifier: undefined,
      pagerdutyServiceKey: undefined,
      opsgenieServiceKey: undefined,
      slackWebhookUrl: undefined,
      webhookUrl: undefined,
      events: undefined,
    },
  });
});

describe('precedence', () => {
  const env = { NOMAD_ADDR: 'http://env:1' };
  const files = ['nomad = "http://first:1"', 'nomad = "http://second:1"'];

  test.each<[string, Input, string]>([
    ['the environment wins over the default', { env }, 'http://env:1'],
    ['a file wins over the environment', { env, files: files.slice(0, 1) }, 'http://first:1'],
    ['the later file wins', { env, files }, 'http://second:1'],
    ['a flag wins over everything', { env, files, flags: ['-nomad', 'flag:1'] }, 'http://flag:1'],
    ['the last of a repeated flag wins', { flags: ['-nomad=a:1', '--nomad', 'b:1'] }, 'http://b:1'],
    ['an empty flag does not hide a file', { files, flags: ['-nomad='] }, 'http://second:1'],
    [
      'an empty value in a file does not hide an earlier file',
      { files: [...files, 'nomad = ""'] },
      'http://second:1',
    ],
  ])('%s', (_name, input, url) => {
    expect(configOf(input).nomad.url).toBe(url);
  });

  test('a truth value can be taken back by a flag', () => {
    const config = configOf({ files: ['job_scaling_disable = true'], flags: ['-job-scaling-disable=false'] });
    expect(config.jobScalingDisabled).toBe(false);
  });

  test.each<[Input, string]>([
    [{ flags: ['-dev'] }, 'debug'],
    [{ flags: ['-dev=false'] }, 'info'],
    [{ flags: ['-dev', '-log-level=warning'] }, 'warn'],
    [{ flags: ['-dev'], files: ['log_level = "ERROR"'] }, 'error'],
  ])('dev makes the log level DEBUG unless it is set: %j', (input, level) => {
    expect(configOf(input).logLevel).toBe(level);
  });

  test('a secret and the file of the secret are one option: the higher place wins', () => {
    const contents = { '/t': 'from-file\n' };
    const token = (input: Input): string | undefined =>
      configOf({ ...input, contents }).consul.token?.reveal();
    expect(token({ files: ['consul_token_file = "/t"'], env: { CONSUL_HTTP_TOKEN: 'env' } })).toBe(
      'from-file',
    );
    expect(token({ files: ['consul_token_file = "/t"'], flags: ['-consul-token=flag'] })).toBe('flag');
    expect(token({ files: ['consul_token = "file"'], flags: ['-consul-token-file', '/t'] })).toBe(
      'from-file',
    );
  });
});

describe('addresses', () => {
  test.each<[string, Record<string, string>, string]>([
    ['localhost:8500', {}, 'http://localhost:8500'],
    ['http://localhost:8500', {}, 'http://localhost:8500'],
    ['https://consul.example/', {}, 'https://consul.example'],
    ['HTTPS://Consul.Example:8501/proxy//', {}, 'https://consul.example:8501/proxy'],
    ['[::1]:8500', {}, 'http://[::1]:8500'],
    ['localhost:8501', { CONSUL_HTTP_SSL: 'true' }, 'https://localhost:8501'],
    ['localhost:8501', { CONSUL_HTTP_SSL: '0' }, 'http://localhost:8501'],
    ['http://localhost:8500', { CONSUL_HTTP_SSL: '1' }, 'http://localhost:8500'],
  ])('consul = %s with %j is %s', (address, env, url) => {
    expect(configOf({ files: [`consul = "${address}"`], env }).consul.url).toBe(url);
  });

  test('CONSUL_HTTP_SSL makes the default address https', () => {
    expect(configOf({ env: { CONSUL_HTTP_SSL: 'true' } }).consul.url).toBe('https://localhost:8500');
  });

  test.each([
    ['a b', 'must be host:port, or an http:// or https:// URL'],
    ['unix:///var/run/consul.sock', 'must be host:port, or an http:// or https:// URL'],
    ['ftp://host', 'must be host:port, or an http:// or https:// URL'],
    ['host:port', 'must be host:port, or an http:// or https:// URL'],
    ['host:99999', 'must be host:port, or an http:// or https:// URL'],
    ['http://', 'must be host:port, or an http:// or https:// URL'],
    ['::1', 'must be host:port, or an http:// or https:// URL'],
    ['http://user:pass@host', 'must not contain a user name or a password'],
    ['http://host/?token=x', 'must not contain ? or #'],
  ])('consul = %s is a fault', (address, message) => {
    const { faults } = parseConfigDocument(`consul = "${address}"`, 'x');
    expect(faults.map(formatFault)).toEqual([`x:1: consul: ${message}`]);
  });

  test.each(['host', 'host:0', 'host:70000', ':8125', 'http://host:8125', '::1:8125'])(
    'statsd_address = %s is a fault',
    (address) => {
      const { faults } = parseConfigDocument(`telemetry { statsd_address = "${address}" }`, 'x');
      expect(faults.map(({ message }) => message)).toEqual(['must be host:port']);
    },
  );

  test('an IPv6 address of statsd loses its brackets', () => {
    const config = configOf({ flags: ['-statsd-address=[::1]:8125'] });
    expect(config.telemetry.statsd).toEqual({ host: '::1', port: 8125 });
  });

  test.each(['replicator/config', '/replicator/config/', '//replicator/config//'])(
    'the key root of %s has no slash at its ends',
    (root) => {
      expect(configOf({ flags: [`-consul-key-root=${root}`] }).consul.keyRoot).toBe('replicator/config');
    },
  );
});

describe('secrets', () => {
  const config = configOf({
    flags: ['-http-token=s3cr3t-1', '-slack-webhook-url=https://hooks.example/s3cr3t-2'],
    env: { NOMAD_CLIENT_CERT: '/cert', NOMAD_CLIENT_KEY: '/key' },
    contents: { '/cert': PEM, '/key': KEY.replace('BBBB', 's3cr3t-3') },
  });

  test('do not show when the configuration is printed', () => {
    const nested = inspect({ config }, { depth: 10, showHidden: true });
    const printed = [
      nested,
      JSON.stringify(config),
      String(config.httpToken),
      String(config.nomad.tls.clientKey),
    ];
    expect(printed.join()).toContain('(redacted)');
    expect(printed.join()).not.toContain('s3cr3t');
    expect(config.httpToken?.reveal()).toBe('s3cr3t-1');
  });

  test('come from files whose line ends are taken off', () => {
    const contents = { '/pd': 'key with blanks \r\n\n' };
    const files = ['notification { pagerduty_service_key_file = "/pd" }'];
    expect(configOf({ files, contents }).notification.pagerdutyServiceKey?.reveal()).toBe('key with blanks ');
  });

  test.each<[string, FileContent | undefined, string]>([
    ['is missing', { kind: 'fault', message: 'no such file or directory' }, '/t: no such file or directory'],
    ['is empty', { kind: 'text', text: '\n' }, '/t: is empty'],
    ['was not read', undefined, '/t: was not read'],
    ['holds no URL', { kind: 'text', text: 's3cr3t' }, '/t: must be an http:// or https:// URL'],
  ])('whose file %s are a fault that names the key', (_name, content, message) => {
    const files = ['notification {\n slack_webhook_url_file = "/t" }'];
    const contents = content === undefined ? {} : { '/t': content };
    expect(faultsOf({ files, contents })).toEqual([`x.hcl:2: slack_webhook_url_file: ${message}`]);
  });
});

describe('TLS', () => {
  const env = {
    NOMAD_CACERT: '/ca',
    NOMAD_CLIENT_CERT: '/cert',
    NOMAD_CLIENT_KEY: '/key',
    NOMAD_TLS_SERVER_NAME: 'server.global.nomad',
    NOMAD_SKIP_VERIFY: 'true',
    CONSUL_CACERT: '/ca',
    CONSUL_CLIENT_CERT: '/cert',
    CONSUL_CLIENT_KEY: '/key',
  };
  const contents = { '/ca': PEM, '/cert': PEM, '/key': KEY };

  test('is read from the files that the environment names, each of them once', () => {
    const { nomad, consul } = configOf({ env, contents });
    expect(pathsToRead(mergeLayers(layersOf({ env })))).toEqual(['/ca', '/cert', '/key']);
    expect(nomad.tls).toMatchObject({
      caCert: PEM,
      clientCert: PEM,
      serverName: 'server.global.nomad',
      skipVerify: true,
    });
    expect(nomad.tls.clientKey?.reveal()).toBe(KEY);
    expect(consul.tls).toMatchObject({ caCert: PEM, clientCert: PEM, skipVerify: false });
  });

  test('needs certificate and key together, and PEM in its files', () => {
    const lone = { NOMAD_CLIENT_CERT: '/cert', CONSUL_CLIENT_KEY: '/key', CONSUL_CACERT: '/text' };
    expect(faultsOf({ env: lone, contents: { ...contents, '/text': 'text' } })).toEqual([
      'CONSUL_CACERT: /text: is not a PEM file',
      'NOMAD_CLIENT_CERT: needs NOMAD_CLIENT_KEY as well',
      'CONSUL_CLIENT_KEY: needs CONSUL_CLIENT_CERT as well',
    ]);
  });
});

describe('groups', () => {
  test.each<[readonly string[], Config['group']]>([
    [['-group=blue'], { name: 'blue', serviceId: 'blue' }],
    [['-group', 'blue', '--service-id=blue-2'], { name: 'blue', serviceId: 'blue-2' }],
  ])('%j', (flags, group) => {
    expect(configOf({ flags }).group).toEqual(group);
  });

  test('a service id needs a group', () => {
    expect(faultsOf({ flags: ['-service-id=x'] })).toEqual(['-service-id: needs a group']);
  });
});

test('the options that differ between two configurations are found, secrets too', () => {
  const given = (input: Input): Extract<ResolvedConfig, { kind: 'ok' }>['given'] => {
    const resolved = resolve(input);
    return resolved.kind === 'ok' ? resolved.given : new Map();
  };
  const before = given({ files: ['log_level = "info"\nnomad_token = "a"\nhttp_token = "t"\nhttp_port = 1'] });
  const after = given({
    files: ['nomad_token = "b"\nhttp_token = "t"\nhttp_port = 2\nnotification { events = ["x"] }'],
  });
  expect(findChangedOptions(before, after).map((row) => row.key)).toEqual([
    'http_port',
    'nomad_token',
    'events',
  ]);
  expect(findChangedOptions(before, before)).toEqual([]);
  expect(OPTIONS.find((row) => row.key === 'http_port')?.needsRestart).toBe(true);
});
