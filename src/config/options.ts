import { AGENT_OPTIONS } from './options/agent-options.ts';
import { COMMAND_OPTIONS } from './options/command-options.ts';
import { CONSUL_OPTIONS } from './options/consul-options.ts';
import { GROUP_OPTIONS } from './options/group-options.ts';
import { NOMAD_OPTIONS } from './options/nomad-options.ts';
import { NOTICE_OPTIONS } from './options/notice-options.ts';
import type { OptionRow } from './options/row.ts';
import { SCALING_OPTIONS } from './options/scaling-options.ts';
import { SIMULATOR_OPTIONS } from './options/simulator-options.ts';
import type { Secret } from './secret.ts';

const TABLE = [
  ...AGENT_OPTIONS,
  ...SCALING_OPTIONS,
  ...NOMAD_OPTIONS,
  ...CONSUL_OPTIONS,
  ...GROUP_OPTIONS,
  ...NOTICE_OPTIONS,
  ...COMMAND_OPTIONS,
  ...SIMULATOR_OPTIONS,
] as const satisfies readonly OptionRow[];

type TableRow = (typeof TABLE)[number];

/** The key of an option, as in a file. */
export type OptionKey = TableRow['key'];

interface KindValues {
  text: string;
  secret: Secret;
  int: number;
  port: number;
  bool: boolean;
  choice: string;
  address: string;
  endpoint: string;
  list: readonly string[];
  path: string;
}

type RowOf<K extends OptionKey> = Extract<TableRow, { readonly key: K }>;
type Given<Row extends TableRow> = Row extends { readonly choices: infer C extends readonly string[] }
  ? C[number]
  : KindValues[Row['kind']];

/** The value of an option: undefined where the table has no default and nobody gave one. */
export type ValueOf<K extends OptionKey> =
  RowOf<K> extends { readonly default: unknown } ? Given<RowOf<K>> : Given<RowOf<K>> | undefined;

/** THE table of options: parser, flags, help and documentation are read from it. */
export const OPTIONS: readonly OptionRow[] = TABLE;

const ROWS: ReadonlyMap<string, OptionRow> = new Map(OPTIONS.map((row) => [row.key, row]));

/** The row with that key, if there is one. */
export function findOption(key: string): OptionRow | undefined {
  return ROWS.get(key);
}

/** The rows with these keys, in this order. */
export function pickOptions(...keys: readonly OptionKey[]): readonly OptionRow[] {
  return keys.flatMap((key) => ROWS.get(key) ?? []);
}

/** What a command takes that talks to Consul. */
export const CONSUL_FLAGS = pickOptions('config', 'consul', 'consul_token', 'consul_key_root');

/** What a command takes that talks to Nomad. */
export const NOMAD_FLAGS = pickOptions(
  'nomad',
  'nomad_token',
  'nomad_tls_server_name',
  'nomad_namespace',
  'nomad_region',
);

/** What the agent takes: every option of the configuration. */
export const AGENT_FLAGS = OPTIONS.filter((row) => row.place !== 'env' && row.section !== 'Command');

/** How an option is written as a flag, without dashes. */
export function flagName(row: OptionRow): string {
  return row.key.replaceAll('_', '-');
}

/** The option `<key>_file` of a secret: the path of a file that holds it. */
export function secretFileRow(row: OptionRow): OptionRow {
  const { key, section, place } = row;
  return { key: `${key}_file`, kind: 'path', section, place, help: `File that holds ${key}` };
}
