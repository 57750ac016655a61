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
import { parseConfigDocument } from '../src/config/parse.ts';
import { resolveConfig } from '../src/config/resolve.ts';
import type { ResolvedConfig } from '../src/config/resolve.ts';
import type { Setting, Settings } from '../src/config/setting.ts';
import type { CommandContext } from './command.ts';

/** Where the configuration comes from. `stored`: the document of the group in Consul; it counts as the last file. */
export interface ConfigSources {
  readonly settings: readonly Setting[];
  readonly environment: Environment;
  readonly stored?: { readonly name: string; readonly text: string } | undefined;
}

/** A configuration, and by option key what was given for it and where. */
export interface LoadedConfig {
  readonly config: Config;
  readonly given: ReadonlyMap<string, GivenValue>;
}

/** Reads the flags, the files that they name and the environment. Answers every fault at once. */
export async function loadConfig({ settings, environment, stored }: ConfigSources): Promise<ResolvedConfig> {
  const files = await readConfigFiles(settings);
  const documents =
    stored === undefined ? files : [...files, parseConfigDocument(stored.text, stored.name, 'group')];
  const given = [...settings, ...documents.flatMap((document) => document.settings)];
  const variables = readEnvironment(environment, new Set(given.map(({ key }) => key)));
  const layers = {
    flags: settings,
    documents: documents.map((document) => document.settings),
    environment: variables.settings,
  };
  const resolved = resolveConfig(layers, await readAll(pathsToRead(mergeLayers(layers))));
  const faults = [...documents, variables].flatMap((source) => source.faults);
  if (faults.length === 0) return resolved;
  return { kind: 'faults', faults: resolved.kind === 'ok' ? faults : [...faults, ...resolved.faults] };
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

async function readText(path: string): Promise<FileContent> {
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
