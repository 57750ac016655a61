import { observed } from '../../ports/metrics.ts';
import { isPortError } from '../../ports/port-error.ts';
import { USAGE_CONNECTIONS } from './connections.ts';
import { brokenDown, refused } from './errors.ts';
import type { Attempt, Refusal } from './errors.ts';
import { encodeQuery } from './exchange.ts';
import type { Query } from './exchange.ts';
import { FairQueue } from './fair-queue.ts';
import type { Place } from './fair-queue.ts';
import { createLeanClient } from './lean-client.ts';
import type { LeanClient } from './lean-client.ts';
import type { Link } from './link.ts';
import type { NomadOptions } from './options.ts';

/** One group's, and one node's, statistics under way at once: the other connections are for the others. */
const LIMITS: Readonly<Record<string, number>> = { group: 8, node: 16 };

/** Headers of a request to Nomad. */
export function nomadHeaders({ token = '' }: Pick<NomadOptions, 'token'>): Readonly<Record<string, string>> {
  return { 'User-Agent': 'replicator', ...(token !== '' && { 'X-Nomad-Token': token }) };
}

/** Statistics of one allocation. */
export interface StatisticsQuestion {
  readonly doing: string;
  readonly permission: string;
  readonly path: string;
  readonly query: Query;
}

/** Reads statistics, much the most of all requests, over connections of their own. Methods throw PortError only. */
export class StatisticsReader {
  private readonly link: Link;
  private readonly queue: FairQueue;
  private readonly client: LeanClient;

  constructor(link: Link) {
    const { address } = link.options;
    this.link = link;
    this.client = createLeanClient({ address, headers: nomadHeaders(link.options), secure: link.secure });
    this.queue = new FairQueue(
      USAGE_CONNECTIONS,
      (name) => LIMITS[name.slice(0, name.indexOf(' '))] ?? USAGE_CONNECTIONS,
    );
  }

  /** Answers the text, or throws once the signal is aborted; a kept connection found dead is replaced once. */
  async read(question: StatisticsQuestion, place: Place, signal: AbortSignal): Promise<string> {
    try {
      return await this.turn(question, place, signal);
    } catch (error) {
      if (!isPortError(error, 'unavailable') || error.detail.status !== undefined) throw error;
      return this.turn(question, place, signal);
    }
  }

  destroy(): void {
    this.client.destroy();
  }

  private async turn(question: StatisticsQuestion, place: Place, signal: AbortSignal): Promise<string> {
    const { clock, options } = this.link;
    const of = { api: 'nomad', call: 'read', clock, observe: options.observe } as const;
    const attempt = { ...question, mutating: false };
    try {
      return await this.queue.run(place, signal, () => observed(of, () => this.send(attempt, signal)));
    } catch (error) {
      throw isPortError(error) ? error : this.told(attempt, error, signal);
    }
  }

  private async send(attempt: StatisticsQuestion & Attempt, signal: AbortSignal): Promise<string> {
    try {
      const answer = await this.exchange(attempt, signal);
      if (answer.status >= 200 && answer.status <= 299) return answer.text;
      throw refused(attempt, answer);
    } catch (error) {
      throw isPortError(error) ? error : this.told(attempt, error, signal);
    }
  }

  /** What carries requests instead of sockets carries these too. */
  private async exchange({ path, query }: StatisticsQuestion, signal: AbortSignal): Promise<Refusal> {
    const { options, connections, exchange } = this.link;
    if (options.adapter === undefined) {
      const region = options.region === '' ? undefined : options.region;
      return this.client.get(`${path}${encodeQuery({ ...query, region })}`, signal);
    }
    const carrier = { agent: connections.read, adapter: options.adapter, signal };
    const answer = await exchange({ method: 'GET', path, query }, carrier);
    const { status, text } = answer;
    return { status, text, retryAfter: answer.header('retry-after') };
  }

  private told(attempt: Attempt, error: unknown, signal: AbortSignal): unknown {
    const cause = signal.aborted ? 'stopped' : 'failed';
    return brokenDown(attempt, { begun: true, cause, host: this.link.host }, error);
  }
}
