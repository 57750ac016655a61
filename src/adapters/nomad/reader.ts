import type * as http from 'node:http';
import { isPortError } from '../../ports/port-error.ts';
import { observed } from '../../ports/metrics.ts';
import type { PortError } from '../../ports/port-error.ts';
import { backoffMs, slept } from './backoff.ts';
import { startDeadline } from './deadline.ts';
import type { Deadline } from './deadline.ts';
import { brokenDown, portError, refused } from './errors.ts';
import type { Answer, Query } from './exchange.ts';
import type { Link } from './link.ts';

/** Deadline of one attempt at an ordinary read, its whole body included. */
export const READ_DEADLINE_MS = 8_000;
/** A stale answer is refused when its server heard nothing of a leader for longer. */
export const STALE_LIMIT_MS = 10_000;

const READ_ATTEMPTS = 3;
/** No further attempt begins after that long. */
const READ_PATIENCE_MS = 8_000;
const READ_BACKOFF = { firstMs: 200, mostMs: 2_000 };
/** Something to be read. A stale one may be answered by any server that is in touch with its leader. */
export interface Question {
  readonly doing: string;
  readonly permission: string;
  readonly path: string;
  readonly query: Query;
  readonly stale: boolean;
}

/**
 * Ordinary reads take turns by who asks: reads that follow from the list of jobs, from that of nodes (one at a
 * time), those of both that have failed before (likewise: they keep no connection from the others), all else.
 */
export type ReadLane = 'follow' | 'node' | 'retry' | 'ask';

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

  /** One blocking query, on the connections kept for them. */
  block(question: Question, deadlineMs: number, signal: AbortSignal): Promise<Answer> {
    return this.once(question, { agent: this.link.connections.follow, deadlineMs, signal });
  }

  /** One attempt at an ordinary read; begun anew when a write needed its connection. */
  async askOnce(question: Question, lane: ReadLane, signal: AbortSignal): Promise<Answer> {
    const via = { agent: this.link.connections.read, deadlineMs: READ_DEADLINE_MS, signal };
    const place = { lane, counts: lane === 'node' || lane === 'retry' ? ['read', lane] : ['read'] };
    for (;;) {
      try {
        return await this.turn(question, via, () =>
          this.link.short.run(place, signal, () => this.interruptible(question, via)),
        );
      } catch (error) {
        if (!(error instanceof Interrupted)) throw error;
      }
    }
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

  private async interruptible(question: Question, via: Via): Promise<Answer> {
    const begun = this.link.reads.begin();
    try {
      return await this.once(question, { ...via, interruption: begun.signal });
    } catch (error) {
      const isOurs = begun.signal.aborted && isPortError(error, 'cancelled') && !via.signal.aborted;
      throw isOurs ? new Interrupted() : error;
    } finally {
      begun.end();
    }
  }

  private once(question: Question, via: Via): Promise<Answer> {
    const { clock, connections, options } = this.link;
    const call = via.agent === connections.follow ? 'watch' : 'read';
    const of = { api: 'nomad', call, clock, observe: options.observe } as const;
    return observed(of, () => this.exchangeOnce(question, via));
  }

  private async exchangeOnce(question: Question, via: Via): Promise<Answer> {
    const { closing, clock, exchange } = this.link;
    const { interruption } = via;
    const outer = [via.signal, closing.signal, ...(interruption === undefined ? [] : [interruption])];
    const deadline = startDeadline(clock, via.deadlineMs, outer);
    const query = { ...question.query, stale: question.stale ? 'true' : undefined };
    const carrier = { agent: via.agent, adapter: this.link.options.adapter, signal: deadline.signal };
    try {
      const answer = await exchange({ method: 'GET', path: question.path, query }, carrier);
      return this.accept(question, answer);
    } catch (error) {
      throw this.told(question, error, deadline);
    } finally {
      deadline.release();
    }
  }

  private accept(question: Question, answer: Answer): Answer {
    const attempt = { ...question, mutating: false };
    const { status, text } = answer;
    if (status < 200 || status > 299) {
      throw refused(attempt, { status, text, retryAfter: answer.header('retry-after') });
    }
    if (!question.stale) return answer;
    const contactMs = Number(answer.header('x-nomad-lastcontact') ?? 0);
    const limitMs = this.link.options.staleLimitMs ?? STALE_LIMIT_MS;
    if (answer.header('x-nomad-knownleader') !== 'false' && contactMs <= limitMs) return answer;
    throw portError('unavailable', attempt, { text: 'the server that answered knows no leader', status });
  }

  private async turn(question: Question, via: Via, run: () => Promise<Answer>): Promise<Answer> {
    try {
      return await run();
    } catch (error) {
      throw isPortError(error) || error instanceof Interrupted
        ? error
        : this.told(question, error, { signal: via.signal, passed: () => false });
    }
  }

  private told(question: Question, error: unknown, deadline: Pick<Deadline, 'signal' | 'passed'>): PortError {
    if (isPortError(error)) return error;
    const stopped = deadline.signal.aborted ? 'stopped' : 'failed';
    const cause = deadline.passed() ? 'deadline' : stopped;
    return brokenDown({ ...question, mutating: false }, { begun: true, cause, host: this.link.host }, error);
  }
}

function mayPass(error: unknown): boolean {
  return isPortError(error, 'unavailable') || isPortError(error, 'throttled');
}
