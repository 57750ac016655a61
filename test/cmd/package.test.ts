import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { childEnvironment } from '../support/children.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'replicator-package-'));
const app = join(folder, 'app');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Packed {
  readonly filename: string;
  readonly unpackedSize: number;
  readonly files: readonly { readonly path: string; readonly mode: number }[];
}

let packed: Packed;

/** Packages that are installed with the program, by the lock: those that are not for development. */
function productionPackages(): readonly string[] {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { dev?: boolean; optional?: boolean }>;
  };
  return Object.entries(lock.packages)
    .filter(([path, { dev, optional }]) => path !== '' && dev !== true && optional !== true)
    .map(([path]) => path)
    .filter((path) => path.lastIndexOf('node_modules/') === 0);
}

/** A folder with nothing in it but what `npm install <package>` would put there. */
async function install(): Promise<void> {
  const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder];
  const { stdout } = await run('npm', args, { cwd: root, env: childEnvironment() });
  [packed] = JSON.parse(stdout) as [Packed];
  const home = join(app, 'node_modules', 'replicator');
  mkdirSync(home, { recursive: true });
  await run('tar', ['-xzf', join(folder, packed.filename), '-C', home, '--strip-components=1']);
  for (const path of productionPackages()) {
    const target = join(app, path);
    mkdirSync(dirname(target), { recursive: true });
    symlinkSync(join(root, path), target);
  }
  mkdirSync(join(app, 'node_modules', '.bin'));
  symlinkSync('../replicator/dist/cmd/replicator.js', join(app, 'node_modules', '.bin', 'replicator'));
  writeFileSync(join(app, 'package.json'), '{"private": true}');
}

beforeAll(install, 120_000);

describe('the package', () => {
  test('holds the program, its licence and its pages, and nothing else', () => {
    const paths = packed.files.map(({ path }) => path);
    const odd = paths.filter(
      (path) => !/^dist\/(?:cmd|src)\/|^(?:README|CHANGELOG)\.md$|^LICENSE$|^package\.json$/.test(path),
    );
    expect(odd).toEqual([]);
    expect(paths.filter((path) => /\.(?:ts|map)$|(?:^|\/)test\//.test(path))).toEqual([]);
    expect(paths).toContain('dist/cmd/replicator.js');
    expect(packed.unpackedSize).toBeLessThan(5_000_000);
  });

  test('needs nothing that is for development only', () => {
    const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      dependencies: Record<string, string>;
    };
    expect(productionPackages()).toEqual(
      expect.arrayContaining(Object.keys(dependencies).map((name) => `node_modules/${name}`)),
    );
  });

  test('runs where it is installed: npx replicator version', async () => {
    const env = childEnvironment({ npm_config_offline: 'true', npm_config_yes: 'false' });
    const { stdout } = await run('npx', ['--no-install', 'replicator', 'version'], { cwd: app, env });
    expect(stdout).toMatch(/^Replicator v\d/);
  }, 60_000);

  test.each([
    [['-help'], /Usage: replicator <command>/],
    [['agent', '-help'], /Usage: replicator agent/],
    [['init'], /job_scaling\.hcl written/],
    [['validate', '.'], /cluster_scaling\.hcl +Nomad client configuration, HCL 1 +ok/],
  ])('runs %j', async (argv, output) => {
    const bin = join(app, 'node_modules', '.bin', 'replicator');
    const { stdout } = await run(process.execPath, [bin, ...argv], { cwd: app, env: childEnvironment() });
    expect(stdout).toMatch(output);
  });

  test('has the reader of HCL 2 with it', async () => {
    writeFileSync(
      join(app, 'two.nomad'),
      'locals {\n  x = upper("y")\n}\njob "a" {\n  group "b" {\n  }\n}\n',
    );
    const bin = join(app, 'node_modules', '.bin', 'replicator');
    const { stdout } = await run(process.execPath, [bin, 'validate', 'two.nomad'], {
      cwd: app,
      env: childEnvironment(),
    });
    expect(stdout).toBe('two.nomad  job file, HCL 2  ok\n');
  });
});

/** CPU milliseconds, of the user and of the system, that a process has taken at its end. */
async function cpuOf(argv: readonly string[]): Promise<number> {
  const preload = join(folder, 'cpu.cjs');
  const script =
    "process.on('exit', () => { const { user, system } = process.cpuUsage(); require('node:fs').writeSync(2, String((user + system) / 1000)); });";
  writeFileSync(preload, script);
  const { stderr } = await run(process.execPath, ['--require', preload, ...argv], {
    env: childEnvironment(),
  });
  return Number(stderr);
}

/** The least of several runs: what the machine does besides only adds to it. */
async function leastCpuOf(argv: readonly string[], runs: number): Promise<number> {
  const times: number[] = [];
  for (let left = runs; left > 0; left -= 1) times.push(await cpuOf(argv));
  return Math.min(...times);
}

test('printing the version takes at most five times the CPU of a node that does nothing', async () => {
  const cli = join(app, 'node_modules', 'replicator', 'dist', 'cmd', 'replicator.js');
  const ratios: number[] = [];
  for (let tries = 0; tries < 3 && !ratios.some((ratio) => ratio <= 5); tries += 1) {
    const bare = await leastCpuOf(['-e', '0'], 5);
    ratios.push((await leastCpuOf([cli, 'version'], 5)) / bare);
  }
  expect(Math.min(...ratios)).toBeLessThanOrEqual(5);
}, 120_000);
