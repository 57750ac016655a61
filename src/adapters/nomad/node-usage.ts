import type { UsageReading } from '../../domain/snapshot.ts';
import { startDeadline } from './deadline.ts';
import { FairQueue } from './fair-queue.ts';
import { fieldsOf, parseAnswer, textOf } from './json.ts';
import { createLeanClient } from './lean-client.ts';
import type { Link } from './link.ts';
import { nodeQuestion } from './nodes.ts';
import { onAbort } from './on-abort.ts';
import type { Reader } from './reader.ts';
import { nomadHeaders } from './statistics.ts';
import { readNodeMetrics } from './wire-node-metrics.ts';

/** What a node's client publishes of its allocations, by their ids. Nothing of those that it does not measure whole. */
export type NodeReadings = ReadonlyMap<string, UsageReading>;

interface Known {
  readonly untilMs: number;
  readonly readings: Promise<NodeReadings>;
}

/** A client's metrics change every ten seconds: within this time all groups share what was read. */
const SHARED_MS = 8_000;
/** How long a node is left alone that cannot be asked, or publishes nothing of its allocations. */
const ALONE_MS = 5 * 60_000;
const DEADLINE_MS = 4_000;
/** Nodes that are asked at once. Each is asked on a connection of its own, which is closed afterwards. */
const MOST_AT_ONCE = 16;
const NOTHING: NodeReadings = new Map();

/** Asks clients themselves, one request a node for all groups. Best effort: what it does not answer is read one by one. */
export class NodeUsage {
  private readonly link: Link;
  private readonly reader: Reader;
  private readonly queue = new FairQueue(MOST_AT_ONCE, () => MOST_AT_ONCE);
  private readonly known = new Map<string, Known>();
  private readonly addresses = new Map<string, Promise<string>>();

  constructor(link: Link, reader: Reader) {
    this.link = link;
    this.reader = reader;
  }

  /** Never rejects: a node that cannot be asked, or not until the signal is aborted, has published nothing. */
  tryRead(nodeId: string, signal: AbortSignal): Promise<NodeReadings> {
    const readings = this.shared(nodeId);
    return new Promise((resolve) => {
      const letGo = onAbort(signal, () => resolve(NOTHING));
      void readings.then(resolve).finally(letGo);
    });
  }

  private shared(nodeId: string): Promise<NodeReadings> {
    const nowMs = this.link.clock.monotonicMs();
    const known = this.known.get(nodeId);
    if (known !== undefined && nowMs < known.untilMs) return known.readings;
    const readings = this.readOrLeave(nodeId);
    this.known.set(nodeId, { untilMs: nowMs + SHARED_MS, readings });
    return readings;
  }

  private async readOrLeave(nodeId: string): Promise<NodeReadings> {
    const readings = await this.read(nodeId).catch(() => NOTHING);
    if (readings.size > 0) return readings;
    this.addresses.delete(nodeId);
    const untilMs = this.link.clock.monotonicMs() + ALONE_MS;
    this.known.set(nodeId, { untilMs, readings: Promise.resolve(readings) });
    this.forgetOld();
    return readings;
  }

  private async read(nodeId: string): Promise<NodeReadings> {
    const { clock, closing, options, secure } = this.link;
    const deadline = startDeadline(clock, DEADLINE_MS, [closing.signal]);
    try {
      const host = await this.addressOf(nodeId, deadline.signal);
      const address = `${secure === undefined ? 'http' : 'https'}://${host}`;
      const client = createLeanClient({ address, headers: nomadHeaders(options), secure });
      const place = { lane: nodeId, counts: [] };
      try {
        const work = () => client.get('/v1/metrics', deadline.signal);
        const { status, text } = await this.queue.run(place, deadline.signal, work);
        const attempt = {
          doing: `read metrics of node ${nodeId}`,
          permission: 'node:read',
          mutating: false,
        };
        return status === 200 ? parseAnswer(text, attempt, readNodeMetrics) : NOTHING;
      } finally {
        client.destroy();
      }
    } finally {
      deadline.release();
    }
  }

  /** Where the node's client listens; read once. */
  private addressOf(nodeId: string, signal: AbortSignal): Promise<string> {
    const known = this.addresses.get(nodeId) ?? this.readAddress(nodeId, signal);
    this.addresses.set(nodeId, known);
    return known;
  }

  private async readAddress(nodeId: string, signal: AbortSignal): Promise<string> {
    const question = { ...nodeQuestion(nodeId), stale: true };
    const { text } = await this.reader.askOnce(question, 'node', signal);
    return parseAnswer(text, { ...question, mutating: false }, (value) =>
      textOf(fieldsOf(value), 'HTTPAddr'),
    );
  }

  /** Nodes come and go. */
  private forgetOld(): void {
    const nowMs = this.link.clock.monotonicMs();
    for (const [id, { untilMs }] of this.known) {
      if (untilMs + ALONE_MS > nowMs) continue;
      this.known.delete(id);
      this.addresses.delete(id);
    }
  }
}
