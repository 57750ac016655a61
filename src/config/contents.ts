import { coerceText } from './coerce.ts';
import type { ConfigFault } from './fault.ts';
import { findOption } from './options.ts';
import type { OptionValue } from './options/row.ts';
import { Secret } from './secret.ts';
import { faultAt } from './setting.ts';
import type { Setting, Source } from './setting.ts';

/** What the shell found at a path. */
export type FileContent =
  { readonly kind: 'text'; readonly text: string } | { readonly kind: 'fault'; readonly message: string };

/** The value of an option that was given, and where. */
export interface GivenValue {
  readonly value: OptionValue;
  readonly source: Source;
}

/** The paths of files whose text the configuration needs: secrets, and PEM files named in the environment. */
export function pathsToRead(settings: ReadonlyMap<string, Setting>): readonly string[] {
  return [...new Set([...settings.values()].flatMap((setting) => pathOf(setting) ?? []))];
}

/** The settings with the text of the files in place of their paths, as secrets. */
export function readContents(
  settings: ReadonlyMap<string, Setting>,
  contents: ReadonlyMap<string, FileContent>,
): { readonly values: ReadonlyMap<string, GivenValue>; readonly faults: readonly ConfigFault[] } {
  const values = new Map<string, GivenValue>();
  const faults: ConfigFault[] = [];
  for (const setting of settings.values()) {
    const read = valueOf(setting, contents);
    if (read.kind === 'fault') faults.push(faultAt(setting.source, read.message));
    else values.set(setting.key, { value: read.value, source: setting.source });
  }
  return { values, faults };
}

type ReadValue =
  | { readonly kind: 'value'; readonly value: OptionValue }
  | { readonly kind: 'fault'; readonly message: string };

function valueOf(setting: Setting, contents: ReadonlyMap<string, FileContent>): ReadValue {
  const path = pathOf(setting);
  if (path === undefined) {
    return setting.kind === 'value' ? setting : { kind: 'fault', message: 'names a file that is not read' };
  }
  const content = contents.get(path) ?? { kind: 'fault', message: 'was not read' };
  if (content.kind === 'fault') return { kind: 'fault', message: `${path}: ${content.message}` };
  return setting.kind === 'value' ? readPem(path, content.text) : readSecret(setting.key, path, content.text);
}

function pathOf(setting: Setting): string | undefined {
  if (setting.kind === 'secret-file') return setting.path;
  const row = findOption(setting.key);
  return row?.kind === 'path' && row.place === 'env' ? String(setting.value) : undefined;
}

function readPem(path: string, text: string): ReadValue {
  if (!text.includes('-----BEGIN ')) return { kind: 'fault', message: `${path}: is not a PEM file` };
  return { kind: 'value', value: new Secret(text) };
}

function readSecret(key: string, path: string, text: string): ReadValue {
  const row = findOption(key);
  const read = row === undefined ? undefined : coerceText(row, text.replace(/[\r\n]+$/, ''));
  if (read?.kind === 'fault') return { kind: 'fault', message: `${path}: ${read.message}` };
  if (read?.value === undefined) return { kind: 'fault', message: `${path}: is empty` };
  return { kind: 'value', value: read.value };
}
