import type { Secret } from '../secret.ts';

/** How a value is written and checked; see `coerce.ts`. `int` and `port` are whole numbers, `endpoint` is host:port. */
export type OptionKind =
  'text' | 'secret' | 'int' | 'port' | 'bool' | 'choice' | 'address' | 'endpoint' | 'list' | 'path';

/** A value as it stands in the table, in a file or in a flag, once read. */
export type OptionValue = string | number | boolean | readonly string[] | Secret;

/** Headings under which help and documentation list the options. */
export type Section =
  'Agent' | 'Scaling' | 'Nomad' | 'Consul' | 'Group' | 'Telemetry' | 'Notification' | 'Command';

/** One option: the only place that knows its names, its type, its bounds and where it may stand. */
export interface OptionRow {
  /** Its name in a file, `_` between words; the flag is the same with `-`. */
  readonly key: string;
  readonly kind: OptionKind;
  readonly section: Section;
  /** One sentence, without a full stop. */
  readonly help: string;
  /** The block of the file that it stands in; top level without. */
  readonly block?: 'telemetry' | 'notification';
  /** `everywhere`: file, flag and, where named, environment; `flag` and `env`: nowhere else. */
  readonly place: 'everywhere' | 'flag' | 'env';
  readonly default?: string | number | boolean;
  /** Said instead of the default, where that depends on something. */
  readonly defaultNote?: string;
  /** Unit of the number. */
  readonly unit?: 'seconds';
  readonly min?: number;
  readonly max?: number;
  readonly choices?: readonly string[];
  /** Other spellings of choices. */
  readonly synonyms?: Readonly<Record<string, string>>;
  /** What a text must match, and how to say it. */
  readonly pattern?: RegExp;
  readonly expected?: string;
  /** The environment variable. */
  readonly env?: string;
  /** Other names in a file; other names as a flag (with `-`). */
  readonly fileAliases?: readonly string[];
  readonly flagAliases?: readonly string[];
  /** May stand in a group's stored configuration. */
  readonly isStorable?: boolean;
  /** A change of it takes effect at the next start of the process only. */
  readonly needsRestart?: boolean;
  /** What is started anew within the process when it changes: the agent itself, or what tells of it. */
  readonly renews?: 'agent' | 'telling';
  /** Accepted and checked, but nothing heeds it in this version. */
  readonly isIdle?: boolean;
  /** For flags that configure nothing: the commands that take it. */
  readonly commands?: readonly string[];
}
