import { decodeFlag } from '../../domain/flag-document.ts';
import type { Keys } from '../../domain/keys.ts';
import { decodeGroupOperation } from '../../domain/operation-document.ts';
import { decodePoolOperation } from '../../domain/pool-operation-document.ts';
import { decodeState } from '../../domain/state-document.ts';
import type { StoredEntry } from '../../ports/coordination.ts';
import { plain } from '../../domain/plain.ts';
import { type Resource, resourceAt } from './resource.ts';

/** What there is below a key root, as far as failsafe is concerned. */
export interface Survey {
  readonly entries: readonly StoredEntry[];
  /** Those that have a state object. */
  readonly resources: readonly Resource[];
  /** Labels of resources that are in failsafe mode of their own. */
  readonly set: readonly string[];
  /** True when the flag for everything is set. */
  readonly isAllSet: boolean;
  readonly operations: readonly OperationUnderWay[];
}

export interface OperationUnderWay {
  readonly key: string;
  /** `task group web/api (requested)` */
  readonly label: string;
  /** True when its intent may still be followed by a call. */
  readonly maySend: boolean;
}

/** Reads the keys below a root. */
export function surveyTree(keys: Keys, entries: readonly StoredEntry[]): Survey {
  const below = (prefix: string): StoredEntry[] => entries.filter(({ key }) => key.startsWith(prefix));
  const states = below(`${keys.root}/state/`).flatMap((entry) => {
    const resource = resourceAt(keys, entry.key);
    return resource ? [{ resource, entry }] : [];
  });
  return {
    entries,
    resources: states.map(({ resource }) => resource),
    set: states.filter(({ entry }) => isSet(entry.value)).map(({ resource }) => resource.label),
    isAllSet: decodeFlag(entries.find(({ key }) => key === keys.failsafe)?.value).set,
    operations: below(`${keys.root}/operations/`).map((entry) => readOperation(keys, entry)),
  };
}

/** An operation, unreadable ones included: they count as about to send. */
export function readOperation(keys: Keys, { key, value }: StoredEntry): OperationUnderWay {
  const what = resourceAt(keys, key)?.label ?? plain(key);
  const { phase, maySend } = keys.groupOf(key) ? readGroupOperation(value) : readPoolOperation(value);
  return { key, label: `${what} (${phase})`, maySend };
}

interface Progress {
  readonly phase: string;
  readonly maySend: boolean;
}

const UNREADABLE: Progress = { phase: 'unreadable', maySend: true };

/** While confirming, the call has been answered. */
function readGroupOperation(text: string): Progress {
  const reading = decodeGroupOperation(text);
  if (!reading.ok) return UNREADABLE;
  const { phase } = reading.operation;
  return { phase, maySend: phase !== 'confirming' };
}

/** Calls are answered one by one; what is frozen sends none. */
function readPoolOperation(text: string): Progress {
  const reading = decodePoolOperation(text);
  if (!reading.ok) return UNREADABLE;
  const { phase, frozen, unansweredMs } = reading.operation;
  return { phase, maySend: frozen === '' && unansweredMs !== 0 };
}

function isSet(text: string): boolean {
  const reading = decodeState(text);
  return reading.ok && reading.state.failsafeMode;
}
