import type { Act, Digest, OperationVersion } from '../digest.ts';
import { type Passage, pathOf, queryOf } from '../passage.ts';
import type { Violation } from '../run-record.ts';

/** No instance is shut down by an agent with work on it, or while its node takes work. Told by the server itself. */
export function checkTerminations({ record }: Digest): Violation[] {
  const byAgents = record.inside.terminations.filter(
    ({ by, node }) => by === 'TerminateInstances' && node !== '',
  );
  return byAgents.flatMap(({ instanceId, pool, node, isEligible, allocations }) => {
    const work = allocations.map(({ jobId, clientStatus }) => `${jobId} (${clientStatus})`).join(', ');
    const faults = [
      ...(allocations.length > 0 ? [`with work on it: ${work}`] : []),
      ...(isEligible ? ['while its node was eligible'] : []),
    ];
    return faults.map((text) => ({
      rule: 'work',
      atMs: record.endedMs,
      text: `pool ${pool}: ${instanceId} (${node}) was terminated ${text}`,
    }));
  });
}

/** The desired capacity is within its bounds, falls by detaching alone, and rises once for each operation. */
export function checkCapacity(digest: Digest): Violation[] {
  const { record } = digest;
  const changes = record.inside.cloud.filter(({ kind }) => kind === 'desired');
  const raises = new Map<string, number>();
  return changes.flatMap(({ group = '', from = 0, to = 0, by }) => {
    const pool = record.pools.find(({ name }) => name === group);
    const faults: string[] = [];
    if (pool && (to < pool.min || to > pool.max)) faults.push('leaves its bounds');
    if (by === 'UpdateAutoScalingGroup' && to < from) faults.push('lets it fall');
    if (by === 'DetachInstances' && to !== from - 1) faults.push('is not one fewer');
    if (by === 'UpdateAutoScalingGroup') {
      const change = `${group} ${from} ${to}`;
      raises.set(change, (raises.get(change) ?? 0) + 1);
      const wanted = operationsFor(digest, { resource: `nodes/${group}`, from, to });
      if ((raises.get(change) ?? 0) > wanted) faults.push(`was asked for by ${wanted} operations`);
    }
    return faults.map((fault) => {
      const text = `pool ${group}: ${by} from ${from} to ${to} ${fault}`;
      return { rule: 'capacity', atMs: record.endedMs, text };
    });
  });
}

function operationsFor(
  { versions }: Digest,
  change: { readonly resource: string; readonly from: number; readonly to: number },
): number {
  const fitting = versions.filter(
    ({ resource, document }) =>
      resource === change.resource && document?.from === change.from && document.to === change.to,
  );
  return new Set(fitting.map(({ id }) => id)).size;
}

/** Before an instance is terminated its node's allocations are read from the leader of the servers. */
export function checkLastLook({ record, acts }: Digest): Violation[] {
  return acts.flatMap(({ mutation, passage, intent, resource }) => {
    const node = intent?.document?.node;
    if (mutation.kind !== 'terminate' || node === undefined || node === '') return [];
    const looked = record.passages.some(
      (one) => isLook(one, passage) && pathOf(one) === `/v1/node/${node}/allocations`,
    );
    if (looked) return [];
    const text = `${resource}: agent ${passage.agent} terminated ${mutation.target} without a look at the work on its node`;
    return [{ rule: 'work', atMs: passage.arrivedMs, text }];
  });
}

/** How old a look may be. */
const LOOK_MS = 12_000;

function isLook(one: Passage, { agent, life, arrivedMs }: Passage): boolean {
  const { server, method, status, deliveredMs = Number.POSITIVE_INFINITY, path } = one;
  const isAnswered = status === 200 && deliveredMs < arrivedMs && arrivedMs - one.arrivedMs < LOOK_MS;
  const isStale = /[?&]stale(?:[&=]|$)/.test(path) && queryOf(one, 'stale') !== 'false';
  return (
    one.agent === agent &&
    one.life === life &&
    server === 'nomad' &&
    method === 'GET' &&
    isAnswered &&
    !isStale
  );
}

/** No pool is made smaller on numbers that the agent has not got: it had read the group just before. */
export function checkPoolMeasured({ record, versions }: Digest): Violation[] {
  const begun = new Set<string>();
  return versions.flatMap(({ id, document, write, resource }) => {
    const isFirst = document !== undefined && !begun.has(id);
    begun.add(id);
    if (!isFirst || document.direction !== 'in' || !resource.startsWith('nodes/')) return [];
    const { passage } = write;
    const read = record.passages.some(
      (one) =>
        one.server === 'aws' &&
        one.agent === passage.agent &&
        one.life === passage.life &&
        one.body.includes('Action=DescribeAutoScalingGroups') &&
        one.status === 200 &&
        (one.deliveredMs ?? Number.POSITIVE_INFINITY) < passage.arrivedMs &&
        passage.arrivedMs - one.arrivedMs < LOOK_MS,
    );
    if (read) return [];
    const text = `${resource}: agent ${passage.agent} began to make it smaller without having read its group`;
    return [{ rule: 'measurement', atMs: passage.arrivedMs, text }];
  });
}

/** What took effect on a pool is known to its operation: the next phase was stored. */
export function checkPoolRecorded({ acts, versions }: Digest): Violation[] {
  const next = { 'set-desired': ['requested', 'launching'], detach: ['detaching', 'terminating'] } as const;
  return acts.flatMap((act) => {
    const kind = act.mutation.kind;
    if ((kind !== 'set-desired' && kind !== 'detach') || act.passage.status !== 200) return [];
    const [phase, later] = next[kind];
    if (act.intent?.document?.phase !== phase) return [];
    const own = versions.filter(({ id }) => id === act.intent?.id);
    if (own.some(({ document }) => document?.phase === later)) return [];
    return [lostFault(act, own)];
  });
}

function lostFault(
  { resource, mutation, passage, intent }: Act,
  own: readonly OperationVersion[],
): Violation {
  const phases = own.map(({ document }) => document?.phase ?? 'gone').join(', ');
  const text = `${resource}: ${mutation.kind} of agent ${passage.agent} took effect, its operation ${intent?.id} went ${phases}`;
  return { rule: 'lost', atMs: passage.arrivedMs, text };
}
