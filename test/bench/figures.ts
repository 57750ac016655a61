import type { Outcome } from './run-scenario.ts';
import type { Scenario } from './scenarios.ts';
import type { ServerCounts } from './simulator-report.ts';

/** One scenario's figures, each interval's share of what was measured. */
export interface Figures {
  readonly scenario: Scenario;
  /** Requests to Nomad an interval: all, those for statistics, all others. */
  readonly nomad: number;
  readonly statistics: number;
  readonly other: number;
  readonly consul: number;
  readonly aws: number;
  readonly bytes: number;
  readonly cpuSeconds: number;
  /** Share of one core. */
  readonly coreShare: number;
  /** CPU per request for statistics, milliseconds; undefined where there was none. */
  readonly cpuPerStatisticMs: number | undefined;
  readonly lateP99Ms: number;
  readonly lateMaxMs: number;
  readonly tookP99Ms: number;
  readonly loopP99Ms: number;
  readonly loopMaxMs: number;
  readonly peakRssMb: number;
  /** Rounds that ended, and that should have. */
  readonly rounds: number;
  readonly roundsDue: number;
  readonly sockets: number;
  readonly startSeconds: number;
  readonly startCpuSeconds: number;
  readonly startRequests: number;
  readonly failures: number;
}

const STATISTICS = 'GET /v1/client/allocation/:id/stats';

/** Scales what was counted to one interval. */
export function figuresOf({ scenario, agent, servers, start }: Outcome): Figures {
  const intervals = agent.seconds / scenario.intervalS;
  const each = (total: number): number => total / intervals;
  const nomad = requestsOf(servers.nomad);
  const statistics = servers.nomad[STATISTICS]?.requests ?? 0;
  const loops = (scenario.scalesGroups ? scenario.groups : 0) + (scenario.poolNodes > 0 ? 1 : 0);
  return {
    scenario,
    nomad: each(nomad),
    statistics: each(statistics),
    other: each(nomad - statistics),
    consul: each(requestsOf(servers.consul)),
    aws: each(requestsOf(servers.aws)),
    bytes: each(bytesOf(servers.nomad) + bytesOf(servers.consul) + bytesOf(servers.aws)),
    cpuSeconds: each(agent.cpuSeconds),
    coreShare: agent.cpuSeconds / agent.seconds,
    cpuPerStatisticMs: statistics > 0 ? (agent.cpuSeconds * 1_000) / statistics : undefined,
    lateP99Ms: agent.lateP99Ms,
    lateMaxMs: agent.lateMaxMs,
    tookP99Ms: agent.tookP99Ms,
    loopP99Ms: agent.loopP99Ms,
    loopMaxMs: agent.loopMaxMs,
    peakRssMb: agent.everRssMb,
    rounds: agent.rounds,
    roundsDue: Math.floor(intervals * loops),
    sockets: servers.nomadSocketsMax,
    startSeconds: start.seconds,
    startCpuSeconds: start.cpuSeconds,
    startRequests: requestsOf(start.servers.nomad),
    failures: agent.failures,
  };
}

/** Requests of all endpoints. */
export function requestsOf(counts: ServerCounts): number {
  return Object.values(counts).reduce((sum, { requests }) => sum + requests, 0);
}

function bytesOf(counts: ServerCounts): number {
  return Object.values(counts).reduce((sum, { bytes }) => sum + bytes, 0);
}

/** Requests that a Go release sends for the same work in one interval of 10 s, by what was recorded of them. */
export function goRequests({ groups, allocations, scalesGroups, poolNodes }: Scenario): number | undefined {
  if (scalesGroups) return groups * (GO_PER_JOB + allocations * GO_PER_ALLOCATION);
  return poolNodes > 0 ? poolNodes + 1 : undefined;
}

/** Job, deployment and allocations from Nomad, the state from Consul. */
const GO_PER_JOB = 4;
/** The allocation and its statistics. */
const GO_PER_ALLOCATION = 2;
