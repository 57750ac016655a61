import { readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../src/config/config.ts';
import { pathsToRead } from '../src/config/contents.ts';
import type { FileContent, GivenValue } from '../src/config/contents.ts';
import { readEnvironment } from '../src/config/env.ts';
import type { Environment } from '../src/config/env.ts';
import { formatFault } from '../src/config/fault.ts';
import type { ConfigFault } from '../src/config/fault.ts';
import { mergeLayers } from '../src/config/merge.ts';
import type { Layers } from '../src/config/merge.ts';
import { parseConfigDocument } from '../src/config/parse.ts';
import { resolveConfig } from '../src/config/resolve.ts';
import type { ResolvedConfig } from '../src/config/resolve.ts';
import type { Setting, Settings } from '../src/config/setting.ts';
import type { CommandContext } from './command.ts';

/** Where the configuration comes from. */
export interface ConfigSources {
  readonly settings: readonly Setting[];
  readonly environment: Environment;
}

/** What this agent itself was given: its flags, files and environment, and the files that they name. */
export interface LocalSources {
  readonly layers: Layers;
  readonly contents: ReadonlyMap<string, FileContent>;
}

/** A configuration, and by option key what was given for it and where. */
export interface LoadedConfig {
  readonly config: Config;
  readonly given: ReadonlyMap<string, GivenValue>;
  readonly local: LocalSources;
}

/** A configuration that was read, or everything that is wrong with it. */
export type LoadResult =
  | ({ readonly kind: 'ok' } & LoadedConfig)
  | { readonly kind: 'faults'; readonly faults: readonly ConfigFault[] };

/** Reads the flags, the files that they name and the environment. Answers every fault at once. */
export async function loadConfig({ settings, environment }: ConfigSources): Promise<LoadResult> {
  const documents = await readConfigFiles(settings);
  const given = [...settings, ...documents.flatMap((document) => document.settings)];
  const variables = readEnvironment(environment, new Set(given.map(({ key }) => key)));
  const layers = {
    flags: settings,
    documents: documents.map((document) => document.settings),
    environment: variables.settings,
  };
  const contents = await readAll(pathsToRead(mergeLayers(layers)));
  const faults = [...documents, variables].flatMap((source) => source.faults);
  return loadedOf(resolveConfig(layers, contents), { layers, contents }, faults);
}

/** The same with what is stored for the agent's group, which wins. `name` says where it stands. */
export function loadStored(
  local: LocalSources,
  stored: { readonly name: string; readonly text: string },
): LoadResult {
  const { settings, faults } = parseConfigDocument(stored.text, stored.name, 'group');
  const resolved = resolveConfig({ ...local.layers, stored: settings }, local.contents);
  return loadedOf(resolved, local, faults);
}

/** Keys that are given here and stored for the group with another value: the group's counts. */
export function findOverridden(local: LocalSources, { given }: LoadedConfig): readonly string[] {
  const mine = mergeLayers(local.layers);
  const isOverridden = ([key, { source }]: readonly [string, GivenValue]): boolean => {
    const own = mine.get(key)?.source;
    return own !== undefined && JSON.stringify(own) !== JSON.stringify(source);
  };
  return [...given].filter(isOverridden).map(([key]) => key);
}

function loadedOf(resolved: ResolvedConfig, local: LocalSources, faults: readonly ConfigFault[]): LoadResult {
  if (resolved.kind === 'faults') return { kind: 'faults', faults: [...faults, ...resolved.faults] };
  return faults.length === 0 ? { ...resolved, local } : { kind: 'faults', faults };
}

/** The same for a command: prints the faults, one line each, and answers undefined when there are any. */
export async function loadConfigOrPrint(
  context: Pick<CommandContext, 'settings' | 'environment' | 'terminal'>,
): Promise<LoadedConfig | undefined> {
  const loaded = await loadConfig(context);
  if (loaded.kind === 'ok') return loaded;
  for (const fault of loaded.faults) context.terminal.err(formatFault(fault));
  return undefined;
}

async function readConfigFiles(settings: readonly Setting[]): Promise<readonly Settings[]> {
  const config = settings.find((setting) => setting.key === 'config');
  if (config?.kind !== 'value') return [];
  const listed = await listConfigFiles(String(config.value));
  if ('message' in listed) return [{ settings: [], faults: [listed] }];
  return Promise.all(listed.map(readConfigFile));
}

/** The file itself, or the `.hcl` and `.json` files of a directory in the order of their names. */
async function listConfigFiles(path: string): Promise<readonly string[] | ConfigFault> {
  try {
    if (!(await stat(path)).isDirectory()) return [path];
    const names = (await readdir(path)).filter((name) => /\.(?:hcl|json)$/.test(name)).toSorted();
    const paths = names.map((name) => join(path, name));
    const isFolder = await Promise.all(paths.map(isDirectory));
    return paths.filter((_, index) => isFolder[index] === false);
  } catch (error) {
    return { file: path, message: explain(error) };
  }
}

async function isDirectory(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found?.isDirectory() ?? false;
}

async function readConfigFile(path: string): Promise<Settings> {
  const content = await readText(path);
  if (content.kind === 'text') return parseConfigDocument(content.text, path);
  return { settings: [], faults: [{ file: path, message: content.message }] };
}

async function readAll(paths: readonly string[]): Promise<ReadonlyMap<string, FileContent>> {
  return new Map(await Promise.all(paths.map(async (path) => [path, await readText(path)] as const)));
}

/** The text of a file, or why it cannot be read. */
export async function readText(path: string): Promise<FileContent> {
  try {
    const bytes = await readFile(path);
    return { kind: 'text', text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch (error) {
    return { kind: 'fault', message: explain(error) };
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or directory',
  EACCES: 'permission denied',
  EISDIR: 'is a directory',
  ENOTDIR: 'part of the path is not a directory',
  ELOOP: 'too many symbolic links',
  ERR_ENCODING_INVALID_ENCODED_DATA: 'is not UTF-8 text',
};

function explain(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return REASONS[code] ?? `cannot be read (${code === '' ? String(error) : code})`;
}
