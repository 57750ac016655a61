import type { AllocationFacts } from '../../domain/snapshot.ts';
import { isPortError } from '../../ports/port-error.ts';
import type { PortError } from '../../ports/port-error.ts';
import { backoffMs, FOLLOW_BACKOFF, slept } from './backoff.ts';
import type { FeedTools, ListSource } from './blocking-feed.ts';
import { portError } from './errors.ts';
import { EventInbox } from './event-inbox.ts';
import type { InboxSinks } from './event-inbox.ts';
import type { IndexedAllocation } from './event-ledger.ts';
import { listen } from './event-stream.ts';
import type { Topic } from './event-stream.ts';
import { fieldsOf, numberOf } from './json.ts';
import type { Link } from './link.ts';
import { onAbort } from './on-abort.ts';
import type { ListAnswer } from './reader.ts';

/** What a session is made of. */
export interface SessionParts extends FeedTools {
  readonly link: Link;
  /** The list of allocations; its query names the namespace. */
  readonly source: ListSource<AllocationFacts>;
}

/** What is listened to, whom it feeds, and until when. */
export interface SessionScope extends InboxSinks {
  readonly topics: readonly Topic[];
  readonly signal: AbortSignal;
}

/** Why a stream has ended. `anew`: the servers have started over. `unexplained`: writes were missing again and again. */
export interface SessionEnd {
  readonly why: 'ended' | 'anew' | 'unexplained';
  readonly error: PortError;
}

/** How often the leader is asked how far the allocations have come: it proves that nothing is missing. */
const CHECK_MS = 15_000;
/** A write may be told so much later than its index. */
const LAG_MS = 3_000;
/** How long a stream that is taken up again may take to show where. */
const OVERLAP_MS = 2_000;
/** Nobody tells of allocations that Nomad has forgotten: the list is read again that often. */
const LIST_AGAIN_MS = 15 * 60_000;
const MOST_UNEXPLAINED = 3;
/** A beginning of ids that hardly one allocation in four thousand million has: such a list tells an index alone. */
const NO_PREFIX = 'ffffffff';

class Unexplained extends Error {}
class StartedOver extends Error {}

/**
 * Allocations from a list, and from what the event stream tells afterwards. The list is read again when the
 * stream cannot be taken up where it ended, and when the leader's index shows a write that was not told.
 */
export class EventSession {
  private readonly parts: SessionParts;
  private readonly scope: SessionScope;
  private readonly inbox: EventInbox;
  private listedMs = Number.NEGATIVE_INFINITY;
  private unexplained = 0;

  constructor(parts: SessionParts, scope: SessionScope) {
    this.parts = parts;
    this.scope = scope;
    this.inbox = new EventInbox(parts.clock, scope);
  }

  /** What is shown comes from elsewhere meanwhile: the list is read before anything is told again. */
  distrust(): void {
    this.inbox.isHeld = true;
  }

  /** Listens once, to the stream's end. `settled` is called when nothing is missing. */
  async run(settled: () => void): Promise<SessionEnd> {
    const { link, source } = this.parts;
    const { topics } = this.scope;
    const { namespace } = source.query;
    const ending = new AbortController();
    const { signal } = ending;
    const letGo = onAbort(this.scope.signal, () => ending.abort(this.scope.signal.reason));
    const from = this.inbox.ledger.streamIndex;
    const sink = this.inbox.open();
    const both = [
      listen(link, { namespace, topics, from }, { sink, signal }),
      this.watch(from, { signal, settled }),
    ].map(endOf);
    try {
      return await Promise.race(both);
    } finally {
      ending.abort(new Error('no longer listened to'));
      letGo();
      await Promise.all(both);
      this.inbox.close();
    }
  }

  private async watch(
    from: number,
    { signal, settled }: { readonly signal: AbortSignal; readonly settled: () => void },
  ): Promise<never> {
    await this.inbox.opened(signal);
    await this.persist(signal, async () => {
      if (this.inbox.isHeld || !(await this.continues(from, signal)) || this.inbox.isHeld)
        await this.readList(signal);
    });
    settled();
    for (;;) {
      await slept(this.parts.clock, CHECK_MS, signal);
      await this.persist(signal, () => this.check(signal));
    }
  }

  /** Does it, until it is done or the stream has ended. */
  private async persist(signal: AbortSignal, act: () => Promise<void>): Promise<void> {
    const { clock, random } = this.parts;
    for (let failures = 1; ; failures += 1) {
      if (signal.aborted) throw signal.reason;
      try {
        return await act();
      } catch (error) {
        if (signal.aborted || !isPortError(error)) throw error;
        this.scope.sink.failed(error);
        await slept(clock, backoffMs(FOLLOW_BACKOFF, { failures, random: random(), error }), signal);
      }
    }
  }

  /**
   * True when nothing was missed since the connection before: this one begins with its last write, or with one
   * before that, or nothing was written in between.
   */
  private async continues(from: number, signal: AbortSignal): Promise<boolean> {
    const { ledger } = this.inbox;
    const { floor } = ledger;
    const first = await this.inbox.firstWrite(OVERLAP_MS, signal);
    if (first?.isLast === true) return true;
    const { index } = await this.readIndex(signal);
    if (index < floor) throw this.startOver();
    return first !== undefined && first.index < from ? true : index <= Math.max(from, ledger.listIndex);
  }

  /** Compares how far the leader has come with what was told. */
  private async check(signal: AbortSignal): Promise<void> {
    const { ledger } = this.inbox;
    const { floor } = ledger;
    const startedMs = this.parts.clock.monotonicMs();
    const { index } = await this.readIndex(signal);
    if (index < floor) throw this.startOver();
    if (await this.inbox.reaches(index, LAG_MS, signal)) {
      this.unexplained = 0;
      this.inbox.confirm(startedMs);
      const isOld = startedMs - this.listedMs >= LIST_AGAIN_MS;
      if (isOld && ledger.reached > ledger.listIndex) await this.readList(signal);
    } else if (!signal.aborted) {
      this.unexplained += 1;
      if (this.unexplained >= MOST_UNEXPLAINED) throw new Unexplained();
      await this.readList(signal);
    }
  }

  private startOver(): StartedOver {
    this.inbox.ledger.forget();
    this.inbox.isHeld = true;
    return new StartedOver();
  }

  private async readList(signal: AbortSignal): Promise<void> {
    const { ledger } = this.inbox;
    const startedMs = this.parts.clock.monotonicMs();
    const before = ledger.listIndex;
    ledger.begin();
    let answer: ListAnswer<IndexedAllocation>;
    try {
      answer = await this.ask({}, signal);
      if (ledger.isBehind(answer.index)) throw behind();
      if (answer.items?.length === 0) await this.parts.source.confirmEmpty?.(signal);
    } catch (error) {
      ledger.giveUp();
      throw error;
    }
    const { index, items = [] } = answer;
    this.listedMs = startedMs;
    this.inbox.contactMs = startedMs;
    this.inbox.isHeld = false;
    ledger.list(index, items);
    const listed = items.map(({ facts }) => facts);
    this.scope.sink.heard({ kind: 'list', items: listed, index, restarted: index < before }, startedMs);
    this.inbox.flush();
  }

  private readIndex(signal: AbortSignal): Promise<ListAnswer<IndexedAllocation>> {
    return this.ask({ prefix: NO_PREFIX }, signal);
  }

  /** Asks the leader: what it has not, nobody has. */
  private ask(
    more: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<ListAnswer<IndexedAllocation>> {
    const { source, reader } = this.parts;
    const { list, permission, path } = source;
    const query = { ...source.query, ...more };
    const question = { doing: `list ${list}`, permission, path, query, stale: false };
    const readItem = (value: unknown): IndexedAllocation => ({
      facts: source.readItem(value),
      modifyIndex: numberOf(fieldsOf(value), 'ModifyIndex'),
    });
    return reader.list({ question, isKnown: () => false, readItem }, 'ask', signal);
  }
}

function behind(): PortError {
  const attempt = { doing: 'list allocations', permission: 'namespace:read-job', mutating: false };
  return portError('unavailable', attempt, { text: 'the list is older than what was told before' });
}

async function endOf(running: Promise<never>): Promise<SessionEnd> {
  try {
    return await running;
  } catch (error) {
    if (isPortError(error)) return { why: 'ended', error };
    const attempt = { doing: 'listen to events', permission: 'namespace:read-job', mutating: false };
    const told = (text: string): PortError => portError('unavailable', attempt, { text });
    if (error instanceof Unexplained)
      return { why: 'unexplained', error: told('writes are missing from the stream') };
    if (error instanceof StartedOver) return { why: 'anew', error: told('the servers have started over') };
    return { why: 'ended', error: told(String(error)) };
  }
}
