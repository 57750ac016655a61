import { coerceText } from './coerce.ts';
import type { ConfigFault } from './fault.ts';
import { OPTIONS } from './options.ts';
import { faultAt, settingOf } from './setting.ts';
import type { Setting, Settings, Source } from './setting.ts';

/** The variables of a process. */
export type Environment = Readonly<Record<string, string | undefined>>;

const NONE: ReadonlySet<string> = new Set();

/**
 * What the environment gives. An empty variable counts as not set; one whose option is among `overridden` is not
 * looked at, so that a variable meant for another program cannot be a fault.
 */
export function readEnvironment(environment: Environment, overridden = NONE): Settings {
  const settings: Setting[] = [];
  const faults: ConfigFault[] = [];
  for (const row of OPTIONS) {
    const text = row.env === undefined ? undefined : environment[row.env];
    if (row.env === undefined || text === undefined || text === '' || overridden.has(row.key)) continue;
    const source: Source = { from: 'env', name: row.env };
    const read = coerceText(row, text);
    if (read.kind === 'fault') faults.push(faultAt(source, read.message));
    else if (read.value !== undefined) settings.push(settingOf(row, row, { value: read.value, source }));
  }
  return { settings, faults };
}
