import { keysBelow } from '../../src/domain/keys.ts';
import { decodeAssignment, encodeAssignment } from '../../src/domain/group/assignment-document.ts';
import { Random } from '../../src/simulator/random.ts';
import { type AgentProcess, KEY_ROOT } from './agent-process.ts';
import { isReadOf } from './digest.ts';
import { GROUP } from './group-cast.ts';
import { begin, end, isFree, type Playing, sleep } from './playing.ts';
import type { Act, GroupFaultKind } from './schedule.ts';
import { INTERVAL_S } from './world.ts';

const ASSIGNMENT = keysBelow(KEY_ROOT).assignment(GROUP.name);
const TREE = keysBelow(KEY_ROOT).groupTree(GROUP.name);

/** Performs what only a group can suffer. */
export async function performGroup(playing: Playing, act: Act, kind: GroupFaultKind): Promise<void> {
  switch (kind) {
    case 'two-leaders':
      return twoLeaders(playing, act);
    case 'stale-assignment':
      return staleAssignment(playing, act);
    case 'late-assignment':
      return lateAssignment(playing, act);
    case 'configure':
      return configure(playing, act);
    default:
      return hitInRebalance(playing, act, kind);
  }
}

/** How long a member may take to come or go, until the assignment says so. */
const REBALANCE_LIMIT_MS = 30_000;
const LOOK_MS = 20;

/** The additional member joins, or leaves when it is there; resolves once there is another assignment: true. */
async function rebalance(playing: Playing): Promise<boolean> {
  const before = playing.changing;
  let done = (): void => undefined;
  playing.changing = new Promise((resolve) => {
    done = resolve;
  });
  await before;
  try {
    return await change(playing);
  } finally {
    done();
  }
}

async function change(playing: Playing): Promise<boolean> {
  const { stage, busy } = playing;
  const { spare } = stage;
  if (!spare) return false;
  const index = (): number => stage.keys.current(ASSIGNMENT)?.index ?? 0;
  const endMs = performance.now() + REBALANCE_LIMIT_MS;
  while (busy.has(spare) && performance.now() < endMs) await sleep(LOOK_MS);
  const was = index();
  // The assignment changes while one that leaves is ending: that is what follows is for.
  if (spare.state() === 'gone') spare.start();
  else void leave(playing, spare);
  while (index() === was && performance.now() < endMs) await sleep(LOOK_MS);
  return index() !== was;
}

async function leave({ busy, stops, failed }: Playing, spare: AgentProcess): Promise<void> {
  busy.add(spare);
  const atMs = performance.now();
  try {
    stops.push({ agent: spare.number, atMs, ...(await spare.terminate()) });
  } catch (error) {
    failed.push(`the additional member: ${String(error)}`);
  }
  busy.delete(spare);
}

/** A member of the group that is no additional one, as the act has it. */
async function pickMember(playing: Playing, act: Act): Promise<AgentProcess> {
  const { stage } = playing;
  const endMs = performance.now() + PICK_LIMIT_MS;
  for (;;) {
    const leader = stage.leader();
    const free = stage.agents.filter((agent) => agent !== stage.spare && isFree(playing, agent));
    const others = free.filter((agent) => agent !== leader);
    const other = others[new Random(act.seed).int(0, Math.max(0, others.length - 1))];
    const chosen = act.whom === 'leader' && leader && free.includes(leader) ? leader : (other ?? free[0]);
    if (chosen) return chosen;
    if (performance.now() > endMs) throw new Error(`no member was running within ${PICK_LIMIT_MS} ms`);
    await sleep(LOOK_MS);
  }
}

const PICK_LIMIT_MS = 40_000;

/** While partitions move something happens to a member that gives or takes them. */
async function hitInRebalance(playing: Playing, act: Act, kind: GroupFaultKind): Promise<void> {
  const isMoved = await rebalance(playing);
  const agent = await pickMember(playing, act);
  const note = begin(
    playing,
    kind,
    `member ${agent.number} – ${isMoved ? 'partitions move' : 'nothing moved'}`,
  );
  await sleep(act.afterMs);
  if (kind === 'partition-in-rebalance') await cutOff(playing, act, agent);
  else await hitProcess(playing, act, { kind, agent });
  end(note, isMoved ? 1 : 0);
}

async function cutOff({ cut }: Playing, act: Act, agent: AgentProcess): Promise<void> {
  const { server, refuses, share, holdMs } = act;
  if (server === 'consul') cut.add(agent);
  const partition = agent.links[server].begin({
    kind: 'partition',
    share,
    holdMs,
    refuses,
    afterwards: false,
  });
  await sleep(act.forMs);
  partition.end();
  cut.delete(agent);
}

async function hitProcess(
  { busy, stops }: Playing,
  act: Act,
  { kind, agent }: { readonly kind: GroupFaultKind; readonly agent: AgentProcess },
): Promise<void> {
  if (busy.has(agent) || agent.state() !== 'running') return;
  busy.add(agent);
  if (kind === 'stop-in-rebalance') {
    agent.pause();
    await sleep(act.forMs);
    agent.resume();
  } else {
    const atMs = performance.now();
    if (kind === 'kill-in-rebalance') await agent.kill();
    else stops.push({ agent: agent.number, atMs, ...(await agent.terminate()) });
    await sleep(act.forMs);
    agent.start();
  }
  busy.delete(agent);
}

/**
 * The leader cannot be told that its lock is gone, another takes it, and both find the assignment to be wrong: what
 * the first one writes reaches Consul when it can.
 */
async function twoLeaders(playing: Playing, act: Act): Promise<void> {
  const { stage, operator, cut } = playing;
  const agent = await pickMember(playing, act);
  const session = stage.holder();
  const note = begin(playing, 'two-leaders', `member ${agent.number} goes on leading`);
  cut.add(agent);
  const { share, holdMs } = act;
  // What is on its way is held, and what it begins meanwhile: it believes that it leads.
  const held = agent.links.consul.begin({ kind: 'partition', share, holdMs, afterwards: false });
  try {
    if (act.share < 0.5 && session !== '') await operator.destroySession(session);
    await operator.deleteLock();
    const isOther = (): boolean => ![session, ''].includes(stage.holder());
    for (let passedMs = 0; passedMs < act.forMs && !isOther(); passedMs += LOOK_MS) await sleep(LOOK_MS);
    await rewrite(playing, new Random(act.seed));
    await sleep(500);
    end(note, session !== '' && isOther() ? 1 : 0);
  } finally {
    held.end();
    cut.delete(agent);
  }
}

/** An assignment of before is written back by hand. */
async function staleAssignment(playing: Playing, act: Act): Promise<void> {
  const note = begin(playing, 'stale-assignment', '');
  note.detail = await rewrite(playing, new Random(act.seed));
  end(note, note.detail === '' ? 0 : 1);
}

/** Writes an older assignment; where there is none that differs, one that gives everything to one member. */
async function rewrite({ stage, operator }: Playing, random: Random): Promise<string> {
  const now = decodeAssignment(stage.keys.current(ASSIGNMENT)?.value ?? '');
  if (!now.ok) return '';
  const owners = JSON.stringify(now.value.owners);
  const older = stage.keys.versions
    .filter(({ key }) => key === ASSIGNMENT)
    .flatMap(({ value = '' }) => {
      const reading = decodeAssignment(value);
      return reading.ok && JSON.stringify(reading.value.owners) !== owners
        ? [{ value, ...reading.value }]
        : [];
    });
  const stale = older[random.int(0, Math.max(0, older.length - 1))];
  const one = now.value.owners[0] ?? null;
  const made = encodeAssignment({ owners: now.value.owners.map(() => one), generation: 1 });
  await operator.setKey(ASSIGNMENT, stale?.value ?? made);
  return `generation ${stale?.generation ?? 'made up'} instead of ${now.value.generation}`;
}

/** A member hears of partitions that move late: it holds on to what it has to give, and takes what is not its own any more. */
async function lateAssignment(playing: Playing, act: Act): Promise<void> {
  const agent = await pickMember(playing, act);
  const note = begin(playing, 'late-assignment', `member ${agent.number}`);
  const slow = agent.links.consul.begin({
    kind: 'delay',
    share: 1,
    holdMs: act.holdMs,
    afterwards: false,
    meets: (passage) => isReadOf(passage, TREE, 'tree'),
  });
  try {
    const isMoved = await rebalance(playing);
    await sleep(act.forMs);
    end(note, isMoved ? slow.hits : 0);
  } finally {
    slow.end();
  }
}

/** `replicator configure` with other intervals while an operation is under way; then with the first again. */
async function configure(playing: Playing, act: Act): Promise<void> {
  const { stage, operator } = playing;
  const isBusy = (): boolean => stage.keys.keys(`${KEY_ROOT}/operations/`).length > 0;
  const factor = new Random(act.seed).next() < 0.5 ? 2 : 0.5;
  for (let passedMs = 0; passedMs < OPERATION_LIMIT_MS && !isBusy(); passedMs += LOOK_MS)
    await sleep(LOOK_MS);
  const note = begin(playing, 'configure', `an interval of ${INTERVAL_S * factor} s`);
  await operator.configure(INTERVAL_S * factor);
  const hits = isBusy() ? 1 : 0;
  await sleep(act.forMs);
  await operator.configure(INTERVAL_S);
  end(note, hits);
}

const OPERATION_LIMIT_MS = 10_000;
