import type { ScalingState } from '../../src/domain/scaling-state.ts';
import { decodeState } from '../../src/domain/state-document.ts';
import type { StoredEntry } from '../../src/ports/coordination.ts';
import { isPortError } from '../../src/ports/port-error.ts';
import { plain } from '../../src/domain/plain.ts';
import { resourceAt } from '../../src/agent/operator/resource.ts';
import { readOperation } from '../../src/agent/operator/survey.ts';
import type { StatesDesk } from './states-desk.ts';

/** A state object as it is there now. */
export interface Present {
  /** Undefined: it is not there. */
  readonly state: ScalingState | undefined;
  readonly text: string | undefined;
}

/** What is done with one state object: the text that it is to get; undefined leaves it alone. */
export type Revise = (path: string, present: Present) => string | undefined;

/** What became of state objects, by name: `task group web/api`. */
export interface Tally {
  readonly written: string[];
  readonly unchanged: string[];
  /** An operation is under way; with its phase. */
  readonly skipped: string[];
  /** With what is wrong. */
  readonly unreadable: string[];
}

/** Revises state objects one by one, each by check-and-set; one with an operation, or unreadable, is left alone. */
export async function changeStates(
  desk: StatesDesk,
  paths: readonly string[],
  revise: Revise,
): Promise<Tally> {
  const tally: Tally = { written: [], unchanged: [], skipped: [], unreadable: [] };
  for (const path of paths) {
    const { fate, name } = await changeState(desk, path, revise);
    tally[fate].push(name);
  }
  return tally;
}

interface Fate {
  readonly fate: keyof Tally;
  readonly name: string;
}

interface Sight {
  readonly state: StoredEntry | undefined;
  readonly operation: StoredEntry | undefined;
}

/** Agents write a state once a round: a conflict is soon over. */
const TRIES = 10;

async function changeState(desk: StatesDesk, path: string, revise: Revise): Promise<Fate> {
  let sight: Sight = { state: desk.states.get(path), operation: desk.operations.get(path) };
  for (let left = TRIES; ; left--) {
    const step = judge(desk, { path, sight }, revise);
    if ('fate' in step) return step;
    const change = { kind: 'set', ...step, index: sight.state?.index ?? 0 } as const;
    const unchanged = [{ key: operationKey(desk, path), index: 0 }];
    try {
      await desk.coordination.checkAndSet([change], desk.signal, unchanged);
      return { fate: 'written', name: stateName(desk, path) };
    } catch (error) {
      if (left <= 1 || !isPortError(error, 'conflict')) throw error;
      sight = await look(desk, path);
    }
  }
}

/** What is to be written, or why nothing is. */
function judge(
  desk: StatesDesk,
  { path, sight }: { readonly path: string; readonly sight: Sight },
  revise: Revise,
): Fate | { readonly key: string; readonly value: string } {
  const { state, operation } = sight;
  const name = stateName(desk, path);
  if (operation) return { fate: 'skipped', name: readOperation(desk.keys, operation).label };
  const reading = state && decodeState(state.value);
  if (reading?.ok === false) return { fate: 'unreadable', name: `${name} (${plain(reading.fault)})` };
  const value = revise(path, { state: reading?.state, text: state?.value });
  return value === undefined ? { fate: 'unchanged', name } : { key: stateKey(desk, path), value };
}

async function look(desk: StatesDesk, path: string): Promise<Sight> {
  const { coordination, signal } = desk;
  const [state, operation] = await Promise.all(
    [stateKey(desk, path), operationKey(desk, path)].map((key) => coordination.readKey(key, 0, signal)),
  );
  return { state: state?.entries[0], operation: operation?.entries[0] };
}

/** The key of a state object. */
export function stateKey({ keys }: Pick<StatesDesk, 'keys'>, path: string): string {
  return `${keys.root}/state/${path}`;
}

function operationKey({ keys }: StatesDesk, path: string): string {
  return `${keys.root}/operations/${path}`;
}

/** `task group web/api` */
export function stateName(desk: Pick<StatesDesk, 'keys'>, path: string): string {
  return resourceAt(desk.keys, stateKey(desk, path))?.label ?? plain(path);
}
