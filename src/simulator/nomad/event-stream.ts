import { Refusal } from '../world/refusal.ts';
import { needMethod } from './call.ts';
import { type EventParts, eventText } from './event-json.ts';
import type { EventLog } from './event-log.ts';
import type { World } from '../world/world.ts';
import type { Call, Route } from './call.ts';

const HEARTBEAT_MS = 30_000;
const ALL = '*';

/** What a subscription asks for: keys by topic, in one namespace or in all. */
interface Subscription {
  readonly index: number;
  readonly namespace: string;
  readonly topics: ReadonlyMap<string, readonly string[]>;
}

/** `/v1/event/stream`: a line for each write, and `{}` at the beginning and every half minute. */
export function eventStreamRoute(log: EventLog): Route {
  return (call) => {
    needMethod(call, 'GET');
    const subscription = readSubscription(call);
    checkRights(call, subscription);
    return {
      status: 200,
      headers: { 'Cache-Control': 'no-cache', 'Content-Type': 'application/json', Vary: 'Accept-Encoding' },
      body: '',
      stream: lines(call, log, subscription),
    };
  };
}

function readSubscription({ request: { query } }: Call): Subscription {
  const index = query.get('index') ?? '';
  if (!/^-?\d*$/.test(index)) {
    const cause = `strconv.Atoi: parsing ${JSON.stringify(index)}: invalid syntax`;
    throw new Refusal(400, `Unable to parse index: ${cause}`);
  }
  return {
    index: Number(index),
    namespace: query.get('namespace') || 'default',
    topics: readTopics(query.getAll('topic')),
  };
}

function readTopics(wanted: readonly string[]): Subscription['topics'] {
  if (wanted.length === 0) return new Map([[ALL, [ALL]]]);
  const topics = new Map<string, string[]>();
  for (const text of wanted) {
    const [topic = '', key = ALL, ...more] = text.split(':');
    if (more.length > 0) {
      const cause = `Invalid key value pair for topic, topic: ${text}`;
      throw new Refusal(400, `Invalid topic query: error parsing topics: ${cause}`);
    }
    topics.set(topic, [...(topics.get(topic) ?? []), key]);
  }
  return topics;
}

const OF_NAMESPACE: readonly string[] = ['Job', 'Allocation', 'Evaluation', 'Deployment'];

/** Who may not listen is refused with 500, unlike everywhere else. */
function checkRights({ rights }: Call, { topics, namespace }: Subscription): void {
  try {
    for (const topic of topics.keys()) {
      if (OF_NAMESPACE.includes(topic)) rights.need(namespace, 'read-job');
      else if (topic === 'Node') rights.needNode('read');
      else rights.needManagement();
    }
  } catch (error) {
    throw error instanceof Refusal ? new Refusal(500, error.message) : error;
  }
}

async function* lines(
  { world, request: { signal } }: Call,
  log: EventLog,
  subscription: Subscription,
): AsyncGenerator<string, void, undefined> {
  const { epoch } = log;
  let position = log.begin(subscription.index);
  let beatMs = world.clock.monotonicMs();
  for (;;) {
    const nowMs = world.clock.monotonicMs();
    if (nowMs >= beatMs) {
      yield '{}\n';
      beatMs = nowMs + HEARTBEAT_MS;
    }
    const written = log.at(position);
    if (signal.aborted) return;
    if (log.epoch !== epoch || written === 'dropped') {
      yield written === 'dropped'
        ? 'event dropped from buffer'
        : 'subscription closed by server, client should resubscribe';
      return;
    }
    if (written === undefined) await next(world, log, { untilMs: beatMs, signal });
    else {
      position += 1;
      const events = written.events.filter((event) => isWanted(event, subscription));
      if (events.length > 0) yield lineOf(written.index, events);
    }
  }
}

function lineOf(index: number, events: readonly EventParts[]): string {
  return `{"Index":${index},"Events":[${events.map((event) => eventText(event, index)).join(',')}]}\n`;
}

function isWanted({ topic, key, namespace, filterKeys }: EventParts, wanted: Subscription): boolean {
  if (wanted.namespace !== ALL && namespace !== '' && namespace !== wanted.namespace) return false;
  const keys = [...(wanted.topics.get(ALL) ?? []), ...(wanted.topics.get(topic) ?? [])];
  return keys.some((one) => one === ALL || one === key || (filterKeys ?? []).includes(one));
}

/** Until the next write, the next heartbeat, or the end of the caller's patience. */
function next(
  { clock }: World,
  log: EventLog,
  { untilMs, signal }: { readonly untilMs: number; readonly signal: AbortSignal },
): Promise<void> {
  return new Promise((resolve) => {
    const releases: (() => void)[] = [];
    const finish = (): void => {
      for (const release of releases) release();
      resolve();
    };
    releases.push(log.onNext(finish), clock.after(untilMs - clock.monotonicMs(), finish));
    signal.addEventListener('abort', finish, { once: true });
    releases.push(() => signal.removeEventListener('abort', finish));
  });
}
