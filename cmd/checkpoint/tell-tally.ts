import { listSome } from '../../src/agent/operator/resource.ts';
import type { Tally } from './change-states.ts';
import type { StatesDesk } from './states-desk.ts';

/** What was done, in words: `cleared`, `restored`. */
export interface Deed {
  readonly done: string;
  readonly tally: Tally;
  /** Names of those whose failsafe stays set, and what would reset it; '' for nothing. */
  readonly held: readonly string[];
  readonly hint: string;
}

/** Says what became of the state objects. Answers the exit code: 1 when one of them cannot be read. */
export function tellTally(desk: StatesDesk, { done, tally, held, hint }: Deed): number {
  const { written, unchanged, skipped, unreadable } = tally;
  const { keys, consulUrl, group } = desk;
  desk.answer({ group: group === '' ? null : group, key_root: keys.root, ...tally, failsafe_kept: held });
  desk.tell(`${count(written)} ${done} below ${keys.root}/state/, in the Consul at ${consulUrl}.`);
  if (unchanged.length > 0) desk.tell(`So already: ${count(unchanged)}.`);
  if (held.length > 0) desk.tell(`Failsafe stays set${hint}: ${listSome(held)}.`);
  if (skipped.length > 0) desk.tell(`Left alone, an operation is under way: ${listSome(skipped)}.`);
  if (unreadable.length === 0) return 0;
  return desk.refuse(`left alone, cannot be read: ${listSome(unreadable)}`);
}

/** `1 state object`, `3 state objects`. */
export function count(items: readonly unknown[]): string {
  return `${items.length} state object${items.length === 1 ? '' : 's'}`;
}
