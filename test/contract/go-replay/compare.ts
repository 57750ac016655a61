import { shapeFaults } from './joined-shape.ts';
import { kindOf, pathOf, serverOf } from './recorded-run.ts';
import type { FaceResponse } from '../../../src/simulator/face.ts';
import type { RecordedShapes } from './recorded-shapes.ts';
import type { RecordedCall } from './recorded-run.ts';

/** Short answers: their length (24 more in gzip, Consul ends a line) says what they were. */
const BY_LENGTH: Readonly<Record<'nomad' | 'consul', Readonly<Record<number, string>>>> = {
  consul: { 27: '[]', 28: 'null', 29: 'true', 30: 'false' },
  nomad: { 26: '[]', 28: 'null' },
};

/** A compressed answer this long was neither empty nor a single word. */
const SAYS_SOMETHING = 40;
/** The leader key as recorded: 140 without a holder, 178 and more with one. */
const HAS_HOLDER = 160;

type Value = string | number | boolean | undefined;
type Pair = readonly [what: string, recorded: Value, own: Value];

/** What is known of the answer that the agent got, against what the face gave: one line a difference. */
export function differences(call: RecordedCall, given: FaceResponse, recorded: RecordedShapes): string[] {
  const isIndexed = given.headers['X-Nomad-Index'] ?? given.headers['X-Consul-Index'];
  const plain: readonly Pair[] = [
    ['status', call.status, given.status],
    ['index', call.index !== undefined, isIndexed !== undefined],
    ['content type', contentTypeOf(call), given.headers['Content-Type']],
    ['encoded length', call.bytes === 0, given.body === ''],
  ];
  const unequal = plain.filter(([, wanted, own]) => wanted !== own);
  const lines = unequal.map(([what, wanted, own]) => `${what}: ${wanted} recorded, ${own} given`);
  return given.status === 200 && call.status === 200
    ? [...lines, ...bodyFaults(call, given, recorded)]
    : lines;
}

function contentTypeOf({ status, bytes }: RecordedCall): string | undefined {
  return status === 200 && bytes !== 0 ? 'application/json' : undefined;
}

function bodyFaults(call: RecordedCall, given: FaceResponse, recorded: RecordedShapes): string[] {
  const exact = BY_LENGTH[serverOf(call)][call.bytes ?? 0];
  if (exact !== undefined) {
    const text = given.body.trim();
    return text === exact ? [] : [`body: ${exact} recorded, ${text.slice(0, 80)} given`];
  }
  const body: unknown = JSON.parse(given.body);
  if ((call.bytes ?? 0) >= SAYS_SOMETHING && isEmpty(body))
    return [`body: something recorded, ${given.body} given`];
  return [...shapes(call, body, recorded), ...holder(call, body)];
}

function isEmpty(body: unknown): boolean {
  return typeof body !== 'object' || body === null || Object.keys(body).length === 0;
}

function shapes(call: RecordedCall, body: unknown, recorded: RecordedShapes): string[] {
  const kind = kindOf(call);
  const shape = recorded.get(kind);
  return shape ? shapeFaults(shape, body) : [`no recorded body for ${kind}`];
}

function holder(call: RecordedCall, body: unknown): string[] {
  if (call.method !== 'GET' || pathOf(call) !== '/v1/kv/replicator/config/leader') return [];
  const [entry] = body as readonly { readonly Session?: string }[];
  const [wanted, own] = [(call.bytes ?? 0) >= HAS_HOLDER, entry?.Session !== undefined];
  return wanted === own ? [] : [`holder: ${wanted} recorded, ${own} given`];
}
