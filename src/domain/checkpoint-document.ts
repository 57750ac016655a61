import { readDocumentText } from './group/document-reading.ts';
import { formatInstant } from './instant.ts';
import { quoteGo, splitMembers } from './json-members.ts';
import { keysBelow } from './keys.ts';
import { decodeState } from './state-document.ts';

/** All state objects of a key root at one moment. */
export interface Checkpoint {
  readonly keyRoot: string;
  /** '' for standalone agents. */
  readonly group: string;
  readonly by: string;
  readonly atMs: number;
  readonly states: readonly SavedState[];
}

/** A state object as it stood in KV. */
export interface SavedState {
  /** What follows `<key root>/state/`. */
  readonly path: string;
  /** Its text, without blanks around it. */
  readonly text: string;
}

/** The checkpoint, or everything that is wrong with the document, one line each. */
export type CheckpointReading =
  | { readonly ok: true; readonly checkpoint: Checkpoint }
  | { readonly ok: false; readonly faults: readonly string[] };

const FORM = 1;

/** A checkpoint → one JSON document. State objects stand in it byte for byte, each on a line of its own. */
export function encodeCheckpoint({ keyRoot, group, by, atMs, states }: Checkpoint): string {
  const head = { form: FORM, key_root: keyRoot, group, by, at: formatInstant(atMs) };
  const lines = Object.entries(head).map(([key, value]) => `  ${quoteGo(key)}: ${JSON.stringify(value)},`);
  const members = states.map(({ path, text }) => `    ${quoteGo(path)}: ${text.trim()}`);
  const body = members.length === 0 ? '{}' : `{\n${members.join(',\n')}\n  }`;
  return ['{', ...lines, `  "states": ${body}`, '}', ''].join('\n');
}

/** The document → the checkpoint, every state object in it checked. */
export function decodeCheckpoint(text: string): CheckpointReading {
  const reading = readDocumentText(text, (read) => {
    read.exactly('form', FORM);
    read.object('states');
    return {
      keyRoot: read.text('key_root'),
      group: read.text('group'),
      by: read.text('by'),
      atMs: read.time('at'),
    };
  });
  if (!reading.ok) return { ok: false, faults: [`is no checkpoint: ${reading.fault}`] };
  const raw = splitMembers(text)?.findLast(({ key }) => key === 'states')?.raw ?? '';
  const states = (splitMembers(raw) ?? []).map(({ key, raw: state }) => ({ path: key, text: state }));
  const seen = new Set<string>();
  const faults = states.flatMap((state) => faultOf(state, seen) ?? []);
  return faults.length === 0 ? { ok: true, checkpoint: { ...reading.value, states } } : { ok: false, faults };
}

function faultOf({ path, text }: SavedState, seen: Set<string>): string | undefined {
  if (!isStatePath(path)) return `states: ${path}: is no path of a state object`;
  if (seen.has(path)) return `states: ${path}: stands there twice`;
  seen.add(path);
  const reading = decodeState(text);
  return reading.ok ? undefined : `states: ${path}: ${reading.fault}`;
}

const ANY_ROOT = keysBelow('root');

/** `jobs/<job>/<group>`, `namespaces/<ns>/jobs/<job>/<group>` or `nodes/<pool>`. */
export function isStatePath(path: string): boolean {
  const isPool = path.startsWith('nodes/') && path !== 'nodes/';
  return isPool || ANY_ROOT.groupOf(`${ANY_ROOT.root}/state/${path}`) !== undefined;
}
