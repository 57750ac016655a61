import type { AgentAnswers } from '../src/agent/agent-readings.ts';
import type { Alarms } from '../src/agent/alarms.ts';
import { countEvents } from '../src/agent/counting.ts';
import type { Emit } from '../src/agent/events.ts';
import { measureState } from '../src/agent/measure-state.ts';
import { measureEvents, measureRequests } from '../src/agent/measuring.ts';
import { createNotifying, type Notifying } from '../src/agent/notifying.ts';
import type { Config } from '../src/config/config.ts';
import { keysBelow } from '../src/domain/keys.ts';
import { noticeEventsOf } from '../src/domain/notice-table.ts';
import type { Clock } from '../src/ports/clock.ts';
import type { MetricsPage, ObserveRequest } from '../src/ports/metrics.ts';

/** Everything that listens to an agent beside the log: metrics, statsd, notifiers. */
export interface Telling {
  /** Passes an event to all of them. */
  readonly listen: Emit;
  readonly alarms: Alarms;
  /** Undefined where nobody can read the figures. */
  readonly observe: ObserveRequest | undefined;
  readonly page: MetricsPage | undefined;
  /** An agent has started, perhaps in the place of another: from now on it is asked. */
  attach(answers: AgentAnswers): void;
  /** Goes by another configuration from now on; the figures of the page go on. */
  replace(config: Config): Promise<void>;
  /** Ends within `graceMs`, but for what statsd takes for its last packet (0.1 s). */
  close(graceMs: number): Promise<void>;
}

/** What telling is wired with. */
export interface TellingParts {
  readonly clock: Clock;
  /** Told what becomes of notices. */
  readonly emit: Emit;
  /** True where somebody serves `page`: figures that nobody can read are not kept. */
  readonly servesPage: boolean;
}

/** Loads the adapters that the configuration asks for, and no other. */
export async function wireTelling(config: Config, parts: TellingParts): Promise<Telling> {
  const { clock, emit } = parts;
  const shared: { answers: AgentAnswers | undefined } = { answers: undefined };
  const answers = (): AgentAnswers | undefined => shared.answers;
  const prometheus = await wirePrometheus(config, parts);
  const page = prometheus && measureEvents(prometheus.metrics);
  const wire = (next: Config): Promise<Outlets> => wireOutlets(next, { clock, emit, answers });
  const telling = { outlets: await wire(config) };
  return {
    listen: (event) => {
      page?.(event);
      telling.outlets.listen(event);
    },
    alarms: passOn(() => telling.outlets.alarms),
    observe: prometheus && measureRequests(prometheus.metrics),
    page: prometheus?.page,
    attach: (now) => {
      if (prometheus && !shared.answers) measureState(prometheus.metrics, latest(now, answers));
      shared.answers = now;
    },
    replace: async (next) => {
      const before = telling.outlets;
      telling.outlets = await wire(next);
      void before.close(REPLACED_MS);
    },
    close: (graceMs) => telling.outlets.close(graceMs),
  };
}

/** How long those that are replaced may still deliver what waits there. */
const REPLACED_MS = 10_000;

/** What tells people and statsd: made anew when its options change. */
interface Outlets {
  readonly listen: Emit;
  readonly alarms: Alarms;
  close(graceMs: number): Promise<void>;
}

async function wireOutlets(config: Config, around: Around): Promise<Outlets> {
  const { clock, emit } = around;
  const [statsd, notifying] = await Promise.all([
    wireStatsd(config, clock, emit),
    wireNotifying(config, around),
  ]);
  const count = statsd && countEvents(statsd);
  return {
    listen: (event) => {
      count?.(event);
      notifying.listen(event);
    },
    alarms: notifying.alarms,
    close: async (graceMs) => void (await Promise.all([notifying.stop(graceMs), statsd?.close()])),
  };
}

/** Alarms of whoever tells them now. */
function passOn(alarms: () => Alarms): Alarms {
  return {
    raise: (alarm) => alarms().raise(alarm),
    resolve: (alarm) => alarms().resolve(alarm),
    isRaised: (subject) => alarms().isRaised(subject),
    forget: () => alarms().forget(),
  };
}

/** Answers of the agent that is attached at the time of asking. */
function latest(first: AgentAnswers, answers: () => AgentAnswers | undefined): AgentAnswers {
  const now = (): AgentAnswers => answers() ?? first;
  return {
    leading: () => now().leading(),
    leaseLeftMs: () => now().leaseLeftMs(),
    failsafe: () => now().failsafe(),
    paused: () => now().paused(),
    resources: () => now().resources(),
    operations: () => now().operations(),
    members: () => now().members(),
    about: (type, id) => now().about(type, id),
  };
}

async function wirePrometheus({ httpPort }: Config, { servesPage }: TellingParts) {
  if (httpPort === -1 || !servesPage) return undefined;
  const { createPrometheus } = await import('../src/adapters/telemetry/prometheus.ts');
  return createPrometheus();
}

async function wireStatsd({ telemetry }: Config, clock: Clock, emit: Emit) {
  if (telemetry.statsd === undefined) return undefined;
  const { createStatsd } = await import('../src/adapters/telemetry/statsd.ts');
  return createStatsd({
    host: telemetry.statsd.host,
    port: telemetry.statsd.port,
    clock,
    failed: (error) => emit({ kind: 'telemetry-failed', error }),
  });
}

interface Around {
  readonly clock: Clock;
  readonly emit: Emit;
  readonly answers: () => AgentAnswers | undefined;
}

async function wireNotifying({ notification, consul }: Config, around: Around): Promise<Notifying> {
  const { clock, emit, answers } = around;
  const { pagerdutyServiceKey, opsgenieServiceKey, slackWebhookUrl, webhookUrl } = notification;
  const isWanted = [pagerdutyServiceKey, opsgenieServiceKey, slackWebhookUrl, webhookUrl].some(Boolean);
  const loaded = isWanted ? await import('../src/adapters/notify/notifiers.ts') : undefined;
  const notifiers = loaded?.createNotifiers({
    clock,
    pagerdutyRoutingKey: pagerdutyServiceKey?.reveal(),
    opsgenieApiKey: opsgenieServiceKey?.reveal(),
    slackWebhookUrl: slackWebhookUrl?.reveal(),
    webhookUrl: webhookUrl?.reveal(),
  });
  return createNotifying({
    notifiers: notifiers ?? [],
    clock,
    random: Math.random,
    clusterIdentifier: notification.clusterIdentifier ?? '',
    events: noticeEventsOf(notification.events),
    about: (type, id) => answers()?.about(type, id),
    leads: () => answers()?.leading() ?? false,
    failsafeKey: keysBelow(consul.keyRoot).failsafe,
    emit,
  });
}
