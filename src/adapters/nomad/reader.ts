import type * as http from 'node:http';
import { isPortError } from '../../ports/port-error.ts';
import { observed } from '../../ports/metrics.ts';
import type { PortError } from '../../ports/port-error.ts';
import { backoffMs, slept } from './backoff.ts';
import { startDeadline } from './deadline.ts';
import type { Deadline } from './deadline.ts';
import { brokenDown, malformed, portError, refused } from './errors.ts';
import type { Answer, Carrier, Query, WireRequest } from './exchange.ts';
import type { Link } from './link.ts';
import { nextTurn, readList, textOf } from './list-body.ts';

/** Deadline of one attempt at an ordinary read, its whole body included. */
export const READ_DEADLINE_MS = 8_000;
/** A stale answer is refused when its server heard nothing of a leader for longer. */
export const STALE_LIMIT_MS = 10_000;

const READ_ATTEMPTS = 3;
/** No further attempt begins after that long. */
const READ_PATIENCE_MS = 8_000;
const READ_BACKOFF = { firstMs: 200, mostMs: 2_000 };
/** A list of many megabytes takes its time. */
const LIST_DEADLINE_MS = 30_000;

/** Something to be read. A stale one may be answered by any server that is in touch with its leader. */
export interface Question {
  readonly doing: string;
  readonly permission: string;
  readonly path: string;
  readonly query: Query;
  readonly stale: boolean;
}

/** A list to be read. */
export interface Listing<T> {
  readonly question: Question;
  /** True for the index of a list that need not be read again. */
  readonly isKnown: (index: number) => boolean;
  readonly readItem: (value: unknown) => T;
}

/** A list as it was answered. `items` is undefined when its index is known. */
export interface ListAnswer<T> {
  readonly index: number;
  /** Milliseconds since the answering server was last in touch with its leader. */
  readonly contactMs: number;
  readonly items: readonly T[] | undefined;
}

/**
 * Ordinary reads take turns by who asks: reads that follow from the list of jobs, from that of nodes (one at a
 * time), those of both that have failed before (likewise: they keep no connection from the others), all else.
 */
export type ReadLane = 'follow' | 'node' | 'retry' | 'ask';

/** How one attempt is sent, and its answer read to the end. What it rejects with that is no PortError is told as one. */
type Send<R> = (question: Question, carrier: Carrier) => Promise<R>;

interface Via {
  readonly agent: http.Agent;
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
  /** Aborted when the read is to be begun anew. */
  readonly interruption?: AbortSignal;
}

/** The read was broken off for a write; it may be begun anew. */
class Interrupted extends Error {}

/** Reads within the bounds on connections. Methods throw PortError only. */
export class Reader {
  private readonly link: Link;

  constructor(link: Link) {
    this.link = link;
  }

  /** One blocking query for a list, on the connections kept for them. */
  block<T>(of: Listing<T>, deadlineMs: number, signal: AbortSignal): Promise<ListAnswer<T>> {
    const via = { agent: this.link.connections.follow, deadlineMs, signal };
    return this.once(of.question, via, this.listing(of));
  }

  /** One attempt at a list that is answered at once, among the ordinary reads. */
  list<T>(of: Listing<T>, lane: ReadLane, signal: AbortSignal): Promise<ListAnswer<T>> {
    const how = { lane, deadlineMs: LIST_DEADLINE_MS, signal };
    return this.inTurn(of.question, how, this.listing(of));
  }

  /** One attempt at an ordinary read; begun anew when a write needed its connection. */
  askOnce(question: Question, lane: ReadLane, signal: AbortSignal): Promise<Answer> {
    return this.inTurn(question, { lane, deadlineMs: READ_DEADLINE_MS, signal }, this.whole);
  }

  /** An ordinary read, tried again after what passes quickly. */
  async ask(question: Question, signal: AbortSignal): Promise<Answer> {
    const lastMs = this.link.clock.monotonicMs() + READ_PATIENCE_MS;
    for (let failures = 1; ; failures += 1) {
      try {
        return await this.askOnce(question, 'ask', signal);
      } catch (error) {
        if (failures >= READ_ATTEMPTS || !mayPass(error)) throw error;
        const ms = backoffMs(READ_BACKOFF, { failures, random: this.link.random(), error });
        if (this.link.clock.monotonicMs() + ms > lastMs) throw error;
        if (!(await slept(this.link.clock, ms, signal))) throw error;
      }
    }
  }

  private async inTurn<R>(
    question: Question,
    { lane, deadlineMs, signal }: Pick<Via, 'deadlineMs' | 'signal'> & { readonly lane: ReadLane },
    send: Send<R>,
  ): Promise<R> {
    const via = { agent: this.link.connections.read, deadlineMs, signal };
    const place = { lane, counts: lane === 'node' || lane === 'retry' ? ['read', lane] : ['read'] };
    for (;;) {
      try {
        return await this.link.short.run(place, signal, () => this.interruptible(question, via, send));
      } catch (error) {
        if (error instanceof Interrupted) continue;
        throw this.told(question, error, { signal: via.signal, passed: () => false });
      }
    }
  }

  private async interruptible<R>(question: Question, via: Via, send: Send<R>): Promise<R> {
    const begun = this.link.reads.begin();
    try {
      return await this.once(question, { ...via, interruption: begun.signal }, send);
    } catch (error) {
      const isOurs = begun.signal.aborted && isPortError(error, 'cancelled') && !via.signal.aborted;
      throw isOurs ? new Interrupted() : error;
    } finally {
      begun.end();
    }
  }

  private once<R>(question: Question, via: Via, send: Send<R>): Promise<R> {
    const { clock, connections, options } = this.link;
    const call = via.agent === connections.follow ? 'watch' : 'read';
    const of = { api: 'nomad', call, clock, observe: options.observe } as const;
    return observed(of, () => this.sendOnce(question, via, send));
  }

  private async sendOnce<R>(question: Question, via: Via, send: Send<R>): Promise<R> {
    const { closing, clock, options } = this.link;
    const { interruption } = via;
    const outer = [via.signal, closing.signal, ...(interruption === undefined ? [] : [interruption])];
    const deadline = startDeadline(clock, via.deadlineMs, outer);
    const carrier = { agent: via.agent, adapter: options.adapter, signal: deadline.signal };
    try {
      return await send(question, carrier);
    } catch (error) {
      throw this.told(question, error, deadline);
    } finally {
      deadline.release();
    }
  }

  private readonly whole: Send<Answer> = async (question, carrier) => {
    const answer = await this.link.exchange(requestOf(question), carrier);
    if (!isGood(answer)) throw refusal(question, answer, answer.text);
    this.checkContact(question, answer);
    return answer;
  };

  private listing<T>({ isKnown, readItem }: Listing<T>): Send<ListAnswer<T>> {
    return async (question, carrier) => {
      const answer = await this.link.open(requestOf(question), carrier, 'gzip');
      if (!isGood(answer)) throw refusal(question, answer, await textOf(answer.chunks));
      this.checkContact(question, answer);
      const index = Number(answer.header('x-nomad-index') ?? Number.NaN);
      const attempt = { ...question, mutating: false };
      if (!Number.isInteger(index)) throw malformed(attempt, 'no X-Nomad-Index in the answer');
      const contactMs = Number(answer.header('x-nomad-lastcontact') ?? 0);
      const pause = this.link.options.adapter === undefined ? nextTurn : undefined;
      const reading = { attempt, readItem, pause };
      if (!isKnown(index)) return { index, contactMs, items: await readList(answer.chunks, reading) };
      await answer.skip();
      return { index, contactMs, items: undefined };
    };
  }

  private checkContact(question: Question, answer: Omit<Answer, 'text'>): void {
    if (!question.stale) return;
    const contactMs = Number(answer.header('x-nomad-lastcontact') ?? 0);
    const limitMs = this.link.options.staleLimitMs ?? STALE_LIMIT_MS;
    if (answer.header('x-nomad-knownleader') !== 'false' && contactMs <= limitMs) return;
    const text = 'the server that answered knows no leader';
    throw portError('unavailable', { ...question, mutating: false }, { text, status: answer.status });
  }

  private told(question: Question, error: unknown, deadline: Pick<Deadline, 'signal' | 'passed'>): PortError {
    if (isPortError(error)) return error;
    const stopped = deadline.signal.aborted ? 'stopped' : 'failed';
    const cause = deadline.passed() ? 'deadline' : stopped;
    return brokenDown({ ...question, mutating: false }, { begun: true, cause, host: this.link.host }, error);
  }
}

function requestOf({ path, query, stale }: Question): WireRequest {
  return { method: 'GET', path, query: { ...query, stale: stale ? 'true' : undefined } };
}

function isGood({ status }: Pick<Answer, 'status'>): boolean {
  return status >= 200 && status <= 299;
}

function refusal(question: Question, answer: Omit<Answer, 'text'>, text: string): PortError {
  const { status } = answer;
  return refused(
    { ...question, mutating: false },
    { status, text, retryAfter: answer.header('retry-after') },
  );
}

function mayPass(error: unknown): boolean {
  return isPortError(error, 'unavailable') || isPortError(error, 'throttled');
}
