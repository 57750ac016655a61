import { readFileSync } from 'node:fs';
import type { Command } from './command.ts';

const VERSION_WORDS = new Set(['version', '-v', '-version', '--version']);

/** True when the command line asks for the version and for nothing else. */
export function isVersionRequest(argv: readonly string[]): boolean {
  return argv.length === 1 && VERSION_WORDS.has(argv[0] ?? '');
}

/** The version of the package, e.g. `2.0.0`. */
export function readVersion(): string {
  for (const up of ['..', '../..', '../../..']) {
    const { name, version } = readPackage(new URL(`${up}/package.json`, import.meta.url));
    if (name === 'replicator' && version !== undefined) return version;
  }
  throw new Error('the package.json of Replicator is not where it should be');
}

/** `Replicator v<version>`. */
export function versionLine(): string {
  return `Replicator v${readVersion()}`;
}

export const versionCommand: Command = {
  name: 'version',
  summary: 'Print the version',
  options: [],
  run: ({ terminal }) => {
    terminal.out(versionLine());
    return Promise.resolve(0);
  },
};

interface PackageFacts {
  readonly name?: string | undefined;
  readonly version?: string | undefined;
}

function readPackage(url: URL): PackageFacts {
  try {
    const document: unknown = JSON.parse(readFileSync(url, 'utf8'));
    return { name: textMember(document, 'name'), version: textMember(document, 'version') };
  } catch {
    return {};
  }
}

function textMember(document: unknown, member: string): string | undefined {
  if (typeof document !== 'object' || document === null) return undefined;
  const value: unknown = Reflect.get(document, member);
  return typeof value === 'string' ? value : undefined;
}
