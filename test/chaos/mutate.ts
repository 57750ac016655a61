import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheFolder } from '../setup/servers.mjs';
import { type Mutation, MUTATIONS } from './mutations.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** What a copy needs to be built and to run the suite. */
const PARTS = ['src', 'cmd', 'test', 'package.json', 'package-lock.json', 'tsconfig.json'];

/** Which seed noticed a mutation, and by which rules; undefined where none did. */
export interface Caught {
  readonly mutation: Mutation;
  readonly seed: string | undefined;
  readonly rules: readonly string[];
}

/** The mutations of these names, all where there are none. Throws for a name nobody knows. */
export function mutationsNamed(names: readonly string[]): readonly Mutation[] {
  const unknown = names.find((name) => !MUTATIONS.some((one) => one.name === name));
  if (unknown !== undefined) {
    throw new Error(
      `no such mutation: ${unknown}; there are ${MUTATIONS.map(({ name }) => name).join(', ')}`,
    );
  }
  return names.length === 0 ? MUTATIONS : MUTATIONS.filter(({ name }) => names.includes(name));
}

/** A text with the edit made. Throws where what is searched for does not stand there exactly once. */
export function edited(text: string, { file, search, replace }: Mutation['edits'][number]): string {
  const parts = text.split(search);
  if (parts.length !== 2)
    throw new Error(`${file}: found ${parts.length - 1} times instead of once: ${search}`);
  return parts.join(replace);
}

/** Breaks a copy of the tree, builds it, and runs seed after seed on it until one notices. */
export async function runMutation(
  mutation: Mutation,
  of: { readonly seeds: readonly string[]; readonly args: readonly string[] },
): Promise<Caught> {
  const folder = copyTree(mutation);
  try {
    for (const seed of of.seeds) {
      const groups = mutation.isOfGroup === true && !of.args.includes('--groups') ? ['--groups'] : [];
      const { code, output } = await runCopy(folder, ['chaos', '--seed', seed, ...of.args, ...groups]);
      const rules = [...output.matchAll(/^ {2}\+[\d.]+ s ([^:]+):/gm)].map((match) => match[1] ?? '');
      keep(mutation, seed, output);
      if (rules.some((rule) => mutation.rules.includes(rule))) {
        return { mutation, seed, rules: [...new Set(rules)] };
      }
      if (code !== 0 && !/: (?:EMPTY|FAILED)/.test(output))
        throw new Error(`${mutation.name} code ${code}: ${output.slice(-2_000)}`);
    }
    return { mutation, seed: undefined, rules: [] };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function copyTree({ name, edits }: Mutation): string {
  const folder = join(cacheFolder, 'chaos', `copy-${name}`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, '.cache'), { recursive: true });
  for (const part of PARTS) cpSync(join(root, part), join(folder, part), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  const consul = join(cacheFolder, 'consul');
  if (existsSync(consul)) symlinkSync(consul, join(folder, '.cache/consul'));
  for (const edit of edits) {
    const file = join(folder, edit.file);
    writeFileSync(file, edited(readFileSync(file, 'utf8'), edit));
  }
  return folder;
}

/** What the suite said of a mutation stays beside what it keeps of seeds. */
function keep({ name }: Mutation, seed: string, output: string): void {
  writeFileSync(join(cacheFolder, 'chaos', `mutation-${name}-${seed}.txt`), output);
}

function runCopy(
  folder: string,
  args: readonly string[],
): Promise<{ readonly code: number | string | null; readonly output: string }> {
  return new Promise((resolve, reject) => {
    const script = join(folder, 'cmd/bootstrap.mjs');
    const child = spawn(process.execPath, [script, ...args], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const forward = (): void => void child.kill('SIGTERM');
    process.once('exit', forward);
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8');
      stream.on('data', (chunk: string) => {
        output += chunk;
      });
    }
    child.once('error', reject);
    child.once('close', (code, signal) => {
      process.off('exit', forward);
      resolve({ code: code ?? signal, output });
    });
  });
}
