import { Random } from '../../src/simulator/random.ts';
import type { AgentProcess } from './agent-process.ts';
import { KEY_ROOT } from './agent-process.ts';
import type { LinkFault } from './link-fault.ts';
import type { Operator } from './operator.ts';
import { isMutating, LINK_FAULT_KINDS, type LinkFaultKind, type Passage, pathOf } from './passage.ts';
import { groupOfKind, readMutation } from './requests.ts';
import { performGroup } from './perform-group.ts';
import { begin, end, type Injected, isFree, type Playing, sleep } from './playing.ts';
import { type Act, type FaultKind, faultKindsOf, isGroupFault } from './schedule.ts';
import type { Stage } from './stage.ts';
import { type ChaosPool, pathOfJob } from './world.ts';
import { readWrite } from './writes.ts';

/** What performing left behind. */
export interface Performance {
  readonly injected: readonly Injected[];
  /** Agents told to stop: how it went. */
  readonly stops: readonly {
    readonly agent: number;
    readonly atMs: number;
    readonly code: number | null;
    readonly tookMs: number;
  }[];
  /** Acts that could not be performed, and why: a fault of the suite. */
  readonly failed: readonly string[];
}

const MOMENT_LIMIT_MS = 8_000;

/** A fault of a link that has met nothing stays so much longer at the most. */
const HIT_LIMIT_MS = 10_000;

/** How often what has met nothing is tried again. */
const ENCORES = 3;

/** Performs the acts at their times, and once more what has met nothing; resolves when the last of them is over. */
export async function performSchedule(
  stage: Stage,
  operator: Operator,
  acts: readonly Act[],
): Promise<Performance> {
  const playing: Playing = {
    stage,
    operator,
    injected: [],
    stops: [],
    busy: new Set(),
    cut: new Set(),
    failed: [],
    restarting: Promise.resolve(),
    changing: Promise.resolve(),
  };
  await untilAllAreUp(stage);
  const stopPressing = pressOnPools(playing);
  await performAll(playing, acts);
  for (let left = ENCORES; left > 0; left -= 1) {
    const missing = faultKindsOf(stage.group !== undefined).filter(
      (kind) => !playing.injected.some((one) => one.kind === kind && one.hits > 0),
    );
    if (missing.length === 0) break;
    const again = missing
      .map((kind) => acts.find((act) => act.kind === kind))
      .filter((act) => act !== undefined);
    await performAll(
      playing,
      again.map((act) => ({ ...act, atMs: 0, whom: 'leader', server: 'nomad', share: 1, moment: 'now' })),
    );
  }
  const endMs = performance.now() + OVERTIME_MS;
  while (performance.now() < endMs && !isEnough(playing)) await sleep(500);
  await stopPressing();
  return playing;
}

/** Faults before anybody is there would meet nothing. */
async function untilAllAreUp(stage: Stage): Promise<void> {
  const endMs = performance.now() + UP_LIMIT_MS;
  const isUp = (): boolean =>
    stage.leader() !== undefined &&
    stage.agents.every((agent) => agent === stage.spare || stage.sessionOf(agent) !== '');
  while (!isUp()) {
    if (performance.now() > endMs) throw new Error(`the agents were not up within ${UP_LIMIT_MS} ms`);
    await sleep(50);
  }
}

const UP_LIMIT_MS = 120_000;

/** How much longer the pools are pressed upon where too little has happened: on a busy machine. */
const OVERTIME_MS = 60_000;

/** Fewer mutating requests, of fewer kinds, prove nothing. */
export const ENOUGH = { requests: 20, kinds: 4 };

function isEnough({ stage }: Playing): boolean {
  const links = stage.agents.flatMap((agent) => [agent.links.nomad, agent.links.aws]);
  const kinds = links
    .flatMap(({ log }) => log)
    .map((passage) => readMutation(passage))
    .map((mutation) => mutation && groupOfKind(mutation.kind))
    .filter((group) => group !== undefined);
  return kinds.length >= ENOUGH.requests && new Set(kinds).size >= ENOUGH.kinds;
}

async function performAll(playing: Playing, acts: readonly Act[]): Promise<void> {
  const beganMs = performance.now();
  await Promise.all(
    acts.map(async (act) => {
      await sleep(act.atMs - (performance.now() - beganMs));
      try {
        await perform(playing, act);
      } catch (error) {
        playing.failed.push(`${act.kind}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }),
  );
}

/** The jobs that press on the pools swing between their counts, so that pools have something to do. */
function pressOnPools({ stage, operator, failed }: Playing): () => Promise<void> {
  const ending = new AbortController();
  const { signal } = ending;
  const swinging = stage.pools.map(async (pool) => {
    const { low, high } = pool.pressure;
    for (let swing = 0; !signal.aborted; swing += 1) {
      try {
        await operator.press(pool, swing % 2 === 0 ? high : low);
      } catch (error) {
        failed.push(`pressing on ${pool.name}: ${error instanceof Error ? error.message : String(error)}`);
      }
      await untilIdle(stage, pool, signal);
    }
  });
  return async () => {
    ending.abort();
    await Promise.all(swinging);
  };
}

/** A pool that a leader has left alone for so long has done what it was pressed to do. */
const IDLE_MS = 4_000;
const SWING_LIMIT_MS = 25_000;

async function untilIdle(stage: Stage, { name }: ChaosPool, signal: AbortSignal): Promise<void> {
  const key = `${KEY_ROOT}/operations/nodes/${name}`;
  let idleMs = 0;
  for (let passedMs = 0; passedMs < SWING_LIMIT_MS && idleMs < IDLE_MS && !signal.aborted; passedMs += 100) {
    await sleep(100);
    const isIdle = stage.leader()?.state() === 'running' && stage.keys.current(key) === undefined;
    idleMs = isIdle ? idleMs + 100 : 0;
  }
}

async function perform(playing: Playing, act: Act): Promise<void> {
  if (isGroupFault(act.kind)) return performGroup(playing, act, act.kind);
  const agent = await pick(playing, act);
  if (act.attack === 'cut-at-intent') return cutAtIntent(playing, act, agent);
  if (act.attack === 'flag-behind-back') return flagBehindBack(playing, act, agent);
  if (act.attack === 'renewals-lost') return loseRenewals(playing, act, agent);
  await momentOf(playing.stage, act, agent);
  if (isLinkFault(act.kind)) return disturbLink(playing, act, { agent, kind: act.kind });
  switch (act.kind) {
    case 'stop-and-continue':
    case 'kill':
    case 'terminate':
      return disturbProcess(playing, act, isFree(playing, agent) ? agent : await pick(playing, act));
    case 'clock-back':
    case 'clock-forward':
      return setClock(playing, act, agent);
    case 'consul-restart':
    case 'session-destroyed':
    case 'lock-deleted':
      return disturbConsul(playing, act, agent);
    default:
      return operate(playing, act);
  }
}

function isLinkFault(kind: FaultKind): kind is LinkFaultKind {
  return LINK_FAULT_KINDS.some((one) => one === kind);
}

/** A running agent: the leader or another as the act has it, waited for a while; then any. */
async function pick(playing: Playing, act: Act): Promise<AgentProcess> {
  const { stage } = playing;
  const free = (agent: AgentProcess | undefined): agent is AgentProcess => isFree(playing, agent);
  for (let waitedMs = 0; waitedMs < PICK_LIMIT_MS; waitedMs += 100) {
    const leader = stage.leader();
    const others = stage.agents.filter((agent) => free(agent) && agent !== leader);
    const chosen = act.whom === 'leader' ? leader : others[new Random(act.seed).int(0, others.length - 1)];
    if (free(chosen)) return chosen;
    const any = stage.agents.find(free);
    if (any && waitedMs > PICK_MS) return any;
    await sleep(100);
  }
  throw new Error(`no agent was running within ${PICK_LIMIT_MS} ms`);
}

/** How long the one that is meant is waited for, and how long any. */
const PICK_MS = 8_000;
const PICK_LIMIT_MS = 30_000;

/** Waits for the act's moment in the work of that agent; not for ever. */
async function momentOf(stage: Stage, act: Act, agent: AgentProcess): Promise<void> {
  if (act.moment !== 'now') {
    await new Promise<void>((resolve) => {
      const finish = (): void => {
        clearTimeout(timer);
        stop();
        resolve();
      };
      const timer = setTimeout(finish, MOMENT_LIMIT_MS);
      const stop = stage.hear((what, passage) => {
        if (passage.agent === agent.number && isMoment(act, what, passage)) finish();
      });
    });
  }
  if (act.afterMs > 0) await sleep(act.afterMs);
}

function isMoment(act: Act, what: 'arrived' | 'answered', passage: Passage): boolean {
  if (act.moment === 'intent') return what === 'answered' && isIntent(passage, act);
  const wanted = act.moment === 'request' ? 'arrived' : 'answered';
  return what === wanted && passage.server !== 'consul' && readMutation(passage) !== undefined;
}

/** The beginning of an operation has been stored; a group's only, where what follows is to be slow. */
function isIntent(passage: Passage, { attack }: Act): boolean {
  if (pathOf(passage) !== '/v1/txn' || passage.status !== 200) return false;
  const prefix = `${KEY_ROOT}/operations/${attack === 'cut-at-intent' ? 'jobs' : ''}`;
  const changes = readWrite(passage)?.changes ?? [];
  return changes.some(
    ({ key, value }) => key.startsWith(prefix) && /"phase":"(?:requested|draining)"/.test(value ?? ''),
  );
}

async function disturbLink(
  playing: Playing,
  act: Act,
  { agent, kind }: { readonly agent: AgentProcess; readonly kind: LinkFaultKind },
): Promise<void> {
  const { share, holdMs, afterwards, refuses } = act;
  const meets = (passage: Passage): boolean => act.meets === 'all' || isMutating(passage);
  const fault: LinkFault = { kind, share, holdMs, afterwards, refuses, meets };
  const note = begin(playing, kind, `agent ${agent.number} – ${act.server}`);
  if (kind === 'partition' && act.server === 'consul') playing.cut.add(agent);
  const active = agent.links[act.server].begin(fault);
  await sleep(act.forMs);
  for (let leftMs = HIT_LIMIT_MS; active.hits === 0 && leftMs > 0; leftMs -= 100) await sleep(100);
  active.end();
  playing.cut.delete(agent);
  end(note, active.hits);
}

async function disturbProcess(playing: Playing, act: Act, agent: AgentProcess): Promise<void> {
  const note = begin(playing, act.kind, `agent ${agent.number}`);
  playing.busy.add(agent);
  if (act.kind === 'stop-and-continue') {
    agent.pause();
    await sleep(act.forMs);
    agent.resume();
  } else {
    const atMs = performance.now();
    if (act.kind === 'kill') await agent.kill();
    else playing.stops.push({ agent: agent.number, atMs, ...(await agent.terminate()) });
    await sleep(act.forMs);
    agent.start();
  }
  playing.busy.delete(agent);
  end(note);
}

async function setClock(playing: Playing, act: Act, agent: AgentProcess): Promise<void> {
  const random = new Random(act.seed);
  const size = random.next() < 0.5 ? random.int(1_000, 20_000) : random.int(60_000, 900_000);
  const aheadMs = act.kind === 'clock-back' ? -size : size;
  const note = begin(playing, act.kind, `agent ${agent.number} by ${aheadMs} ms`);
  agent.setClockAhead(aheadMs);
  await sleep(act.forMs);
  agent.setClockAhead(0);
  end(note);
}

async function disturbConsul(playing: Playing, act: Act, agent: AgentProcess): Promise<void> {
  const { stage, operator } = playing;
  if (act.kind === 'consul-restart') {
    const isKilled = new Random(act.seed).next() < 0.5;
    const note = begin(playing, act.kind, isKilled ? 'killed' : 'told to stop');
    // One after the other: two at once would fight for its ports.
    playing.restarting = playing.restarting.then(() => restartConsul(stage, isKilled));
    await playing.restarting;
    return end(note);
  }
  if (act.kind === 'session-destroyed') {
    const session = act.whom === 'leader' ? stage.holder() : stage.sessionOf(agent);
    const note = begin(
      playing,
      act.kind,
      act.whom === 'leader' ? 'of the leader' : `of agent ${agent.number}`,
    );
    if (session === '') return end(note, 0);
    await operator.destroySession(session);
    return end(note);
  }
  // A deleted lock is free at once, without any delay: a holder that cannot be told must not be there.
  for (;;) {
    const leader = stage.leader();
    if (!leader || (!playing.cut.has(leader) && leader.state() !== 'stopped')) break;
    await sleep(100);
  }
  const note = begin(playing, act.kind, '');
  await operator.deleteLock();
  end(note);
}

async function restartConsul({ consul }: Stage, isKilled: boolean): Promise<void> {
  if (isKilled) await consul.kill();
  await consul.restart();
}

async function operate(playing: Playing, act: Act): Promise<void> {
  const { stage, operator } = playing;
  const random = new Random(act.seed);
  const job = stage.jobs[random.int(0, stage.jobs.length - 1)];
  if (!job) return;
  switch (act.kind) {
    case 'statistics-lost':
      return loseStatistics(playing, act, random);
    case 'failsafe':
    case 'pause': {
      const note = begin(playing, act.kind, '');
      await operator.setFlag(act.kind === 'pause' ? 'paused' : 'failsafe', true);
      await sleep(act.forMs);
      await operator.setFlag(act.kind === 'pause' ? 'paused' : 'failsafe', false);
      return end(note);
    }
    case 'failsafe-of-one':
      return freezeOne(playing, act, random);
    case 'node-drained': {
      const note = begin(playing, act.kind, '');
      note.detail = (await operator.drainNode(random)) ?? 'none was eligible';
      await sleep(act.forMs);
      await operator.undrainNodes();
      return end(note);
    }
    case 'deploy': {
      const note = begin(playing, act.kind, job.id);
      await operator.deploy(job);
      return end(note);
    }
    case 'count-changed': {
      const note = begin(playing, act.kind, job.id);
      await operator.changeCount(job, random.int(Math.max(1, job.min), job.max));
      return end(note);
    }
    default:
      throw new Error(`nobody knows how to perform ${act.kind}`);
  }
}

async function loseStatistics(playing: Playing, act: Act, random: Random): Promise<void> {
  const { stage, operator } = playing;
  const modes = ['error', 'hang', 'stale'] as const;
  const mode = modes[random.int(0, 2)] ?? 'error';
  const jobs = stage.jobs.filter(() => random.next() < 0.7).map(({ id }) => id);
  const note = begin(playing, act.kind, `${mode} of ${jobs.length} jobs`);
  await operator.setStatisticsFault({ mode, jobs, ...(random.next() < 0.4 && { fraction: act.share }) });
  await sleep(act.forMs);
  await operator.setStatisticsFault(null);
  end(note, jobs.length);
}

/** A resource that has a state already, so that there is something to set. */
async function freezeOne(playing: Playing, act: Act, random: Random): Promise<void> {
  const { stage, operator } = playing;
  const note = begin(playing, act.kind, '');
  const pools = stage.pools.map(({ name }) => `nodes/${name}`);
  for (const resource of random.shuffled([...stage.jobs.map((job) => pathOfJob(job)), ...pools, ...pools])) {
    if (!(await operator.setFailsafeOf(resource, true))) continue;
    note.detail = resource;
    await sleep(act.forMs);
    await operator.setFailsafeOf(resource, false);
    return end(note);
  }
  end(note, 0);
}

/** Between an intent and its call: reads get slow, Consul is out of reach, and perhaps the session is destroyed. */
async function cutAtIntent(playing: Playing, act: Act, agent: AgentProcess): Promise<void> {
  await momentOf(playing.stage, { ...act, afterMs: 0 }, agent);
  const slow: LinkFault = {
    kind: 'delay',
    share: 1,
    holdMs: act.holdMs,
    afterwards: false,
    meets: (passage) => !isMutating(passage) && !passage.path.includes('/stats'),
  };
  const slowed = [agent.links.nomad.begin(slow), agent.links.aws.begin(slow)];
  const delays = begin(playing, 'delay', `agent ${agent.number}, all reads`);
  await sleep(20 + act.afterMs);
  const session = playing.stage.holder();
  const note = begin(playing, 'partition', `agent ${agent.number} – consul, in the middle of an operation`);
  playing.cut.add(agent);
  const partition = agent.links.consul.begin({ ...slow, kind: 'partition', refuses: act.refuses });
  if (act.share < 0.6 && session !== '') {
    const destroyed = begin(playing, 'session-destroyed', 'of the leader, behind its back');
    await playing.operator.destroySession(session);
    end(destroyed);
  }
  await sleep(10_000);
  for (const one of slowed) one.end();
  end(
    delays,
    slowed.reduce((sum, one) => sum + one.hits, 0),
  );
  await sleep(act.forMs - 10_000);
  partition.end();
  playing.cut.delete(agent);
  end(note, partition.hits);
}

/** Everything passes but the renewals: the lease runs out while the leader is at work. */
async function loseRenewals(playing: Playing, act: Act, agent: AgentProcess): Promise<void> {
  const note = begin(playing, 'drop', `agent ${agent.number}, renewals`);
  const fault = agent.links.consul.begin({
    kind: 'drop',
    share: 1,
    holdMs: [0, 0],
    afterwards: act.afterwards,
    meets: (passage) => passage.path.startsWith('/v1/session/renew/'),
  });
  await sleep(act.forMs);
  fault.end();
  end(note, fault.hits);
}

/** The leader hears of the flag late: only the fence can refuse its next intent. */
async function flagBehindBack(playing: Playing, act: Act, agent: AgentProcess): Promise<void> {
  const slow = agent.links.consul.begin({
    kind: 'delay',
    share: 1,
    holdMs: [2_500, 3_500],
    afterwards: false,
    meets: (passage) => passage.path.includes('recurse'),
  });
  const delays = begin(playing, 'delay', `agent ${agent.number}, reads of the keys`);
  const note = begin(playing, 'failsafe', 'behind the back of the leader');
  await playing.operator.setFlag('failsafe', true);
  await sleep(act.forMs);
  slow.end();
  await playing.operator.setFlag('failsafe', false);
  end(delays, slow.hits);
  end(note);
}
