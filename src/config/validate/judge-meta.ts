import type { MetaKey, PolicyFault } from '../../domain/policy/meta.ts';
import { suggest } from '../../domain/suggest.ts';
import type { Findings } from './finding.ts';
import type { MetaEntry, MetaSketch } from './meta-entries.ts';

/** A table of keys, what reads them, and how their place is called. */
export interface MetaLaw<Policy> {
  readonly keys: readonly MetaKey[];
  /** Keys that are read besides those of the table. */
  readonly aliases?: readonly string[];
  readonly parse: (meta: Readonly<Record<string, string>>) => MetaReadingOf<Policy>;
  /** `a task group`, `a worker pool`. */
  readonly place: string;
  /** Keys of the other table, and where those belong. */
  readonly foreign: readonly MetaKey[];
  readonly foreignPlace: string;
}

export type MetaReadingOf<Policy> =
  | { readonly kind: 'none' }
  | { readonly kind: 'invalid'; readonly faults: readonly PolicyFault[] }
  | { readonly kind: 'policy'; readonly policy: Policy };

/** What became of a meta. `known`: false for a key whose value is an expression; the policy then has a stand-in. */
export interface JudgedMeta<Policy> {
  readonly reading: MetaReadingOf<Policy>;
  readonly known: (key: string) => boolean;
  /** Keys that look as if they were meant for Replicator. */
  readonly ours: readonly MetaEntry[];
}

const PREFIX = /^replicator_/i;

/**
 * Judges a meta by the very functions of the agent, and records what is wrong with it. For a value that is not known
 * the most lenient one stands in: what is then still a fault is one whatever the value will be.
 */
export function judgeMeta<Policy>(
  law: MetaLaw<Policy>,
  { line, entries, isWhole }: MetaSketch,
  { findings, of }: { readonly findings: Findings; readonly of: string },
): JudgedMeta<Policy> {
  const unknown = new Set(entries.filter(({ value }) => value.kind === 'unknown').map(({ key }) => key));
  const meta = Object.fromEntries(entries.flatMap((entry) => textOf(law, entry)));
  const reading = law.parse(meta);
  const lines = new Map(entries.map((entry) => [entry.key, entry.line]));
  const at = (key: string): { line: number; key: string } => ({ line: lines.get(key) ?? line, key });
  for (const { key, value } of entries)
    if (value.kind === 'fault' && isOurs(law, key)) findings.add('fault', at(key), `${value.message}${of}`);
  if (reading.kind === 'invalid')
    for (const { key, text } of faultsOf(reading.faults, entries, isWhole && !findings.isPartial))
      findings.add('fault', at(key), `${text}${of}`);
  for (const key of unknown) if (isOurs(law, key)) findings.add('notice', at(key), `${NOT_KNOWN}${of}`);
  const ours = entries.filter(({ key }) => PREFIX.test(key));
  for (const { key } of ours) tellStray(law, { findings, of, key, at: at(key) });
  return { reading, known: (key) => !unknown.has(key), ours };
}

const NOT_KNOWN = 'not looked at: its value is not known before Nomad reads the file';

function textOf<Policy>(
  law: MetaLaw<Policy>,
  { key, value }: MetaEntry,
): readonly (readonly [string, string])[] {
  if (value.kind === 'text') return [[key, value.text]];
  const row = law.keys.find((one) => one.key === key);
  return row ? [[key, lenientValue(row)]] : [];
}

/** The value that agrees with most. */
function lenientValue({ key, type }: MetaKey): string {
  switch (type) {
    case 'bool':
      return 'true';
    case 'whole':
      return key.endsWith('_max') ? String(0x7fff_ffff) : '0';
    case 'percent':
      return key.includes('scaleout') ? '999999999' : '0';
    case 'seconds':
      return '0';
    case 'atLeastOne':
      return '1';
    case 'provider':
      return 'aws';
    case 'reserve':
      return 'all';
    case 'text':
      return 'text';
  }
}

/** Faults of keys whose value was no text at all are told already; in a meta that is not whole none is missing. */
function faultsOf(
  faults: readonly PolicyFault[],
  entries: readonly MetaEntry[],
  isWhole: boolean,
): readonly PolicyFault[] {
  const bad = new Set(entries.filter(({ value }) => value.kind === 'fault').map(({ key }) => key));
  const present = new Set(entries.map(({ key }) => key));
  return faults.filter(({ key }) => !bad.has(key) && (isWhole || present.has(key)));
}

function isOurs<Policy>({ keys, aliases = [] }: MetaLaw<Policy>, key: string): boolean {
  return aliases.includes(key) || keys.some((row) => row.key === key);
}

function tellStray<Policy>(law: MetaLaw<Policy>, { findings, of, key, at }: StrayKey): void {
  if (isOurs(law, key)) return;
  const isForeign = law.foreign.some((row) => row.key === key);
  const hint = isForeign ? `; it is one of ${law.foreignPlace}` : nearest(law, key);
  findings.add('warning', at, `is no key of ${law.place}${hint}${of}`);
}

/** What all keys begin with says nothing about how near two of them are. */
function nearest<Policy>({ keys }: MetaLaw<Policy>, key: string): string {
  const rest = (name: string): string => name.replace(PREFIX, '');
  const near = suggest(
    rest(key),
    keys.map((row) => rest(row.key)),
  );
  return near === undefined ? '' : `; did you mean replicator_${near}?`;
}

interface StrayKey {
  readonly findings: Findings;
  readonly of: string;
  readonly key: string;
  readonly at: { readonly line: number; readonly key: string };
}
