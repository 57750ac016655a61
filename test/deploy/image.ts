import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Instruction } from './dockerfile.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** What the instructions of a Dockerfile have made, without a container engine. */
export interface MadeImage {
  /** The folder that is `/` of the last stage. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
}

interface Stage {
  readonly name: string;
  readonly folder: string;
  workdir: string;
}

/**
 * Carries the instructions out below `folder`: COPY and WORKDIR there, RUN by the shell of this machine. npm is one
 * that needs no network: it takes the packages of the lock file from those that are installed here.
 */
export function makeImage(
  instructions: readonly Instruction[],
  of: { readonly folder: string; readonly isInContext: (path: string) => boolean },
): MadeImage {
  const tools = makeTools(of.folder);
  const stages: Stage[] = [];
  const env: Record<string, string> = {};
  for (const { name, text } of instructions) {
    const stage = stages.at(-1);
    if (name === 'FROM') stages.push(beginStage(of.folder, text, stages.length));
    else if (stage === undefined) throw new Error(`${name} before FROM`);
    else if (name === 'WORKDIR') enter(stage, text);
    else if (name === 'COPY') copy(stages, stage, { text, isInContext: of.isInContext });
    else if (name === 'ENV') Object.assign(env, Object.fromEntries([text.split(/=(.*)/s).slice(0, 2)]));
    else if (name === 'RUN') run(stage, text, tools);
  }
  return { folder: stages.at(-1)?.folder ?? '', env };
}

function beginStage(folder: string, text: string, number: number): Stage {
  const name = / AS (\S+)$/i.exec(text)?.[1] ?? String(number);
  const stage = { name, folder: join(folder, name), workdir: '/' };
  mkdirSync(stage.folder);
  return stage;
}

function enter(stage: Stage, path: string): void {
  stage.workdir = path.startsWith('/') ? path : join(stage.workdir, path);
  mkdirSync(join(stage.folder, stage.workdir), { recursive: true });
}

function copy(
  stages: readonly Stage[],
  stage: Stage,
  of: { readonly text: string; readonly isInContext: (path: string) => boolean },
): void {
  const words = of.text.split(' ');
  const from = words[0]?.startsWith('--from=') === true ? words.shift()?.slice('--from='.length) : undefined;
  const source = from === undefined ? root : (stages.find(({ name }) => name === from)?.folder ?? '');
  const to = words.pop() ?? '';
  const target = to.startsWith('/') ? join(stage.folder, to) : join(stage.folder, stage.workdir, to);
  for (const path of words) {
    if (from === undefined && !of.isInContext(path)) throw new Error(`${path} is left out by .dockerignore`);
    const isFolder = statSync(join(source, path)).isDirectory();
    cpSync(join(source, path), isFolder ? target : join(target, path), { recursive: true });
  }
}

function run(stage: Stage, text: string, tools: string): void {
  const made = spawnSync('sh', ['-c', text], {
    cwd: join(stage.folder, stage.workdir),
    env: {
      PATH: `${tools}${delimiter}${process.env['PATH'] ?? ''}`,
      HOME: stage.folder,
      NODE_MODULES: join(root, 'node_modules'),
    },
    encoding: 'utf8',
  });
  if (made.status !== 0) throw new Error(`RUN ${text}: ${made.status}\n${made.stdout}${made.stderr}`);
}

/** `npm ci` and `npm run`, without a network. */
const NPM = `#!/usr/bin/env node
const { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync } = require('node:fs');
const { dirname } = require('node:path');
const { spawnSync } = require('node:child_process');
const [command, word] = process.argv.slice(2);
const read = (path) => JSON.parse(readFileSync(path, 'utf8'));
if (command === 'run') {
  const { status } = spawnSync('sh', ['-c', read('package.json').scripts[word]], { stdio: 'inherit' });
  process.exit(status ?? 1);
}
if (command !== 'ci') throw new Error('npm ' + command);
rmSync('node_modules', { recursive: true, force: true });
if (word !== '--omit=dev') symlinkSync(process.env.NODE_MODULES, 'node_modules');
else
  for (const [path, { dev, optional }] of Object.entries(read('package-lock.json').packages)) {
    if (path === '' || dev === true || optional === true) continue;
    mkdirSync(dirname(path), { recursive: true });
    cpSync(process.env.NODE_MODULES + path.slice('node_modules'.length), path, { recursive: true });
  }
`;

function makeTools(folder: string): string {
  const tools = join(folder, 'tools');
  mkdirSync(tools);
  writeFileSync(join(tools, 'npm'), NPM);
  chmodSync(join(tools, 'npm'), 0o755);
  return tools;
}

/** What a `.dockerignore` that begins with `**` lets through: the names it takes back, and what is below them. */
export function contextOf(text: string): (path: string) => boolean {
  const [all, ...rest] = text.split('\n').filter((line) => line !== '');
  if (all !== '**' || rest.some((line) => !line.startsWith('!'))) throw new Error('not understood');
  const names = rest.map((line) => line.slice(1));
  const missing = names.filter((name) => !existsSync(join(root, name)));
  if (missing.length > 0) throw new Error(`not there: ${missing.join(', ')}`);
  return (path) => names.some((name) => path === name || path.startsWith(`${name}/`));
}
