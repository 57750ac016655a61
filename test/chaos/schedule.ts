import { Random } from '../../src/simulator/random.ts';
import { GROUP_FAULT_KINDS, groupAct, placeGroupFaults } from './group-schedule.ts';
import { LINK_FAULT_KINDS, type LinkFaultKind, type ServerName } from './passage.ts';

/** What can happen beside faults of the links. */
export type EventKind =
  | 'stop-and-continue'
  | 'kill'
  | 'terminate'
  | 'consul-restart'
  | 'session-destroyed'
  | 'lock-deleted'
  | 'clock-back'
  | 'clock-forward'
  | 'statistics-lost'
  | 'failsafe'
  | 'failsafe-of-one'
  | 'pause'
  | 'node-drained'
  | 'deploy'
  | 'count-changed';

/** What can happen to a group only. Those in a rebalance: when a member has joined or left, and partitions move. */
export type GroupFaultKind =
  | 'kill-in-rebalance'
  | 'terminate-in-rebalance'
  | 'stop-in-rebalance'
  | 'partition-in-rebalance'
  | 'two-leaders'
  | 'stale-assignment'
  | 'late-assignment'
  | 'configure';

export type FaultKind = LinkFaultKind | EventKind | GroupFaultKind;

/** Every kind of fault that standalone agents have: each seed has each of them. */
export const FAULT_KINDS: readonly FaultKind[] = [
  ...LINK_FAULT_KINDS,
  'stop-and-continue',
  'kill',
  'terminate',
  'consul-restart',
  'session-destroyed',
  'lock-deleted',
  'clock-back',
  'clock-forward',
  'statistics-lost',
  'failsafe',
  'failsafe-of-one',
  'pause',
  'node-drained',
  'deploy',
  'count-changed',
];

/** Every kind that a seed has, of a group or of standalone agents. */
export function faultKindsOf(isGroup: boolean): readonly FaultKind[] {
  return isGroup ? [...FAULT_KINDS, ...GROUP_FAULT_KINDS] : FAULT_KINDS;
}

/** True for what only a group can have. */
export function isGroupFault(kind: FaultKind): kind is GroupFaultKind {
  return GROUP_FAULT_KINDS.some((one) => one === kind);
}

/** When exactly: at once, or when the leader's next intent is stored, or its next mutating request comes or is answered. */
export type Moment = 'now' | 'intent' | 'request' | 'answer';

/** One planned fault. Everything random about it has been drawn. */
export interface Act {
  readonly atMs: number;
  readonly kind: FaultKind;
  readonly whom: 'leader' | 'follower';
  readonly server: ServerName;
  readonly moment: Moment;
  /** How long after that moment, milliseconds. */
  readonly afterMs: number;
  readonly forMs: number;
  /** Share of the requests, of the allocations, …: in (0, 1]. */
  readonly share: number;
  readonly afterwards: boolean;
  readonly refuses: boolean;
  /** Requests that a fault of a link meets. */
  readonly meets: 'all' | 'writes' | 'statistics';
  readonly holdMs: readonly [number, number];
  /** For whatever else has to be drawn when it happens. */
  readonly seed: string;
  /** Several faults that belong together: the leader is cut off in the middle of something. */
  readonly attack?: 'cut-at-intent' | 'flag-behind-back' | 'renewals-lost';
}

export interface SchedulePlan {
  readonly seed: string;
  /** How long faults are about. */
  readonly spanMs: number;
  readonly hasPools: boolean;
  /** The agents are a group. */
  readonly isGroup?: boolean;
}

/** A fault that costs the cluster its leader for a while. */
type Heavy =
  'kill' | 'stop-and-continue' | 'partition' | 'session-destroyed' | 'cut-at-intent' | 'renewals-lost';

/** Milliseconds after which a heavy fault's successor has been at work for a moment. */
const HEAVY_COSTS: Readonly<Record<Heavy, number>> = {
  kill: 46_000,
  'stop-and-continue': 26_000,
  partition: 32_000,
  'session-destroyed': 24_000,
  'cut-at-intent': 32_000,
  'renewals-lost': 16_000,
};

/** Draws what goes wrong, and when: the same seed and span give the same acts. */
export function drawSchedule(plan: SchedulePlan): readonly Act[] {
  const random = new Random(`${plan.seed}/schedule`);
  const heavy = placeHeavy(random, plan.spanMs);
  const acts: Act[] = heavy.map(({ atMs, kind }) => heavyAct(plan, random, { atMs, kind }));
  const fitting = Math.floor(plan.spanMs / 2_500);
  const kinds: FaultKind[] = [...FAULT_KINDS];
  while (kinds.length < fitting) {
    kinds.push(FAULT_KINDS[random.int(0, FAULT_KINDS.length - 1)] ?? 'delay');
  }
  const slotMs = (plan.spanMs - 4_000) / kinds.length;
  for (const [at, kind] of random.shuffled(kinds).entries()) {
    const atMs = Math.round(1_000 + (at + random.next() * 0.8) * slotMs);
    acts.push(lightAct(plan, random, { atMs, kind }));
  }
  acts.push({
    ...lightAct(plan, random, { atMs: random.int(7_000, 9_000), kind: 'failsafe' }),
    attack: 'flag-behind-back',
    whom: 'leader',
  });
  if (plan.isGroup === true) acts.push(...groupActs(plan));
  return acts.toSorted((one, other) => one.atMs - other.atMs);
}

/** Drawn for themselves: what else a seed has is the same with and without them. */
function groupActs(plan: SchedulePlan): readonly Act[] {
  const random = new Random(`${plan.seed}/group`);
  return placeGroupFaults(random, plan.spanMs).map((of) => ({
    ...base(plan, random, of),
    ...groupAct(of.kind, random),
  }));
}

/** Below this span there is time for one heavy fault only, and everything is over sooner. */
const SHORT_SPAN_MS = 45_000;
const SHORTER = 0.6;

/** Two that every seed has, and as many others as leave time in between. */
function placeHeavy(
  random: Random,
  spanMs: number,
): readonly { readonly atMs: number; readonly kind: Heavy }[] {
  const kinds: readonly Heavy[] = [
    ...random.shuffled<Heavy>(['cut-at-intent', 'renewals-lost']),
    ...random.shuffled<Heavy>(['kill', 'stop-and-continue', 'partition', 'session-destroyed']),
  ];
  if (spanMs < SHORT_SPAN_MS) return [{ atMs: random.int(9_000, 11_000), kind: 'renewals-lost' }];
  const placed: { atMs: number; kind: Heavy }[] = [];
  let atMs = random.int(17_000, 20_000);
  for (const kind of kinds) {
    if (placed.length > 1 && atMs + HEAVY_COSTS[kind] > spanMs + 25_000) continue;
    placed.push({ atMs, kind });
    atMs += HEAVY_COSTS[kind] + random.int(8_000, 14_000);
  }
  return placed;
}

function base(
  plan: SchedulePlan,
  random: Random,
  of: { readonly atMs: number; readonly kind: FaultKind },
): Act {
  const servers: readonly ServerName[] = plan.hasPools ? ['nomad', 'consul', 'aws'] : ['nomad', 'consul'];
  return {
    ...of,
    whom: random.next() < 0.65 ? 'leader' : 'follower',
    server: servers[random.int(0, servers.length - 1)] ?? 'nomad',
    moment: 'now',
    afterMs: 0,
    forMs: random.int(2_500, 6_000),
    share: 0.2 + 0.6 * random.next(),
    afterwards: random.next() < 0.5,
    refuses: random.next() < 0.4,
    meets: random.next() < 0.25 ? 'writes' : 'all',
    holdMs: [300, 2_500],
    seed: `${plan.seed}/${of.atMs}/${of.kind}`,
  };
}

const KIND_OF: Readonly<Record<Heavy, FaultKind>> = {
  kill: 'kill',
  'stop-and-continue': 'stop-and-continue',
  partition: 'partition',
  'session-destroyed': 'session-destroyed',
  'cut-at-intent': 'partition',
  'renewals-lost': 'drop',
};

function heavyAct(
  plan: SchedulePlan,
  random: Random,
  of: { readonly atMs: number; readonly kind: Heavy },
): Act {
  const kind = KIND_OF[of.kind];
  const drawn = { ...base(plan, random, { atMs: of.atMs, kind }), whom: 'leader' as const };
  const moments: readonly Moment[] = ['intent', 'request', 'answer'];
  const moment = moments[random.int(0, 2)] ?? 'intent';
  const afterMs = random.int(0, 60);
  switch (of.kind) {
    case 'kill':
      return { ...drawn, moment, afterMs, forMs: random.int(500, 4_000) };
    case 'stop-and-continue':
      return { ...drawn, moment, afterMs, forMs: random.next() < 0.5 ? random.int(11_000, 16_000) : 34_000 };
    case 'partition':
      return { ...drawn, server: 'consul', moment, afterMs, forMs: random.int(12_000, 28_000) };
    case 'session-destroyed':
      return { ...drawn, moment, afterMs };
    case 'renewals-lost':
      return { ...drawn, server: 'consul', attack: 'renewals-lost', forMs: random.int(10_500, 12_000) };
    case 'cut-at-intent':
      return {
        ...drawn,
        server: 'consul',
        attack: 'cut-at-intent',
        moment: 'intent',
        refuses: random.next() < 0.3,
        forMs: random.int(14_000, 22_000),
        holdMs: [2_300, 3_200],
        share: random.next(),
      };
  }
}

interface Drawing {
  readonly plan: SchedulePlan;
  readonly random: Random;
  readonly drawn: Act;
}

/** What of an act depends on its kind, where it costs the cluster its leader for a moment at the most. */
const LIGHT: Partial<Record<FaultKind, (of: Drawing) => Partial<Act>>> = {
  late: ({ plan, random }) => ({
    meets: 'writes',
    share: 0.7,
    whom: 'leader',
    holdMs: [5_500, 10_000],
    server: lateServer(plan, random),
  }),
  partition: ({ random, drawn }) => ({
    forMs: drawn.server === 'consul' ? random.int(1_500, 4_500) : random.int(2_500, 8_000),
  }),
  'stop-and-continue': ({ random, drawn }) => ({
    moment: drawn.whom === 'leader' ? 'request' : 'now',
    forMs: random.int(1_500, 6_000),
  }),
  kill: ({ random }) => ({ whom: 'follower', forMs: random.int(500, 4_000) }),
  'session-destroyed': () => ({ whom: 'follower' }),
  terminate: ({ random }) => ({
    moment: random.next() < 0.5 ? 'request' : 'now',
    forMs: random.int(300, 3_000),
  }),
  'half-open': () => ({ holdMs: [800, 4_000] }),
  'slow-body': () => ({ holdMs: [800, 4_000] }),
  'clock-back': ({ random }) => ({ forMs: random.int(5_000, 15_000) }),
  'clock-forward': ({ random }) => ({ forMs: random.int(5_000, 15_000) }),
  'statistics-lost': ({ random }) => ({ forMs: random.int(6_000, 14_000) }),
  failsafe: ({ random }) => flagTimes(random),
  pause: ({ random }) => flagTimes(random),
};

function flagTimes(random: Random): Partial<Act> {
  return { moment: random.next() < 0.5 ? 'intent' : 'now', forMs: random.int(2_000, 5_000) };
}

function lightAct(
  plan: SchedulePlan,
  random: Random,
  of: { readonly atMs: number; readonly kind: FaultKind },
): Act {
  const drawn = base(plan, random, of);
  const act = { ...drawn, ...LIGHT[of.kind]?.({ plan, random, drawn }) };
  return plan.spanMs < SHORT_SPAN_MS ? { ...act, forMs: Math.round(act.forMs * SHORTER) } : act;
}

/** In a short span nothing but a count is sure to be asked for in time. */
function lateServer({ hasPools, spanMs }: SchedulePlan, random: Random): ServerName {
  const drawn = random.next();
  if (spanMs < SHORT_SPAN_MS) return 'nomad';
  if (drawn < 0.25) return 'consul';
  return hasPools && drawn < 0.7 ? 'aws' : 'nomad';
}

/** One line for people: `+12.3 s partition of the leader from consul at its next intent, for 14.0 s`. */
export function describeAct(act: Act): string {
  const isLink = LINK_FAULT_KINDS.some((kind) => kind === act.kind);
  const parts = [
    `+${seconds(act.atMs)}`,
    act.attack ?? act.kind,
    act.whom,
    ...(isLink ? [act.server, act.meets, `${Math.round(act.share * 100)} %`] : []),
    ...(act.afterwards && isLink ? ['afterwards'] : []),
    ...(act.refuses && act.kind === 'partition' ? ['refusing'] : []),
    ...(act.moment === 'now' ? [] : [`at the next ${act.moment} + ${act.afterMs} ms`]),
    `for ${seconds(act.forMs)}`,
  ];
  return parts.join(' · ');
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
