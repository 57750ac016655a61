import { StringDecoder } from 'node:string_decoder';
import { observed } from '../../ports/metrics.ts';
import { isPortError } from '../../ports/port-error.ts';
import { startDeadline } from './deadline.ts';
import type { Deadline } from './deadline.ts';
import { brokenDown, portError, refused } from './errors.ts';
import type { Query } from './exchange.ts';
import { fieldsOf, listOf, numberOf, textOf, WireFault } from './json.ts';
import type { Fields } from './json.ts';
import type { Link } from './link.ts';
import { textOf as bodyText } from './list-body.ts';

/** What is listened to. Whatever moves the index of the allocations tells of something under one of the first three. */
export type Topic = 'Job' | 'Allocation' | 'Evaluation' | 'Node';

/** One thing as it is after a change. Nobody tells that a job, or an allocation, is gone; a node is told once more. */
export interface StreamEvent {
  readonly topic: string;
  readonly type: string;
  readonly key: string;
  readonly payload: Fields;
}

/** Who listens. */
export interface StreamSink {
  /** The server answers: its writes are told from now on. */
  opened(): void;
  /** What one write changed, or a part of it, in order. */
  told(index: number, events: readonly StreamEvent[]): void;
}

/** What is asked for. `from`: the index at which the stream is taken up again; 0: whatever there is. */
export interface Subscription {
  readonly namespace: Query[string];
  readonly topics: readonly Topic[];
  readonly from: number;
}

/** A server says something at once, and again every 30 s. */
const FIRST_WORD_MS = 10_000;
const SILENCE_MS = 75_000;
/** More without a line's end is nothing that Nomad says. */
const LONGEST_LINE = 64 * 1_048_576;

const ATTEMPT = { doing: 'listen to events', permission: 'namespace:read-job', mutating: false };

/** Listens until the stream ends, which it always does by a PortError: `cancelled` when the signal is aborted. */
export async function listen(
  link: Link,
  subscription: Subscription,
  { sink, signal }: { readonly sink: StreamSink; readonly signal: AbortSignal },
): Promise<never> {
  const { clock, closing, options, host } = link;
  const deadline = startDeadline(clock, FIRST_WORD_MS, [signal, closing.signal]);
  const of = { api: 'nomad', call: 'watch', clock, observe: options.observe } as const;
  try {
    return await observed(of, () => hear(link, subscription, { sink, deadline }));
  } catch (error) {
    if (isPortError(error)) throw error;
    const stopped = deadline.signal.aborted ? 'stopped' : 'failed';
    throw brokenDown(ATTEMPT, { begun: true, cause: deadline.passed() ? 'deadline' : stopped, host }, error);
  } finally {
    deadline.release();
  }
}

async function hear(
  { open, connections, options }: Link,
  { namespace, topics, from }: Subscription,
  { sink, deadline }: { readonly sink: StreamSink; readonly deadline: Deadline },
): Promise<never> {
  const query = { namespace, topic: topics, index: String(from) };
  const carrier = { agent: connections.follow, adapter: options.adapter, signal: deadline.signal };
  const answer = await open({ method: 'GET', path: '/v1/event/stream', query }, carrier, 'identity');
  const { status } = answer;
  if (status < 200 || status > 299) {
    const text = await bodyText(answer.chunks);
    throw refused(ATTEMPT, { status, text, retryAfter: answer.header('retry-after') });
  }
  let isOpen = false;
  for await (const line of linesOf(answer.chunks)) {
    deadline.renew(SILENCE_MS);
    if (!isOpen) sink.opened();
    isOpen = true;
    tell(line, sink);
  }
  throw portError('unavailable', ATTEMPT, { text: 'the stream has ended' });
}

/** Whole lines without their ends; what follows the last of them is why the server ends the stream. */
async function* linesOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<string, void, undefined> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  for await (const chunk of chunks) {
    const parts = (rest + decoder.write(chunk)).split('\n');
    rest = parts.pop() ?? '';
    yield* parts.filter((part) => part !== '');
    if (rest.length > LONGEST_LINE) throw portError('invalid', ATTEMPT, { text: 'a line without an end' });
  }
  if (rest.trim() !== '')
    throw portError('unavailable', ATTEMPT, { text: `the stream has ended: ${rest.trim()}` });
}

function tell(line: string, sink: StreamSink): void {
  try {
    const said = fieldsOf(JSON.parse(line));
    const events = listOf(said['Events'], 'Events').map((value) => readEvent(fieldsOf(value)));
    if (events.length > 0) sink.told(numberOf(said, 'Index'), events);
  } catch (error) {
    if (!(error instanceof SyntaxError) && !(error instanceof WireFault)) throw error;
    throw portError('invalid', ATTEMPT, { text: `not an event: ${line.slice(0, 80)}` });
  }
}

/** The payload has one member, named like the topic. */
function readEvent(event: Fields): StreamEvent {
  const topic = textOf(event, 'Topic');
  return {
    topic,
    type: textOf(event, 'Type'),
    key: textOf(event, 'Key'),
    payload: fieldsOf(fieldsOf(event['Payload'])[topic]),
  };
}
