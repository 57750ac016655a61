import type { ConfigFault } from './fault.ts';
import type { OptionRow, OptionValue } from './options/row.ts';

/** Where a setting was written. `name` is as it was written: key, flag with its dash, or variable. */
export type Source =
  | { readonly from: 'flag' | 'env'; readonly name: string }
  | { readonly from: 'file'; readonly name: string; readonly file: string; readonly line: number };

/** An option that somebody gave, and where: the value itself, or the file that holds the secret. */
export type Setting =
  | { readonly key: string; readonly source: Source; readonly kind: 'value'; readonly value: OptionValue }
  | { readonly key: string; readonly source: Source; readonly kind: 'secret-file'; readonly path: string };

/** What one place gave. */
export interface Settings {
  readonly settings: readonly Setting[];
  readonly faults: readonly ConfigFault[];
}

/** A fault at the place where something was written. */
export function faultAt(source: Source, message: string): ConfigFault {
  if (source.from !== 'file') return { key: source.name, message };
  return { file: source.file, line: source.line, key: source.name, message };
}

/** The setting of `row` that was read by `valueRow`: the row itself, or that of the path of the secret's file. */
export function settingOf(
  row: OptionRow,
  valueRow: OptionRow,
  read: { readonly value: OptionValue; readonly source: Source },
): Setting {
  const { value, source } = read;
  if (valueRow === row) return { key: row.key, source, kind: 'value', value };
  return { key: row.key, source, kind: 'secret-file', path: String(value) };
}
