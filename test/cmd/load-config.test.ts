import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findOverridden, loadConfig, loadConfigOrPrint, loadStored } from '../../cmd/load-config.ts';
import type { ConfigSources, LoadedConfig } from '../../cmd/load-config.ts';
import { parseArguments } from '../../src/config/argv.ts';
import type { Config } from '../../src/config/config.ts';
import { formatFault } from '../../src/config/fault.ts';
import { AGENT_FLAGS } from '../../src/config/options.ts';

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'replicator-config-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function put(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

function sources(
  flags: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): ConfigSources {
  return { settings: parseArguments(AGENT_FLAGS, flags).settings, environment };
}

async function configOf(from: ConfigSources): Promise<Config> {
  const loaded = await loadConfig(from);
  if (loaded.kind === 'faults') throw new Error(loaded.faults.map(formatFault).join('\n'));
  return loaded.config;
}

async function faultsOf(from: ConfigSources): Promise<string[]> {
  const loaded = await loadConfig(from);
  return loaded.kind === 'faults' ? loaded.faults.map(formatFault) : [];
}

describe('a directory', () => {
  test('is read in lexicographic order, .hcl and .json files only', async () => {
    put('b.json', '{"log_level": "warn", "nomad": "b:1"}');
    put('a.hcl', 'log_level = "error"\nconsul = "a:1"');
    put('c.hcl.bak', 'log_level = ');
    put('README.md', '# not read');
    mkdirSync(join(folder, 'z.hcl'));
    const config = await configOf(sources(['-config', folder]));
    expect(config).toMatchObject({
      logLevel: 'warn',
      nomad: { url: 'http://b:1' },
      consul: { url: 'http://a:1' },
    });
  });

  test('without files is an empty configuration', async () => {
    expect(await configOf(sources([`-config=${folder}`]))).toEqual(await configOf(sources([])));
  });

  test('tells the faults of all its files at once, and those of the environment', async () => {
    put('a.hcl', 'http_port = "x"\n');
    put('b.hcl', '\nnomad = localhost\n');
    symlinkSync(join(folder, 'nowhere'), join(folder, 'c.hcl'));
    const faults = await faultsOf(sources(['-config', folder], { NOMAD_SKIP_VERIFY: 'perhaps' }));
    expect(faults.map((line) => line.replace(`${folder}/`, ''))).toEqual([
      'a.hcl:1: http_port: must be a whole number',
      expect.stringMatching(/^b\.hcl:2: nomad: expected a value/),
      'c.hcl: no such file or directory',
      'NOMAD_SKIP_VERIFY: must be true or false',
    ]);
  });
});

describe('a file', () => {
  test('is read whatever its name is', async () => {
    expect((await configOf(sources(['-config', put('replicator.conf', 'http_port = 99')]))).httpPort).toBe(
      99,
    );
  });

  test('that is not there is one clear line', async () => {
    const path = join(folder, 'nowhere.hcl');
    expect(await faultsOf(sources(['-config', path]))).toEqual([`${path}: no such file or directory`]);
  });

  test('below something that is no directory is one clear line', async () => {
    const path = join(put('a.hcl', ''), 'b.hcl');
    expect(await faultsOf(sources(['-config', path]))).toEqual([
      `${path}: part of the path is not a directory`,
    ]);
  });

  test('that is no text is one clear line', async () => {
    const path = put('a.hcl', new Uint8Array([0x61, 0xff, 0xfe]));
    expect(await faultsOf(sources(['-config', path]))).toEqual([`${path}: is not UTF-8 text`]);
  });
});

describe('files of secrets', () => {
  test('are read, and only those that hold', async () => {
    const token = put('token', 'abc\n');
    const path = put('a.hcl', `consul_token_file = "${token}"\nnomad_token_file = "${folder}/missing"`);
    const config = await configOf(sources(['-config', path, '-nomad-token=flag']));
    expect([config.consul.token?.reveal(), config.nomad.token?.reveal()]).toEqual(['abc', 'flag']);
  });

  test('that are missing are faults that name the key', async () => {
    const path = put(
      'a.hcl',
      `\nnomad_token_file = "${folder}/missing"\nnotification {\n webhook_url_file = "${folder}"\n}`,
    );
    expect(await faultsOf(sources(['-config', path, `-http-token-file=${folder}/no`]))).toEqual([
      `${path}:2: nomad_token_file: ${folder}/missing: no such file or directory`,
      `${path}:4: webhook_url_file: ${folder}: is a directory`,
      `-http-token-file: ${folder}/no: no such file or directory`,
    ]);
  });
});

test('a variable that a flag or a file overrides cannot be a fault', async () => {
  const config = await configOf(
    sources(['-consul=localhost:8500'], { CONSUL_HTTP_ADDR: 'unix:///run/consul.sock' }),
  );
  expect(config.consul.url).toBe('http://localhost:8500');
});

describe('what is stored for a group', () => {
  async function localOf(argv: readonly string[]): Promise<LoadedConfig> {
    const loaded = await loadConfig(sources(argv));
    if (loaded.kind !== 'ok') throw new Error('the configuration has faults');
    return loaded;
  }

  test('wins over everything that is given locally, and what is overridden is known', async () => {
    const path = put('a.hcl', 'log_level = "error"\nhttp_port = 7\ndrain_deadline = 60');
    const { local } = await localOf(['-config', path, '-job-scaling-interval=3']);
    const text = JSON.stringify({ log_level: 'trace', job_scaling_interval: 5 });
    const loaded = loadStored(local, { name: 'consul:group', text });
    expect(loaded).toMatchObject({
      kind: 'ok',
      config: { logLevel: 'trace', httpPort: 7, jobScalingIntervalMs: 5_000, drainDeadlineMs: 60_000 },
    });
    if (loaded.kind !== 'ok') return;
    expect(findOverridden(local, loaded).toSorted()).toEqual(['job_scaling_interval', 'log_level']);
  });

  test('may not hold secrets', async () => {
    const { local } = await localOf([]);
    const loaded = loadStored(local, { name: 'consul:group', text: '{"consul_token": "x"}' });
    const faults = loaded.kind === 'faults' ? loaded.faults.map(formatFault) : [];
    expect(faults).toEqual([expect.stringMatching(/^consul:group:1: consul_token: is a secret/)]);
  });
});

test('for a command the faults are printed, and nothing is answered', async () => {
  const printed: string[] = [];
  const terminal = {
    out: () => {},
    err: (text: string) => void printed.push(text),
    isInteractive: false,
    columns: undefined,
    ask: () => Promise.resolve(undefined),
  };
  const path = put('a.hcl', 'colour = 1\nhttp_port = 0.5');
  expect(await loadConfigOrPrint({ ...sources(['-config', path]), terminal })).toBeUndefined();
  expect(printed).toEqual([`${path}:1: colour: unknown key`, `${path}:2: http_port: must be a whole number`]);
  expect((await loadConfigOrPrint({ ...sources([]), terminal }))?.config.httpPort).toBe(1313);
});
