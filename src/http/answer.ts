import type { Shape } from './shape.ts';

/** What is sent back. */
export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export const JSON_TYPE = 'application/json';
export const TEXT_TYPE = 'text/plain; charset=utf-8';

/** A value in the form of its shape. */
export function shaped<Value, Wire>(shape: Shape<Value, Wire>, value: Value, status = 200): Answer {
  return { status, contentType: JSON_TYPE, body: JSON.stringify(shape.encode(value)) };
}

/** One line for people: how every refusal is told. */
export function told(status: number, text: string, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status, contentType: TEXT_TYPE, body: text, headers };
}
