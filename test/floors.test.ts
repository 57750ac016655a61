import { readFileSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { findViolations, floorOf, floors } from './support/floors.ts';
import type { SourceFile } from './support/floors.ts';
import { scanSource } from './support/source-scan.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

function readSources(folder: string): SourceFile[] {
  const entries = readdirSync(join(root, folder), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && /\.[cm]?[jt]sx?$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => file !== join(root, 'cmd/bootstrap.mjs'))
    .map((file) => ({ path: relative(root, file), text: readFileSync(file, 'utf8') }));
}

const sources = [...readSources('src'), ...readSources('cmd')];

describe('the house as it stands', () => {
  test('keeps every rule', () => {
    expect(findViolations(sources)).toEqual([]);
  });

  test.each(Object.keys(floors))('was looked at: %s', (floor) => {
    expect(sources.filter(({ path }) => floorOf(path) === floor).length).toBeGreaterThanOrEqual(5);
  });

  test('was read with its imports: nearly every file has one, and each that is relative leads to a file', () => {
    const paths = new Set(sources.map(({ path }) => path));
    const found = sources.flatMap(({ path, text }) =>
      scanSource(text).imports.map(({ target = '' }) => ({ path, target })),
    );
    const inside = found.filter(({ target }) => target.startsWith('.') && target.endsWith('.ts'));
    const missing = inside.filter(({ path, target }) => !paths.has(join(path, '..', target)));
    expect(missing).toEqual([]);
    expect(new Set(found.map(({ path }) => path)).size).toBeGreaterThan(sources.length / 2);
  });
});

/** A rule broken by one file, and a word of the complaint. */
const planted: readonly [sentence: string, path: string, text: string, complaint: string][] = [
  ['domain imports a port', 'src/domain/a.ts', `import { x } from '../ports/clock.ts';`, 'not below'],
  [
    'domain imports a type of a port',
    'src/domain/a.ts',
    `import type { X } from '../ports/clock.ts';`,
    'not below',
  ],
  ['domain re-exports a port', 'src/domain/a.ts', `export * from '../ports/clock.ts';`, 'not below'],
  ['domain imports for effect', 'src/domain/a.ts', `import '../agent/loop.ts';`, 'not below'],
  [
    'domain imports over several lines',
    'src/domain/a.ts',
    `import {\n  x,\n} from\n '../http/a.ts';`,
    'not below',
  ],
  ['domain imports a node module', 'src/domain/a.ts', `import { join } from 'node:path';`, 'from outside'],
  ['domain imports a package', 'src/domain/a.ts', `import axios from 'axios';`, 'from outside'],
  ['domain is asynchronous', 'src/domain/a.ts', 'export async function f() {}', 'uses async'],
  ['domain awaits', 'src/domain/a.ts', 'for await (const x of y) {}', 'uses await'],
  ['domain names a promise', 'src/domain/a.ts', 'export type X = Promise<void>;', 'uses Promise'],
  ['domain reads the clock', 'src/domain/a.ts', 'export const x = Date.now();', 'uses Date'],
  [
    'domain reads the clock inside a template',
    'src/domain/a.ts',
    'const x = `a ${Date.now()} b`;',
    'uses Date',
  ],
  ['domain reads the environment', 'src/domain/a.ts', 'const x = process.env.X;', 'uses process'],
  ['domain prints', 'src/domain/a.ts', `console.log('x');`, 'uses console'],
  ['domain starts a timer', 'src/domain/a.ts', 'setTimeout(f, 1);', 'uses setTimeout'],
  ['domain throws dice', 'src/domain/a.ts', 'const x = Math.random();', 'uses Math.random'],
  ['domain calls out', 'src/domain/a.ts', `fetch('http://127.0.0.1');`, 'uses fetch'],
  ['domain goes around by globalThis', 'src/domain/a.ts', 'globalThis.Date.now();', 'uses globalThis'],
  ['config reads the environment', 'src/config/a.ts', 'const x = process.env;', 'uses process'],
  ['config is asynchronous', 'src/config/a.ts', 'const f = async () => 1;', 'uses async'],
  ['config reads a file', 'src/config/a.ts', `import { readFileSync } from 'node:fs';`, 'from outside'],
  ['config imports a port', 'src/config/a.ts', `import type { C } from '../ports/clock.ts';`, 'not below'],
  [
    'a port imports an adapter',
    'src/ports/a.ts',
    `import type { N } from '../adapters/nomad/n.ts';`,
    'not below',
  ],
  ['a port imports a package', 'src/ports/a.ts', `import type { A } from 'axios';`, 'from outside'],
  [
    'the simulator imports the agent',
    'src/simulator/a.ts',
    `import { l } from '../agent/l.ts';`,
    'not below',
  ],
  [
    'the simulator imports an adapter',
    'src/simulator/a.ts',
    `import { l } from '../adapters/aws/l.ts';`,
    'not below',
  ],
  ['the simulator imports a package', 'src/simulator/a.ts', `import yargs from 'yargs';`, 'from outside'],
  [
    'a room imports another',
    'src/adapters/nomad/a.ts',
    `import { h } from '../consul/h.ts';`,
    'another room',
  ],
  [
    'a room imports the configuration',
    'src/adapters/aws/a.ts',
    `import { o } from '../../config/o.ts';`,
    'not below',
  ],
  ['a room loads the agent late', 'src/adapters/aws/a.ts', `await import('../../agent/l.ts');`, 'not below'],
  [
    'the agent imports an adapter',
    'src/agent/a.ts',
    `import { n } from '../adapters/nomad/n.ts';`,
    'not below',
  ],
  ['the agent imports the http floor', 'src/agent/a.ts', `import { s } from '../http/s.ts';`, 'not below'],
  ['the agent imports a package', 'src/agent/a.ts', `import winston from 'winston';`, 'from outside'],
  ['http imports the agent', 'src/http/a.ts', `import type { L } from '../agent/l.ts';`, 'not below'],
  ['http imports an adapter', 'src/http/a.ts', `import { n } from '../adapters/nomad/n.ts';`, 'not below'],
  ['src imports the roof', 'src/agent/a.ts', `import { w } from '../../cmd/wire.ts';`, 'not below'],
  ['src imports a test', 'src/agent/a.ts', `import { w } from '../../test/support/w.ts';`, 'on no floor'],
  [
    'a command names an adapter',
    'cmd/agent.ts',
    `await import('../src/adapters/aws/a.ts');`,
    'only cmd/wire',
  ],
  [
    'a command names its type',
    'cmd/agent.ts',
    `import type { A } from '../src/adapters/aws/a.ts';`,
    'only cmd/wire',
  ],
  [
    'the wiring loads all at once',
    'cmd/wire.ts',
    `import { a } from '../src/adapters/aws/a.ts';`,
    'use import()',
  ],
  ['an import is computed', 'cmd/wire.ts', 'await import(`../src/adapters/${name}.ts`);', 'computed'],
  ['a command ends the process', 'cmd/agent.ts', 'process.exit(1);', 'calls process.exit'],
  ['the agent ends the process', 'src/agent/a.ts', 'process\n  .exit();', 'calls process.exit'],
  [
    'process comes in by import',
    'src/agent/a.ts',
    `import { exit } from 'node:process';`,
    'imports node:process',
  ],
  ['a file stands outside the house', 'src/util/a.ts', '', 'on no floor'],
];

/** Text that keeps the rules although it looks as if it did not. */
const innocent: readonly [sentence: string, path: string, text: string][] = [
  ['words in comments', 'src/domain/a.ts', `// await Date\n/* process.exit import '../agent/x.ts' */`],
  [
    'words in strings',
    'src/domain/a.ts',
    `const a = 'import "../agent/x.ts"'; const b = \`fetch \${a} Date\`;`,
  ],
  [
    'quotes in comments and regular expressions',
    'src/domain/a.ts',
    `// don't\nconst r = /['"\`]/; const d = r; // Date`,
  ],
  [
    'members and parts of names',
    'src/domain/a.ts',
    'const lastUpdated = state.Date; const preprocess = a.process;',
  ],
  ['a division', 'src/domain/a.ts', 'const x = (a + b) / c; const y = d / e;'],
  [
    'its own floor',
    'src/domain/policy/a.ts',
    `import { x } from '../quantity.ts'; export { y } from './b.ts';`,
  ],
  ['the floor below', 'src/config/a.ts', `import { x } from '../domain/quantity.ts';`],
  [
    'its own room and packages',
    'src/adapters/nomad/a.ts',
    `import axios from 'axios'; import { b } from './b.ts';`,
  ],
  ['late adapters in the wiring', 'cmd/wire-aws.ts', `const a = await import('../src/adapters/aws/a.ts');`],
  ['types of adapters in the wiring', 'cmd/wire.ts', `import type { A } from '../src/adapters/aws/a.ts';`],
  ['an exit code', 'cmd/agent.ts', 'process.exitCode = 1;'],
  ['the exit at the roof', 'cmd/replicator.ts', 'process.exit(1);'],
  ['time outside the pure floors', 'src/adapters/system/a.ts', 'export const now = async () => Date.now();'],
];

describe('the check of the house', () => {
  test.each(planted)('finds that %s', (...[, path, text, complaint]) => {
    expect(findViolations([{ path, text }])).toEqual([expect.stringContaining(complaint)]);
  });

  test.each(innocent)('lets pass: %s', (_sentence, path, text) => {
    expect(findViolations([{ path, text }])).toEqual([]);
  });

  test('finds one bad file among the real ones, wherever it stands', () => {
    for (const { path, text } of sources.filter((source) => source.path.startsWith('src/domain/'))) {
      const spoiled = { path, text: `${text}\nimport { start } from '../../cmd/replicator.ts';\n` };
      expect(findViolations([spoiled])).toHaveLength(1);
    }
  });
});
