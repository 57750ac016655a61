import {
  HEALTH_INTERVALS,
  type HealthFacts,
  judgeHealth,
  type NeededService,
  type RoundFacts,
} from '../domain/health.ts';
import type { ResourceType } from '../domain/scaling-state.ts';
import { groupId } from '../domain/snapshot.ts';
import type { Clock } from '../ports/clock.ts';
import type { ObserveRequest } from '../ports/metrics.ts';
import type { Health } from '../ports/status-view.ts';
import type { AgentEvent } from './events.ts';
import type { AgentSettings } from './settings.ts';
import type { StatusSources } from './status-sources.ts';

/** Knows whether an agent does what it should, from what it tells and from the requests it makes. */
export interface Pulse {
  hear(event: AgentEvent): void;
  readonly observe: ObserveRequest;
  /** The agent has started. */
  attach(sources: StatusSources): void;
  health(): Health;
  /** False once nothing at all has been done for a minute in which the process ran. */
  isAlive(): boolean;
  /** The agent is about to stop: it is not fit for work any more. */
  leave(): void;
  stop(): void;
}

export interface PulseOptions {
  /** That of the rounds. */
  readonly clock: Clock;
  /** The machine's own: that of ClusterView.freshMs. */
  readonly machineClock: Clock;
  readonly settings: () => AgentSettings;
}

interface ServiceMemory {
  goodMs: number;
  isFailing: boolean;
  error: string;
}

interface Memory {
  readonly startedMs: number;
  readonly services: Readonly<Record<NeededService, ServiceMemory>>;
  /** When the last decision was made, or when there was last none to make. */
  readonly roundMs: Record<ResourceType, number>;
  /** Beats since a request ended, however it did: every agent asks Consul again and again. */
  quietBeats: number;
  isLeaving: boolean;
  sources: StatusSources | undefined;
}

const BEAT_MS = 1_000;
/** Counted in beats, not by a clock: a process that was stopped for an hour is not stuck. */
const STUCK_BEATS = 60;

/** Lists that nothing happens in are heard every 22 s: less than this would be no news. */
const LISTS_LEAST_MS = 30_000;

/** Answers that show that a service does what it is there for. */
const GOOD: readonly string[] = ['ok', 'not-found', 'conflict'];

/** Starts to beat. */
export function startPulse(options: PulseOptions): Pulse {
  const { clock, machineClock } = options;
  const startedMs = clock.monotonicMs();
  const service = (): ServiceMemory => ({ goodMs: startedMs, isFailing: false, error: '' });
  const memory: Memory = {
    startedMs,
    services: { nomad: service(), consul: service() },
    roundMs: { job_group: startedMs, worker_pool: startedMs },
    quietBeats: 0,
    isLeaving: false,
    sources: undefined,
  };
  const beating = { cancel: (): void => undefined };
  const beat = (): void => {
    memory.quietBeats += 1;
    noteIdle(options, memory);
    beating.cancel = machineClock.after(BEAT_MS, beat);
  };
  beating.cancel = machineClock.after(BEAT_MS, beat);
  return {
    hear: (event) => hear(memory, event, clock.monotonicMs()),
    observe: ({ api, outcome }) => observe(memory, { api, outcome }, clock.monotonicMs()),
    attach: (sources) => {
      memory.sources = sources;
    },
    health: () => healthOf(options, memory),
    isAlive: () => memory.quietBeats <= STUCK_BEATS,
    leave: () => {
      memory.isLeaving = true;
    },
    stop: () => beating.cancel(),
  };
}

function hear({ services, roundMs }: Memory, event: AgentEvent, nowMs: number): void {
  if (event.kind === 'decided') roundMs.job_group = nowMs;
  if (event.kind === 'pool-decided') roundMs.worker_pool = nowMs;
  if (event.kind === 'service-failed' && isNeeded(event.service)) {
    services[event.service].error = event.error.message;
  }
}

function observe(
  memory: Memory,
  { api, outcome }: Pick<Parameters<ObserveRequest>[0], 'api' | 'outcome'>,
  nowMs: number,
): void {
  memory.quietBeats = 0;
  if (!isNeeded(api) || outcome === 'cancelled') return;
  const service = memory.services[api];
  service.isFailing = !GOOD.includes(outcome);
  if (service.isFailing) return;
  service.goodMs = nowMs;
  service.error = '';
}

function isNeeded(service: string): service is NeededService {
  return service === 'nomad' || service === 'consul';
}

/** While nothing is to be evaluated, no decision is missing. */
function noteIdle(options: PulseOptions, memory: Memory): void {
  const nowMs = options.clock.monotonicMs();
  for (const type of ['job_group', 'worker_pool'] as const) {
    if (!isOwed(options, memory, type)) memory.roundMs[type] = nowMs;
  }
}

function isOwed(options: PulseOptions, { sources }: Memory, type: ResourceType): boolean {
  const { jobScalingDisabled, clusterScalingDisabled } = options.settings();
  if (!sources || sources.held().length === 0 || !sources.store.ready()) return false;
  if (type === 'worker_pool') {
    return !clusterScalingDisabled && [...sources.pools().keys()].some((pool) => sources.isOurs(type, pool));
  }
  return !jobScalingDisabled && hasGroup(sources);
}

/** A group whose job cannot be read just now is not evaluated. */
function hasGroup(sources: StatusSources): boolean {
  for (const { job, ref } of sources.groups().values()) {
    if (job && sources.isOurs('job_group', groupId(ref))) return true;
  }
  return false;
}

function healthOf(options: PulseOptions, memory: Memory): Health {
  const facts = factsOf(options, memory);
  const { services, rounds } = facts;
  const role = memory.sources?.leading() === true ? 'leader' : 'follower';
  return { role, faults: judgeHealth(facts), services, rounds };
}

function factsOf(options: PulseOptions, memory: Memory): HealthFacts {
  const settings = options.settings();
  const nowMs = options.clock.monotonicMs();
  const view = memory.sources?.view();
  const isRead = { nomad: view !== undefined, consul: memory.sources?.store.ready() === true };
  return {
    isStopping: memory.isLeaving,
    services: (['nomad', 'consul'] as const).map((service) => {
      const { goodMs, isFailing, error } = memory.services[service];
      return { service, isRead: isRead[service], answeredAgoMs: nowMs - goodMs, isFailing, error };
    }),
    lists: {
      unheardMs: view ? options.machineClock.monotonicMs() - view.freshMs : 0,
      limitMs: Math.max(LISTS_LEAST_MS, HEALTH_INTERVALS * shortestOf(settings)),
    },
    rounds: (['job_group', 'worker_pool'] as const).map((type) => roundOf(options, memory, type)),
    everyMs: shortestOf(settings),
  };
}

function roundOf(options: PulseOptions, memory: Memory, type: ResourceType): RoundFacts {
  const { jobScalingIntervalMs, clusterScalingIntervalMs } = options.settings();
  return {
    type,
    isOwed: isOwed(options, memory, type),
    everyMs: type === 'job_group' ? jobScalingIntervalMs : clusterScalingIntervalMs,
    decidedAgoMs: options.clock.monotonicMs() - memory.roundMs[type],
  };
}

function shortestOf(settings: AgentSettings): number {
  const { jobScalingDisabled, jobScalingIntervalMs } = settings;
  const { clusterScalingDisabled, clusterScalingIntervalMs } = settings;
  const intervals = [
    ...(jobScalingDisabled ? [] : [jobScalingIntervalMs]),
    ...(clusterScalingDisabled ? [] : [clusterScalingIntervalMs]),
  ];
  return intervals.length > 0
    ? Math.min(...intervals)
    : Math.max(jobScalingIntervalMs, clusterScalingIntervalMs);
}
