import type * as http from 'node:http';
import type { AxiosAdapter } from 'axios';
import { observed } from '../../ports/metrics.ts';
import { isPortError } from '../../ports/port-error.ts';
import { WRITE_DEADLINE_MS } from '../../ports/write-permit.ts';
import type { WritePermit } from '../../ports/write-permit.ts';
import { startDeadline } from './deadline.ts';
import { brokenDown, refused } from './errors.ts';
import type { Answer, Query } from './exchange.ts';
import type { Link } from './link.ts';

/** A mutating request. */
export interface Order {
  readonly doing: string;
  readonly permission: string;
  readonly path: string;
  readonly query: Query;
  readonly body: string;
}

interface Guard {
  readonly agent: http.Agent;
  readonly adapter?: AxiosAdapter | undefined;
  begun(): boolean;
  refusal(): unknown;
  close(): Promise<void>;
}

/** How long reads may keep a write waiting before one of them is broken off. */
const PATIENCE_MS = 250;

/** Sends mutating requests: one attempt each, on a new connection, at most two at once. */
export class Writer {
  private readonly link: Link;

  constructor(link: Link) {
    this.link = link;
  }

  /** Throws PortError: the permit's own when it does not hold where the request's first byte is written. */
  async write(order: Order, permit: WritePermit): Promise<Answer> {
    const { host, short } = this.link;
    const insist = this.insist();
    try {
      const place = { lane: 'write', counts: ['write'], urgent: true };
      return await short.run(place, permit.signal, () => {
        insist.end();
        return this.writeNow(order, permit);
      });
    } catch (error) {
      if (isPortError(error)) throw error;
      throw brokenDown({ ...order, mutating: true }, { begun: false, cause: 'stopped', host }, error);
    } finally {
      insist.end();
    }
  }

  /** Breaks off reads, one after the other, while they have all connections and no write is under way. */
  private insist(): { end(): void } {
    const { clock, reads, short } = this.link;
    let cancel = (): void => undefined;
    const wait = (): void => {
      cancel = clock.after(PATIENCE_MS, () => {
        if (short.underWay('write') === 0) reads.interruptOldest();
        wait();
      });
    };
    wait();
    return { end: () => cancel() };
  }

  private async writeNow(order: Order, permit: WritePermit): Promise<Answer> {
    const { connections, short } = this.link;
    const guard = this.guard(permit);
    try {
      await connections.makeRoom(short.underWay('write') + short.underWay('list'));
      const { clock, options } = this.link;
      const of = { api: 'nomad', call: 'write', clock, observe: options.observe } as const;
      return await observed(of, () => this.send(order, permit, guard));
    } finally {
      await guard.close();
    }
  }

  private async send(order: Order, permit: WritePermit, guard: Guard): Promise<Answer> {
    const { clock, closing, exchange, host } = this.link;
    const attempt = { ...order, mutating: true };
    const deadline = startDeadline(clock, WRITE_DEADLINE_MS, [permit.signal, closing.signal]);
    const { path, query, body } = order;
    try {
      const carrier = { agent: guard.agent, adapter: guard.adapter, signal: deadline.signal };
      const answer = await exchange({ method: 'PUT', path, query, body }, carrier);
      if (answer.status >= 200 && answer.status <= 299) return answer;
      const { status, text } = answer;
      throw refused(attempt, { status, text, retryAfter: answer.header('retry-after') });
    } catch (error) {
      if (guard.refusal() !== undefined) throw guard.refusal();
      if (isPortError(error)) throw error;
      const stopped = deadline.signal.aborted ? 'stopped' : 'failed';
      const cause = deadline.passed() ? 'deadline' : stopped;
      throw brokenDown(attempt, { begun: guard.begun(), cause, host }, error);
    } finally {
      deadline.release();
    }
  }

  private guard(permit: WritePermit): Guard {
    const { connections, options, secure } = this.link;
    return options.adapter === undefined
      ? options.writeAgent(permit, secure)
      : guardAdapter(options.adapter, permit, connections.read);
  }
}

/** The guard where no socket is used: the permit is asked where the request is handed over. */
function guardAdapter(adapter: AxiosAdapter, permit: WritePermit, agent: http.Agent): Guard {
  let begun = false;
  let refusal: unknown;
  return {
    agent,
    adapter: (config) => {
      try {
        permit.assertHeld();
      } catch (error) {
        refusal = error;
        throw error;
      }
      begun = true;
      return adapter(config);
    },
    begun: () => begun,
    refusal: () => refusal,
    close: () => Promise.resolve(),
  };
}
