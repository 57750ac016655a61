import { asObject, parseJson, writeJson } from './json-text.ts';
import { FieldReader } from './world-file-reader.ts';
import { Refusal } from './world/refusal.ts';
import type { FaceRequest, FaceResponse } from './face.ts';
import type { Json, JsonObject } from './json-text.ts';

/** The body of a control's request. Throws a Refusal. */
export function readBody({ body }: FaceRequest): JsonObject {
  try {
    return asObject(parseJson(body === '' ? '{}' : body));
  } catch {
    throw new Refusal(400, 'the body is not JSON');
  }
}

/** Reads with a reader that notes faults. Throws a Refusal with all of them. */
export function checked<T>(value: Json | undefined, make: (reader: FieldReader) => T): T {
  const faults: string[] = [];
  const result = make(new FieldReader(value, '', faults));
  if (faults.length > 0) throw new Refusal(400, faults.join('\n'));
  return result;
}

export function jsonAnswer(value: Json): FaceResponse {
  return { status: 200, headers: { 'Content-Type': 'application/json' }, body: writeJson(value) };
}

/** The same of a value that is none of Nomad's: JSON as the language writes it. */
export function plainAnswer(value: unknown): FaceResponse {
  return { ...jsonAnswer(null), body: JSON.stringify(value) };
}

export function textAnswer(status: number, body: string): FaceResponse {
  return { status, headers: { 'Content-Type': 'text/plain; charset=utf-8' }, body };
}
