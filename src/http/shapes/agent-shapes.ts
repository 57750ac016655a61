import type { HealthFault, RoundFacts, ServiceFacts } from '../../domain/health.ts';
import type {
  Health,
  LeaderStatus,
  Members,
  MemberStatus,
  SelfStatus,
  SettingStatus,
} from '../../ports/status-view.ts';
import {
  either,
  flag,
  instant,
  list,
  maybe,
  number,
  record,
  type Shape,
  text,
  whole,
  word,
} from '../shape.ts';
import { RESOURCE_TYPE } from './words.ts';

/** The answer of /v1/status/leader, in the words of the Go releases. */
export const leader = record<LeaderStatus>()('Leader', (field) => ({
  SessionID: field(
    text,
    'the Consul session that holds the lock, empty when nobody leads',
    (one) => one.session,
  ),
  NodeID: field(text, 'the Consul node of that session', (one) => one.node),
}));

const fault = record<HealthFault>()('HealthFault', (field) => ({
  reason: field(
    word(['nomad', 'consul', 'lists', 'rounds', 'stopping']),
    'which of them',
    (one) => one.reason,
  ),
  text: field(text, 'the same as a sentence', (one) => one.text),
}));

const service = record<ServiceFacts>()('HealthService', (field) => ({
  service: field(word(['nomad', 'consul']), 'which of them', (one) => one.service),
  answered_ms_ago: field(whole, 'since its last good answer, or the start', (one) => one.answeredAgoMs),
  failing: field(flag, 'the last request had no good answer', (one) => one.isFailing),
  error: field(text, 'what went wrong last, empty for nothing', (one) => one.error),
}));

const round = record<RoundFacts>()('HealthRounds', (field) => ({
  type: field(RESOURCE_TYPE, 'which rounds', (one) => one.type),
  owed: field(flag, 'this agent is the one that evaluates', (one) => one.isOwed),
  every_ms: field(whole, 'their interval', (one) => one.everyMs),
  decided_ms_ago: field(whole, 'since the last decision, or since they are owed', (one) => one.decidedAgoMs),
}));

/** The answer of /v1/health. */
export const health = record<Health>()('Health', (field) => ({
  ready: field(flag, 'the agent does what it should', (one) => one.faults.length === 0),
  role: field(word(['leader', 'follower']), 'what it should do', (one) => one.role),
  reasons: field(list(fault), 'why it is not ready, empty when it is', (one) => one.faults),
  services: field(list(service), 'what it has heard of each', (one) => one.services),
  rounds: field(list(round), 'what it has evaluated', (one) => one.rounds),
}));

/** The answer of /v1/health?live. */
export const liveness = record<{ readonly isAlive: boolean }>()('Liveness', (field) => ({
  alive: field(flag, 'false for a process that is stuck', (one) => one.isAlive),
}));

const member = record<MemberStatus>()('Member', (field) => ({
  id: field(
    maybe(text),
    'service id, standalone the name of its machine; null: only the lock tells of it',
    (one) => one.id,
  ),
  name: field(text, 'name of its machine, empty where not known', (one) => one.name),
  address: field(
    maybe(text),
    'where its HTTP API is, `host:port`; null where not known',
    (one) => one.address,
  ),
  session: field(text, 'its session at Consul, empty where not known', (one) => one.session),
  node: field(text, 'the Consul node of the session, empty where not known', (one) => one.node),
  alive: field(flag, 'it holds its session', (one) => one.alive),
  ready: field(maybe(flag), 'whether it does what it should; null where not known', (one) => one.ready),
  leader: field(flag, 'it holds the lock', (one) => one.isLeader),
  partitions: field(list(whole), 'partitions it acts on', (one) => one.partitions),
}));

/** The answer of /v1/status/members. */
export const members = record<Members>()('Members', (field) => ({
  group: field(maybe(text), 'name of the group of agents; null for standalone ones', (one) => one.group),
  members: field(list(member), 'this agent first, then the others it knows of', (one) => one.members),
}));

const settingValue = either<SettingStatus['value'], string | number | boolean | readonly string[] | null>(
  [text, number, flag, list(text), { schema: { type: 'null' }, encode: () => null }] as readonly Shape<
    never,
    string | number | boolean | readonly string[] | null
  >[],
  (value) => value ?? null,
);

const setting = record<SettingStatus>()('Setting', (field) => ({
  key: field(text, 'as in a configuration file', (one) => one.key),
  value: field(settingValue, 'secrets are `(redacted)`; null where nothing is set', (one) => one.value),
  from: field(word(['flag', 'file', 'env', 'default']), 'where it comes from', (one) => one.from),
  where: field(text, 'the flag, the variable, or file and line', (one) => one.where),
}));

const servers = record<SelfStatus['servers']>()('Servers', (field) => ({
  nomad: field(
    maybe(text),
    'version of Nomad, the lowest of its servers; null where not known',
    (one) => one.nomad,
  ),
  consul: field(maybe(text), 'version of Consul; null where not known', (one) => one.consul),
}));

/** The answer of /v1/agent/self. */
export const self = record<SelfStatus>()('Agent', (field) => ({
  id: field(text, 'this agent as among the members', (one) => one.id),
  group: field(maybe(text), 'name of its group; null for a standalone agent', (one) => one.group),
  version: field(text, 'version of Replicator', (one) => one.version),
  started_at: field(instant, 'when it was started', (one) => one.startedMs),
  uptime_ms: field(whole, 'how long it runs', (one) => one.uptimeMs),
  servers: field(servers, 'what it talks to', (one) => one.servers),
  off: field(list(text), 'what this agent does not do', (one) => one.off),
  configuration: field(list(setting), 'every option, without secrets', (one) => one.settings),
  restart_needed: field(
    list(text),
    'options changed by a reload that wait for a restart',
    (one) => one.pending,
  ),
}));
