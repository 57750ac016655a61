import { REASON_TEXT } from '../decision/reason.ts';
import { GROUP_KEYS } from './group-policy.ts';
import { POOL_REASON_TEXT } from '../decision/pool-reason.ts';
import { POOL_KEYS } from './pool-policy.ts';
import type { MetaKey } from './meta.ts';

/** The task-group keys as a Markdown table, for `docs/policies.md`. */
export function groupKeyTable(): string {
  return keyTable(GROUP_KEYS);
}

/** The client keys of worker pools as a Markdown table, for `docs/worker-pools.md`. */
export function poolKeyTable(): string {
  return keyTable(POOL_KEYS);
}

/** The reasons of worker pools as a Markdown table, for `docs/worker-pools.md`. */
export function poolReasonTable(): string {
  return reasonRows(POOL_REASON_TEXT);
}

function keyTable(keys: readonly MetaKey[]): string {
  const rows = keys.map(
    (row) => `| \`${row.key}\` | ${TYPE_WORDS[row.type]} | ${needOf(row)} | ${row.meaning} |`,
  );
  return ['| key | value | default | meaning |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

/** The reasons as a Markdown table, for `docs/policies.md`. */
export function reasonTable(): string {
  return reasonRows(REASON_TEXT);
}

function reasonRows(texts: Readonly<Record<string, string>>): string {
  const rows = Object.entries(texts).map(([reason, text]) => `| \`${reason}\` | ${text} |`);
  return ['| reason | says |', '| --- | --- |', ...rows].join('\n');
}

const TYPE_WORDS: Readonly<Record<MetaKey['type'], string>> = {
  bool: 'true or false',
  whole: 'whole number ≥ 0',
  atLeastOne: 'whole number ≥ 1',
  percent: 'percent ≥ 0',
  seconds: 'seconds ≥ 0',
  provider: '`aws`',
  reserve: '`all` or `largest`',
  text: 'text',
};

function needOf(row: MetaKey): string {
  if (row.need === 'required') return 'required';
  return row.need === 'pair' ? 'both of a pair, or neither' : (row.fallback ?? 'none');
}
