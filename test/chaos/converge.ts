import { KEY_ROOT } from './agent-process.ts';
import { groupFaults } from './group-rest.ts';
import type { Operator } from './operator.ts';
import type { PoolState } from './run-record.ts';
import type { Stage } from './stage.ts';
import { INTERVAL_S, isAtRest } from './world.ts';

/** How it ended once everything was well again. */
export interface Convergence {
  readonly tookMs: number;
  /** What was not as it should be at the end of the time; empty: converged. */
  readonly unsettled: readonly string[];
}

/** All has to be as it should be for so long. */
const STEADY_MS = 5_000;

/** Lifts every flag, sets loads that stand still, and waits until everything is as the rules want it. */
export async function converge(stage: Stage, operator: Operator, limitMs: number): Promise<Convergence> {
  const beganMs = performance.now();
  await operator.setStatisticsFault(null);
  await operator.undrainNodes();
  await operator.setFlag('failsafe', false);
  await operator.setFlag('paused', false);
  await operator.configure(INTERVAL_S);
  await operator.setLoads('rest');
  for (const pool of stage.pools) await operator.press(pool, pool.pressure.rest);
  let steadySinceMs = Number.NaN;
  for (;;) {
    for (const resource of operator.inFailsafe()) await operator.setFailsafeOf(resource, false);
    const unsettled = await lookAround(stage, operator);
    const nowMs = performance.now();
    if (unsettled.length > 0) steadySinceMs = Number.NaN;
    else if (Number.isNaN(steadySinceMs)) steadySinceMs = nowMs;
    if (nowMs - steadySinceMs >= STEADY_MS) return { tookMs: steadySinceMs - beganMs, unsettled: [] };
    if (nowMs - beganMs > limitMs) return { tookMs: nowMs - beganMs, unsettled };
    await new Promise((resolve) => {
      setTimeout(resolve, 250);
    });
  }
}

async function lookAround(stage: Stage, operator: Operator): Promise<string[]> {
  const faults: string[] = [];
  if (!stage.leader()) faults.push('nobody leads');
  if (stage.group) faults.push(...groupFaults(stage, stage.group));
  for (const { number, state } of stage.agents.map((agent) => ({
    number: agent.number,
    state: agent.state(),
  }))) {
    if (state !== 'running' && number !== stage.spare?.number) faults.push(`agent ${number} is ${state}`);
  }
  const operations = stage.keys.keys(`${KEY_ROOT}/operations/`).filter(({ value }) => value !== undefined);
  for (const { key } of operations) faults.push(`${key} is under way`);
  for (const job of stage.jobs) {
    const count = await operator.count(job);
    if (!isAtRest(job, count)) faults.push(`${job.id}: a count of ${count} under ${job.restMhz} MHz`);
  }
  const pools = (await operator.inside('pools')) as readonly PoolState[];
  return [...faults, ...pools.flatMap((pool) => poolFaults(pool))];
}

/** Desired = members = ready nodes; nothing runs that is no member; nobody is left drained. */
function poolFaults({ name, min, max, desired, instances }: PoolState): string[] {
  const members = instances.filter(({ lifecycle }) => lifecycle !== '');
  const ready = members.filter(({ node }) => node?.status === 'ready' && node.eligible && !node.draining);
  const strays = instances.filter(({ lifecycle, state }) => lifecycle === '' && state === 'running');
  const faults: string[] = [];
  if (members.length !== desired || ready.length !== desired) {
    faults.push(`pool ${name}: desired ${desired}, ${members.length} members, ${ready.length} ready nodes`);
  }
  if (strays.length > 0)
    faults.push(`pool ${name}: ${strays.map(({ id }) => id).join(', ')} run and are no members`);
  if (desired < min || desired > max) faults.push(`pool ${name}: desired ${desired} of ${min} to ${max}`);
  return faults;
}
