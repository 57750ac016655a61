import type { ServerFacts } from '../../src/ports/inspection.ts';
import type { Items } from './item.ts';

/** The clocks of two machines may differ so much without anybody noticing: the header has whole seconds. */
const TOLERATED_MS = 2_000;

/** What a version is too old for. The first row that fits counts. */
export interface VersionRow {
  readonly before: string;
  readonly outcome: 'fault' | 'warning';
  readonly text: string;
}

/** Tells a server's version and what is off because of it. */
export function tellVersion(items: Items, { version }: ServerFacts, rows: readonly VersionRow[]): void {
  if (version === '') return items.add('unknown', 'version', 'the token may not ask for it');
  const row = rows.find(({ before }) => isOlder(version, before));
  if (row) items.add(row.outcome, 'version', `${version}: ${row.text}`);
  else items.add('ok', 'version', version);
}

/** Tells how far a server's clock is from this machine's. Cooldowns are times of the agents' clocks, read by other agents. */
export function tellClock(items: Items, { clockAheadMs }: ServerFacts): void {
  if (clockAheadMs === undefined) return items.add('unknown', 'clock', 'no answer had a date');
  const seconds = Math.round(Math.abs(clockAheadMs) / 1000);
  const where = clockAheadMs > 0 ? 'ahead of' : 'behind';
  if (Math.abs(clockAheadMs) <= TOLERATED_MS)
    items.add('ok', 'clock', 'the same as here, to a second or two');
  else items.add('warning', 'clock', `${seconds} s ${where} this machine's: cooldowns are off by as much`);
}

/** True when the version `1.8.7` is before `1.10`. What is no number counts as 0. */
export function isOlder(version: string, than: string): boolean {
  const numbers = (text: string): readonly number[] =>
    text
      .replace(/^v/, '')
      .split(/[.+-]/)
      .map((part) => Number.parseInt(part, 10) || 0);
  const [one, other] = [numbers(version), numbers(than)];
  const at = [0, 1, 2].find((index) => (one[index] ?? 0) !== (other[index] ?? 0));
  return at !== undefined && (one[at] ?? 0) < (other[at] ?? 0);
}
