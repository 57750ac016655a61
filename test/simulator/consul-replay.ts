import { readFileSync } from 'node:fs';
import { createConsulFace } from '../../src/simulator/consul/consul-face.ts';
import type { ConsulFace } from '../../src/simulator/consul/consul-face.ts';
import type { ConsulOptions } from '../../src/simulator/consul/consul-server.ts';
import type { FaceResponse } from '../../src/simulator/face.ts';
import { VirtualClock } from '../../src/simulator/virtual-clock.ts';

/** One call to a real Consul and its answer, as recorded. */
export interface Exchange {
  readonly note?: string;
  /** Real time that was let pass before it. */
  readonly waitedMs?: number;
  readonly method: string;
  readonly path: string;
  readonly requestHeaders?: Readonly<Record<string, string>>;
  readonly requestBody?: unknown;
  readonly requestBodyText?: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly elapsedMs: number;
  readonly body?: unknown;
  readonly bodyText?: string;
}

/** What is compared of two answers. */
export interface Comparable {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** The exchanges of one recording, and whatever else it says. */
export function recording(name: string): {
  readonly exchanges: readonly Exchange[];
  readonly measured?: unknown;
} {
  const url = new URL(`../recordings/consul-1.8.7/${name}.json`, import.meta.url);
  return JSON.parse(readFileSync(url, 'utf8')) as { exchanges: readonly Exchange[] };
}

const ofTheConnection = ['Date', 'Connection', 'Content-Length', 'Transfer-Encoding'];
const leftOut: Readonly<Record<string, string>> = {
  '(600 KiB of x)': 'x'.repeat(600 * 1024),
  '(65 set operations)': JSON.stringify(
    Array.from({ length: 65 }, () => ({ KV: { Verb: 'set', Key: 'x' } })),
  ),
};

function bodyOf({ requestBody, requestBodyText = '' }: Exchange): string {
  if (requestBody !== undefined) return JSON.stringify(requestBody);
  return leftOut[requestBodyText] ?? requestBodyText;
}

/**
 * Plays recorded calls to a face. Ids come out as recorded; indexes differ, since the recorded server did other work
 * in between: each recorded index stands for one of the face's, in the same order, in answers and in later calls.
 */
export class Replay {
  readonly clock = new VirtualClock();
  readonly face: ConsulFace;
  readonly #ids: string[] = [];
  readonly #indexes = new Map<number, number>([
    [0, 0],
    [1, 1],
  ]);

  constructor(options: Partial<ConsulOptions> = {}) {
    const nothing = '00000000-0000-0000-0000-000000000000';
    const random = { next: () => 0.5, uuid: () => this.#ids.shift() ?? nothing };
    this.face = createConsulFace({ clock: this.clock, random, ...options });
  }

  /** Sends the call; new sessions get the recorded id. */
  async send(exchange: Exchange): Promise<FaceResponse> {
    const { body } = exchange as { body?: { ID?: string } };
    if (exchange.path.startsWith('/v1/session/create') && body?.ID !== undefined) this.#ids.push(body.ID);
    const [path = '', search = ''] = this.#withOwnIndexes(exchange.path, /((?:cas|index)=)(\d+)/g).split('?');
    const headers = Object.entries(exchange.requestHeaders ?? {}).map(([name, value]) => [
      name.toLowerCase(),
      value,
    ]);
    return this.face.handle({
      method: exchange.method,
      path,
      query: new URLSearchParams(search),
      headers: Object.fromEntries(headers) as Record<string, string>,
      body: this.#withOwnIndexes(bodyOf(exchange), /("Index":)(\d+)/g),
      signal: new AbortController().signal,
    });
  }

  /** Makes a session with this id, as was done before the recording began. */
  async makeSession(id: string): Promise<void> {
    await this.send({
      method: 'PUT',
      path: '/v1/session/create',
      status: 200,
      headers: {},
      elapsedMs: 0,
      body: { ID: id },
    });
  }

  /** The two answers with recorded indexes in both; throws when an index cannot stand for the recorded one. */
  compare(
    exchange: Exchange,
    answer: FaceResponse,
  ): { readonly recorded: Comparable; readonly given: Comparable } {
    const recorded = this.#comparable(
      exchange.status,
      exchange.headers,
      exchange.body ?? exchange.bodyText ?? '',
    );
    const isJson = answer.headers['Content-Type'] === 'application/json' || exchange.body !== undefined;
    const body: unknown = isJson ? JSON.parse(answer.body) : answer.body;
    const given = this.#comparable(answer.status, answer.headers, body);
    this.#learn(indexesIn(recorded), indexesIn(given));
    return { recorded: this.#masked(recorded), given: this.#masked(given) };
  }

  #comparable(status: number, headers: Readonly<Record<string, string>>, body: unknown): Comparable {
    const sent = Object.entries(headers).filter(([name]) => !ofTheConnection.includes(name));
    return { status, headers: Object.fromEntries(sent), body };
  }

  #withOwnIndexes(text: string, pattern: RegExp): string {
    return text.replaceAll(pattern, (_all, name: string, index: string) => {
      return `${name}${this.#indexes.get(Number(index)) ?? index}`;
    });
  }

  #masked(comparable: Comparable): Comparable {
    return JSON.parse(JSON.stringify(comparable).replaceAll(indexPattern, '$1$20')) as Comparable;
  }

  #learn(recorded: readonly number[], given: readonly number[]): void {
    for (const [at, index] of recorded.entries()) {
      const own = given[at];
      if (own === undefined) return;
      const known = this.#indexes.get(index);
      if (known !== undefined && known !== own)
        throw new Error(`index ${index} was ${known}, now it is ${own}`);
      this.#indexes.set(index, own);
    }
    const pairs = [...this.#indexes].toSorted(([left], [right]) => left - right);
    const own = pairs.map(([, index]) => index);
    if (own.some((index, at) => index <= (own[at - 1] ?? -1)))
      throw new Error(`indexes out of order: ${own.join()}`);
  }
}

const indexPattern = /("(?:CreateIndex|ModifyIndex|X-Consul-Index)":|modify index )("?)\d+/g;

function indexesIn(comparable: Comparable): number[] {
  return [...JSON.stringify(comparable).matchAll(indexPattern)].map(([text]) =>
    Number(/\d+$/.exec(text)?.[0]),
  );
}
