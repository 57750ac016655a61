import type { GivenValue } from './contents.ts';
import { OPTIONS } from './options.ts';
import type { OptionRow, OptionValue } from './options/row.ts';
import { Secret } from './secret.ts';

type Given = ReadonlyMap<string, GivenValue>;

/** The options whose value differs between two resolved configurations; `needsRestart` tells which take no effect. */
export function findChangedOptions(before: Given, after: Given): readonly OptionRow[] {
  return OPTIONS.filter((row) => !isSame(valueOf(before, row), valueOf(after, row)));
}

function valueOf(given: Given, row: OptionRow): OptionValue | undefined {
  return given.get(row.key)?.value ?? row.default;
}

function isSame(a: OptionValue | undefined, b: OptionValue | undefined): boolean {
  if (a instanceof Secret && b instanceof Secret) return a.equals(b);
  return JSON.stringify(a) === JSON.stringify(b) && a instanceof Secret === b instanceof Secret;
}
