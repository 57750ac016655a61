import type { Keys } from '../../src/domain/keys.ts';
import { parseJson } from '../../src/domain/json-members.ts';
import { decodeFlag } from '../../src/domain/flag-document.ts';
import { decodeState } from '../../src/domain/state-document.ts';
import type { StoredEntry } from '../../src/ports/coordination.ts';
import { plain, type Resource, resourceAt } from './resource.ts';

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
  /** '' when it cannot be read. */
  readonly phase: string;
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

/** An operation as far as both kinds of resources write it alike. */
export function readOperation(keys: Keys, { key, value }: StoredEntry): OperationUnderWay {
  const document = parseJson(value);
  const hasPhase = typeof document === 'object' && document !== null && 'phase' in document;
  const phase = hasPhase && typeof document.phase === 'string' ? document.phase : '';
  const what = resourceAt(keys, key)?.label ?? plain(key);
  return { key, label: phase === '' ? what : `${what} (${plain(phase)})`, phase };
}

function isSet(text: string): boolean {
  const reading = decodeState(text);
  return reading.ok && reading.state.failsafeMode;
}
