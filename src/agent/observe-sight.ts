import type { PoolOperation } from '../domain/pool-operation.ts';
import { instancesToRead, nodeToRead, type PoolSight, sightNeeds } from '../domain/pool-sight.ts';
import type { InstanceFacts, PoolGroup } from '../domain/worker-pool.ts';
import type { NodesView } from '../ports/nomad.ts';
import { isPortError } from '../ports/port-error.ts';
import type { PoolContext } from './pool-context.ts';

/** What the look at an operation is made with. */
export interface Looking {
  readonly operation: PoolOperation;
  readonly nodes: NodesView;
  readonly asksOut: boolean;
  readonly failures: number;
  readonly signal: AbortSignal;
}

/** Reads what the operation's next step depends on, and nothing else. Throws PortError: then nothing is done. */
export async function observeSight(context: PoolContext, of: Looking): Promise<PoolSight> {
  const { operation, signal, asksOut, failures } = of;
  const { provider, nomad } = context;
  const needs = sightNeeds(operation);
  const { all: nodes, unread } = of.nodes;
  const group = needs.group ? await readGroup(context, operation, signal) : undefined;
  // What is read and what is concluded from it go by one moment.
  const nowMs = context.clock.now();
  const ids = instancesToRead(operation, group, nowMs);
  const instances = await readInstances(context, operation, { ids, signal });
  const nodeId = nodeToRead(operation, { nodes, instances });
  const [membership, node, work, trouble] = await Promise.all([
    needs.membership.length > 0 ? provider.readMembership(operation.region, needs.membership, signal) : NONE,
    nodeId === '' ? undefined : nomad.readNode(nodeId, signal),
    nodeId === '' || !needs.work ? [] : nomad.readNodeAllocations(nodeId, signal),
    needs.trouble ? provider.readTrouble(operation, signal) : '',
  ]);
  const seen = { group, instances, membership, node, work, nodes, unread };
  return { ...seen, asksOut, failures, trouble, nowMs };
}

const NONE: ReadonlyMap<string, string> = new Map();

async function readInstances(
  context: PoolContext,
  { region }: PoolOperation,
  of: { readonly ids: readonly string[]; readonly signal: AbortSignal },
): Promise<ReadonlyMap<string, InstanceFacts>> {
  if (of.ids.length === 0) return new Map();
  return context.provider.readInstances(region, of.ids, of.signal);
}

/** Undefined when there is no such group any more. */
async function readGroup(
  context: PoolContext,
  operation: PoolOperation,
  signal: AbortSignal,
): Promise<PoolGroup | undefined> {
  try {
    return await context.provider.readGroup(operation, signal);
  } catch (error) {
    if (isPortError(error, 'not-found')) return undefined;
    throw error;
  }
}
