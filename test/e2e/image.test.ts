import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { execForm, parseDockerfile } from '../deploy/dockerfile.ts';
import { contextOf, type MadeImage, makeImage } from '../deploy/image.ts';
import { childEnvironment } from '../support/children.ts';

const read = (path: string): string =>
  readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), 'utf8');

const instructions = parseDockerfile(read('Dockerfile'));
const packageJson = JSON.parse(read('package.json')) as {
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
};

function textOf(name: string): string {
  return instructions.findLast((one) => one.name === name)?.text ?? '';
}

describe('the steps of the Dockerfile, carried out', () => {
  const folder = mkdtempSync(join(tmpdir(), 'replicator-image-'));
  let image: MadeImage;

  beforeAll(() => {
    image = makeImage(instructions, { folder, isInContext: contextOf(read('.dockerignore')) });
  }, 300_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** Runs words of the image's own, with its paths led into the folder; answers exit code and output. */
  function start(
    words: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Promise<{ readonly code: number | null; readonly text: string }> {
    const [, ...args] = words.map((word) => (word.startsWith('/') ? join(image.folder, word) : word));
    const child = spawn(process.execPath, args, {
      cwd: image.folder,
      env: childEnvironment({ ...image.env, ...env }),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    const output: Buffer[] = [];
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => output.push(chunk));
    return new Promise((resolve) => {
      child.once('close', (code) => resolve({ code, text: Buffer.concat(output).toString() }));
    });
  }

  const entry = execForm(textOf('ENTRYPOINT')) ?? [];

  test('make a program that knows its version', async () => {
    expect(await start([...entry, 'version'])).toEqual({
      code: 0,
      text: `Replicator v${packageJson.version}\n`,
    });
  });

  test('make one that finds every package that an agent needs', async () => {
    const flags = ['-nomad=nowhere:0:0', '-log-format=text'];
    expect(await start([...entry, ...(execForm(textOf('CMD')) ?? []), ...flags])).toEqual({
      code: 1,
      text: expect.stringMatching(/^replicator agent: -nomad: must be host:port/),
    });
    const simulated = await start([...entry, 'demo', '--json', '--duration=2', '--speed=20']);
    expect(simulated.text).not.toMatch(/Cannot find/);
    expect(simulated.code).toBe(0);
  }, 60_000);

  test('leave everything out that is not needed to run it', () => {
    const place = join(image.folder, 'opt/replicator');
    expect(readdirSync(place).toSorted()).toEqual([
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'dist',
      'node_modules',
      'package.json',
    ]);
    const has = (name: string): boolean => existsSync(join(place, 'node_modules', name));
    expect(Object.keys(packageJson.dependencies).filter((name) => !has(name))).toEqual([]);
    expect(Object.keys(packageJson.devDependencies).filter(has)).toEqual([]);
  });

  test.each([
    { what: 'an agent that is alive', status: 200, code: 0 },
    { what: 'one that is stuck', status: 503, code: 1 },
    { what: 'one that does not answer', status: undefined, code: 1 },
  ])('its health check tells $what', async ({ status, code }) => {
    const asked: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      asked.push(request.url);
      response.writeHead(status ?? 200).end();
    });
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    if (status === undefined) server.close();
    else onTestFinished(() => void server.close());
    const url = (image.env['HEALTH_URL'] ?? '').replace(':1313', `:${port}`);
    const words = execForm(textOf('HEALTHCHECK')) ?? [];
    expect((await start(words, { HEALTH_URL: url })).code).toBe(code);
    expect(asked).toEqual(status === undefined ? [] : ['/v1/health?live']);
  });
});
