import { readFileSync } from 'node:fs';
import { parse, stringify } from 'lossless-json';

/** A recorded answer, its text digit for digit as the server sent it (but compact). */
export interface Recorded {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

interface Exchange {
  readonly note?: string;
  readonly method: string;
  readonly path: string;
  readonly status: unknown;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly bodyText?: string;
}

/** What picks an exchange out of a file: its position, or what it must match. */
export type Choice = number | Partial<Wanted>;

interface Wanted {
  readonly method: string;
  readonly path: string | RegExp;
  readonly note: string;
  readonly status: number;
}

const folder = new URL('../../recordings/', import.meta.url);

/** A file of recordings with its numbers kept exactly. */
export function recording(file: string): Record<string, unknown> {
  return parse(readFileSync(new URL(`${file}.json`, folder), 'utf8')) as Record<string, unknown>;
}

/** A part of a recording as JSON, digit for digit. */
export function textOf(part: unknown): string {
  return stringify(part) ?? '';
}

/** One exchange of a file of `nomad-1.0.18`. Throws when none is as chosen. */
export function recorded(file: string, choice: Choice): Recorded {
  const exchanges = recording(`nomad-1.0.18/${file}`)['exchanges'] as readonly Exchange[];
  const found =
    typeof choice === 'number' ? exchanges[choice] : exchanges.find((entry) => matches(entry, choice));
  if (found === undefined) throw new Error(`no such exchange in ${file}`);
  const text = found.bodyText ?? textOf(found.body);
  const { 'Content-Length': _, 'Transfer-Encoding': __, Connection: ___, ...headers } = found.headers;
  return { status: Number(found.status), headers, text };
}

function matches(exchange: Exchange, choice: Partial<Wanted>): boolean {
  const { path } = choice;
  return (
    (choice.method === undefined || exchange.method === choice.method) &&
    (choice.note === undefined || exchange.note === choice.note) &&
    (choice.status === undefined || Number(exchange.status) === choice.status) &&
    (path === undefined || (typeof path === 'string' ? exchange.path === path : path.test(exchange.path)))
  );
}
