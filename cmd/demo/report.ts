import type { Handover } from './group-watch.ts';
import type { Journal } from './journal.ts';
import type { Counts } from './request-counter.ts';
import type { Tally } from './tally.ts';

/** What a demo came to. */
export interface DemoResult {
  readonly scenario: string;
  readonly seed: number;
  readonly speed: number;
  /** By the clock on the wall. */
  readonly durationMs: number;
  readonly journal: Pick<Journal, 'decisions' | 'poolDecisions' | 'errors'>;
  readonly requests: { readonly nomad: Counts; readonly consul: Counts; readonly aws: Counts };
  readonly tally: Tally;
  /** Of the partitions of agents that ended, where they are a group. */
  readonly handovers: readonly Handover[];
}

/** The result as one line of JSON; times are the cluster's, in ISO 8601. */
export function reportJson(result: DemoResult): string {
  const { scenario, seed, speed, journal, requests, tally, handovers } = result;
  return JSON.stringify({
    scenario,
    seed,
    speed,
    durationS: Math.round(result.durationMs / 1000),
    decisions: journal.decisions.map(withIsoTime),
    poolDecisions: journal.poolDecisions.map(withIsoTime),
    errors: journal.errors.map(({ atMs, text }) => ({ at: isoTime(atMs), message: text })),
    requests,
    sessions: tally.sessions,
    fencedTransactions: tally.fencedTransactions,
    scaleRequests: tally.scaleRequests,
    handovers: handovers.map(({ tookMs, ...rest }) => ({ ...rest, tookS: Math.round(tookMs / 100) / 10 })),
  });
}

/** The result in a few lines for people. */
export function reportText(result: DemoResult): string {
  const { decisions, poolDecisions, errors } = result.journal;
  const simulatedMs = result.durationMs * result.speed;
  const groups = new Set(decisions.map(({ group }) => group)).size;
  const { nomad, consul, aws } = result.requests;
  const pools = new Set(poolDecisions.map(({ pool }) => pool)).size;
  return [
    `${result.scenario}: ${describeSpan(simulatedMs)} of the cluster in ${describeSpan(result.durationMs)}`,
    `scaled ${timesOf(decisions)}, ${plural(groups, 'group')}; ${plural(errors.length, 'error')}`,
    ...(sumOf(aws) > 0 ? [`pools began to scale ${timesOf(poolDecisions)}, ${plural(pools, 'pool')}`] : []),
    `Nomad was asked ${plural(sumOf(nomad), 'time')}, ${result.tally.scaleRequests} of them to scale; ` +
      `Consul ${plural(sumOf(consul), 'time')}, ${result.tally.fencedTransactions} of them for a fenced write`,
    ...(sumOf(aws) > 0 ? [describeAws(aws)] : []),
    ...result.handovers.map(describeHandover),
  ].join('\n');
}

function describeHandover({ member, how, partitions, tookMs }: Handover): string {
  const who = `${member} was ${how}`;
  return `${who}: others had its ${plural(partitions, 'partition')} after ${(tookMs / 1000).toFixed(1)} s`;
}

function timesOf(decisions: readonly { readonly direction: 'out' | 'in' }[]): string {
  const count = (of: 'out' | 'in'): number => decisions.filter(({ direction }) => direction === of).length;
  return `out ${plural(count('out'), 'time')} and in ${plural(count('in'), 'time')}`;
}

const AWS_CHANGES = ['UpdateAutoScalingGroup', 'DetachInstances', 'TerminateInstances'];

function describeAws(aws: Counts): string {
  const changes = AWS_CHANGES.map((action) => `${action} ${aws[action] ?? 0}`);
  return `AWS was asked ${plural(sumOf(aws), 'time')}, to change something: ${changes.join(', ')}`;
}

/** `42 s`, `3 min 5 s`, `2 h 4 min`. */
export function describeSpan(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  if (hours > 0) return `${hours} h${minutes > 0 ? ` ${minutes} min` : ''}`;
  if (minutes === 0) return `${seconds} s`;
  return `${minutes} min${seconds % 60 > 0 ? ` ${seconds % 60} s` : ''}`;
}

function withIsoTime<T extends { readonly atMs: number }>({
  atMs,
  ...rest
}: T): Omit<T, 'atMs'> & { at: string } {
  return { at: isoTime(atMs), ...rest };
}

function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}

function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}

function sumOf(counts: Counts): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}
