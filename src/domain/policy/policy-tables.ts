import { REASON_TEXT } from '../decision/reason.ts';
import { GROUP_KEYS } from './group-policy.ts';
import type { MetaKey } from './meta.ts';

/** The task-group keys as a Markdown table, for `docs/policies.md`. */
export function groupKeyTable(): string {
  const rows = GROUP_KEYS.map(
    (row) => `| \`${row.key}\` | ${TYPE_WORDS[row.type]} | ${needOf(row)} | ${row.meaning} |`,
  );
  return ['| key | value | default | meaning |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

/** The reasons as a Markdown table, for `docs/policies.md`. */
export function reasonTable(): string {
  const rows = Object.entries(REASON_TEXT).map(([reason, text]) => `| \`${reason}\` | ${text} |`);
  return ['| reason | says |', '| --- | --- |', ...rows].join('\n');
}

const TYPE_WORDS: Readonly<Record<MetaKey['type'], string>> = {
  bool: 'true or false',
  whole: 'whole number ≥ 0',
  atLeastOne: 'whole number ≥ 1',
  percent: 'percent ≥ 0',
  seconds: 'seconds ≥ 0',
  text: 'text',
};

function needOf(row: MetaKey): string {
  if (row.need === 'required') return 'required';
  return row.need === 'pair' ? 'both of a pair, or neither' : (row.fallback ?? 'none');
}
