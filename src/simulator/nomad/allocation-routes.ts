import { writeJson } from '../json-text.ts';
import { Refusal } from '../world/refusal.ts';
import { allocationStubText, allocationText } from './allocation-json.ts';
import { answerRead, needHexPrefix, needMethod, needUuid } from './call.ts';
import { readBoolean, readQuery } from './query.ts';
import { jsonReply } from './reply.ts';
import { beginsWith, listText, ofRow } from './rows.ts';
import { statisticsText } from './statistics-json.ts';
import { hostStatistics } from './host-statistics.ts';
import type { FaceResponse } from '../face.ts';
import type { Allocation } from '../world/types.ts';
import type { Call, Read, Route } from './call.ts';
import type { Query } from './query.ts';

const ALL = '*';

/** `/v1/allocations` */
export const allocationsRoute: Route = (call) => {
  needMethod(call, 'GET');
  return answerRead(call, (query) => listAllocations(call, query));
};

function listAllocations({ world, rights, lists, request }: Call, query: Query): Read {
  const isAll = query.namespace === ALL;
  if (!isAll) rights.need(query.namespace, 'read-job');
  needHexPrefix(query.prefix, 'alloc');
  const fields = {
    resources: readBoolean(request, 'resources') ?? false,
    taskStates: readBoolean(request, 'task_states') ?? true,
  };
  const { allocations } = world.store.tables;
  const isWanted = (row: Allocation): boolean =>
    (isAll ? rights.allows(row.namespace, 'read-job') : row.namespace === query.namespace) &&
    beginsWith(row.id, query.prefix);
  const render = (): string =>
    listText(
      allocations
        .all()
        .filter(isWanted)
        .map((row) => allocationStubText(row, fields)),
    );
  const isShared = query.prefix === '' && (!isAll || rights.isUnlimited);
  const key = `allocations ${query.namespace} ${fields.resources} ${fields.taskStates}`;
  return {
    index: () => allocations.index,
    isTouchedBy: (change) => change.table === 'allocations' && beginsWith(change.key, query.prefix),
    render: () => (isShared ? lists.get(key, allocations.index, render) : render()),
  };
}

/** `/v1/allocation/:id` */
export const allocationRoute: Route = (call) => {
  const id = call.rest;
  if (id.includes('/')) throw new Refusal(404, 'resource not found');
  needMethod(call, 'GET');
  return answerRead(call, () => readAllocation(call, id));
};

function readAllocation({ world, rights }: Call, id: string): Read {
  needUuid(id, 'alloc');
  const { allocations } = world.store.tables;
  const row = allocations.get(id);
  if (row && !rights.allows(row.namespace, 'read-job')) throw unknownAllocation(500, id);
  return {
    index: () => allocations.get(id)?.modifyIndex ?? allocations.index,
    isTouchedBy: ofRow('allocations', id),
    render: () => {
      const current = allocations.get(id);
      return current ? allocationText(current) : null;
    },
    missing: 'alloc not found',
  };
}

function unknownAllocation(status: number, id: string): Refusal {
  return new Refusal(status, `Unknown allocation ${JSON.stringify(id)}`);
}

/** `/v1/client/allocation/:id/stats`: asked of the client, through the server. */
export const clientAllocationRoute: Route = async (call) => {
  const [id = '', action, ...more] = call.rest.split('/');
  if (action !== 'stats' || more.length > 0) throw new Refusal(404, 'resource not found');
  readQuery(call.request);
  needUuid(id, 'alloc');
  const { tables } = call.world.store;
  const allocation = tables.allocations.get(id);
  if (!allocation) throw unknownAllocation(404, id);
  call.rights.need(allocation.namespace, 'read-job');
  await reachClient(call, allocation.nodeId);
  return statistics(call, allocation);
};

/** Throws a Refusal when the client is gone; waits for the caller to give up when it hangs. */
async function reachClient({ world, request }: Call, nodeId: string): Promise<void> {
  const node = world.store.tables.nodes.get(nodeId);
  if (!node) throw new Refusal(404, `Unknown node ${nodeId}`);
  const condition = world.clients.condition(nodeId);
  if (condition === 'dead' || node.status === 'down') throw new Refusal(404, 'No path to node');
  if (condition === 'hung') await untilGone(request.signal);
}

function untilGone(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => {
      resolve();
    });
  });
}

async function statistics({ world, request }: Call, allocation: Allocation): Promise<FaceResponse> {
  const node = world.store.tables.nodes.get(allocation.nodeId);
  if (!node) throw new Refusal(404, `Unknown node ${allocation.nodeId}`);
  const fault = world.statistics.faultOf(allocation);
  if (fault === 'error') throw new Refusal(500, 'rpc error: failed to read statistics');
  if (fault === 'hang') await untilGone(request.signal);
  const sample = world.statistics.sample(allocation, node);
  return jsonReply(statisticsText(sample, request.query.get('task') ?? ''));
}

/** `/v1/client/stats?node_id=…`: the host of a client. */
export const clientStatsRoute: Route = async (call) => {
  const id = call.request.query.get('node_id') ?? '';
  if (id === '') throw new Refusal(400, 'No local Node and node_id not provided');
  needUuid(id, 'node');
  call.rights.needNode('read');
  const node = call.world.store.tables.nodes.get(id);
  if (!node) throw new Refusal(404, `Unknown node ${id}`);
  await reachClient(call, id);
  return jsonReply(writeJson(hostStatistics(call.world, node)));
};
