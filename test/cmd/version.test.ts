import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { COMMANDS } from '../../cmd/commands.ts';
import { isVersionRequest, readVersion } from '../../cmd/version.ts';
import { runCli } from '../support/processes.ts';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));

describe('the built program', () => {
  test.each(['-v', '-version', '--version', 'version'])(
    '%s prints the version of the package',
    async (word) => {
      expect(await runCli([word])).toMatchObject({ code: 0, stdout: `Replicator v${version}\n`, stderr: '' });
    },
  );

  test('version takes no flags and no words', async () => {
    expect(await runCli(['version', '-x', 'y'])).toMatchObject({
      code: 1,
      stdout: '',
      stderr:
        'replicator version: -x: unknown flag\n' +
        'replicator version: y: unexpected argument\n' +
        'Usage: replicator version [options]\n' +
        '       replicator version -help lists the options.\n',
    });
  });
});

/** What a file imports before it runs, and what that imports, and so on. */
function staticImports(url: URL): readonly string[] {
  const targets = [...readFileSync(url, 'utf8').matchAll(/^import (?!type ).*? from '(.+)';$/gm)].map(
    ([, target = '']) => target,
  );
  return targets.flatMap((target) =>
    target.startsWith('.') ? staticImports(new URL(target, url)) : [target],
  );
}

test('to print the version nothing is loaded but modules of node', () => {
  const imports = staticImports(new URL('../../cmd/replicator.ts', import.meta.url));
  expect(imports.length).toBeGreaterThan(0);
  expect(imports.filter((target) => !target.startsWith('node:'))).toEqual([]);
  expect(staticImports(new URL('../../cmd/cli.ts', import.meta.url))).toContain('yargs');
});

const commandFiles = COMMANDS.map(
  ({ name }) => [name, new URL(`../../cmd/${name}.ts`, import.meta.url)] as const,
);

/** What the simulator reads requests with, and what the command line is read with. */
const USED: Readonly<Record<string, readonly string[]>> = {
  demo: ['lossless-json'],
  simulate: ['lossless-json'],
  completion: ['yargs'],
};

test.each(commandFiles)('to begin %s no package is loaded that it does not use', (name, url) => {
  const packages = staticImports(url).filter((target) => !target.startsWith('node:'));
  expect(packages.filter((target) => !USED[name]?.includes(target))).toEqual([]);
});

test('the version is that of the package', () => {
  expect(readVersion()).toBe(version);
});

test.each([[[]], [['-v', 'x']], [['agent', '-v']], [['-V']]])(
  '%j does not ask for the version alone',
  (argv) => {
    expect(isVersionRequest(argv)).toBe(false);
  },
);
