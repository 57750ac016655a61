import type { ResourceType } from './scaling-state.ts';

/** A service that every agent needs at any time. */
export type NeededService = 'nomad' | 'consul';

/** Why an agent is not fit for work. Closed. */
export type HealthReason = NeededService | 'lists' | 'rounds' | 'stopping';

/** What is known of a service. Times are milliseconds ago. */
export interface ServiceFacts {
  readonly service: NeededService;
  /** True once what it is needed for has been read. */
  readonly isRead: boolean;
  /** Since the last good answer, or since the start where there was none. */
  readonly answeredAgoMs: number;
  /** True when the last request that ended had no good answer. */
  readonly isFailing: boolean;
  /** What went wrong last, '' for nothing. */
  readonly error: string;
}

/** The rounds of one type of resource. */
export interface RoundFacts {
  readonly type: ResourceType;
  /** True when this agent is the one that evaluates some of them. */
  readonly isOwed: boolean;
  readonly everyMs: number;
  /** Since the last decision; since they were owed where there was none. */
  readonly decidedAgoMs: number;
}

/** Everything that an agent's fitness is judged by. */
export interface HealthFacts {
  readonly isStopping: boolean;
  readonly services: readonly ServiceFacts[];
  /** How long Nomad's lists have been unheard, and how long they may be. */
  readonly lists: { readonly unheardMs: number; readonly limitMs: number };
  readonly rounds: readonly RoundFacts[];
  /** The shortest interval of what is switched on. */
  readonly everyMs: number;
}

/** One reason, in a sentence. */
export interface HealthFault {
  readonly reason: HealthReason;
  readonly text: string;
}

/** How many intervals something may be missing. */
export const HEALTH_INTERVALS = 3;

/**
 * What keeps an agent from doing what it should, nothing for a fit one: a leader evaluates, and every agent hears
 * Nomad's lists and keeps a session at Consul.
 */
export function judgeHealth(facts: HealthFacts): readonly HealthFault[] {
  if (facts.isStopping) return [{ reason: 'stopping', text: 'the agent is stopping' }];
  const services = facts.services.flatMap((one) => judgeService(one, facts.everyMs));
  return [...services, ...judgeLists(facts), ...facts.rounds.flatMap(judgeRounds)];
}

const NAMES: Readonly<Record<NeededService, string>> = { nomad: 'Nomad', consul: 'Consul' };

function judgeService(one: ServiceFacts, everyMs: number): readonly HealthFault[] {
  const { service, isRead, answeredAgoMs, isFailing } = one;
  const about = one.error === '' ? '' : ` (${one.error})`;
  const fault = (text: string): HealthFault[] => [
    { reason: service, text: `${NAMES[service]} ${text}${about}` },
  ];
  if (!isRead) return fault('has not been read since the start');
  if (!isFailing || answeredAgoMs < HEALTH_INTERVALS * everyMs) return [];
  return fault(`has not answered for ${seconds(answeredAgoMs)}`);
}

/** Nomad may answer, and yet not its lists. */
function judgeLists({ services, lists }: HealthFacts): readonly HealthFault[] {
  const isRead = services.some(({ service, isRead }) => service === 'nomad' && isRead);
  if (!isRead || lists.unheardMs <= lists.limitMs) return [];
  return [{ reason: 'lists', text: `Nomad's lists have not been heard for ${seconds(lists.unheardMs)}` }];
}

const WHAT: Readonly<Record<ResourceType, string>> = { job_group: 'task group', worker_pool: 'worker pool' };

function judgeRounds({ type, isOwed, everyMs, decidedAgoMs }: RoundFacts): readonly HealthFault[] {
  if (!isOwed || decidedAgoMs < HEALTH_INTERVALS * everyMs) return [];
  return [{ reason: 'rounds', text: `no ${WHAT[type]} has been evaluated for ${seconds(decidedAgoMs)}` }];
}

function seconds(ms: number): string {
  return `${Math.floor(ms / 1_000)} s`;
}
