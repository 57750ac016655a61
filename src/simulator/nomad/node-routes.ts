import { asBoolean, asObject, asText, isObject, writeJson } from '../json-text.ts';
import { Refusal } from '../world/refusal.ts';
import { allocationText } from './allocation-json.ts';
import { answerRead, answerWrite, needHexPrefix, needMethod, needUuid, readBody } from './call.ts';
import { nodeStubText, nodeStubWithResourcesText, nodeText } from './node-json.ts';
import { readBoolean } from './query.ts';
import { beginsWith, inTables, listText, ofRow, splitAction } from './rows.ts';
import type { Json } from '../json-text.ts';
import type { FaceResponse } from '../face.ts';
import type { NodeChange } from '../world/nodes.ts';
import type { Node } from '../world/types.ts';
import type { Call, Read, Route } from './call.ts';
import type { Query } from './query.ts';

/** `/v1/nodes` */
export const nodesRoute: Route = (call) => {
  needMethod(call, 'GET');
  return answerRead(call, (query) => listNodes(call, query));
};

function listNodes({ world, rights, lists, request }: Call, query: Query): Read {
  rights.needNode('read');
  needHexPrefix(query.prefix, 'node');
  const withResources = readBoolean(request, 'resources') ?? false;
  const { nodes } = world.store.tables;
  const text = withResources ? nodeStubWithResourcesText : nodeStubText;
  const key = `nodes ${withResources} ${query.prefix}`;
  return {
    index: () => nodes.index,
    isTouchedBy: (change) => change.table === 'nodes' && beginsWith(change.key, query.prefix),
    render: () =>
      lists.get(key, nodes.index, () => {
        const wanted = nodes.all().filter((node) => beginsWith(node.id, query.prefix));
        return listText(wanted.map(text));
      }),
  };
}

/** `/v1/node/:id` and what is below it. */
export const nodeRoute: Route = (call) => {
  const { id, action } = splitAction(call.rest, ['allocations', 'drain', 'eligibility', 'purge']);
  if (action === 'drain') return drain(call, id);
  if (action === 'eligibility') return setEligibility(call, id);
  if (action === 'purge') return purge(call, id);
  needMethod(call, 'GET');
  return answerRead(call, () => (action === '' ? readNode(call, id) : readAllocations(call, id)));
};

function readNode({ world, rights }: Call, id: string): Read {
  rights.needNode('read');
  needUuid(id, 'node');
  const { nodes } = world.store.tables;
  return {
    index: () => nodes.get(id)?.modifyIndex ?? nodes.index,
    isTouchedBy: ofRow('nodes', id),
    render: () => {
      const node = nodes.get(id);
      return node ? nodeText(node) : null;
    },
    missing: 'node not found',
  };
}

function readAllocations({ world, rights }: Call, id: string): Read {
  rights.needNode('read');
  const { allocations } = world.store.tables;
  return {
    index: () => {
      let latest = 0;
      for (const row of allocations.members('node', id)) latest = Math.max(latest, row.modifyIndex);
      return latest || Math.max(1, allocations.index);
    },
    isTouchedBy: inTables('allocations'),
    render: () => {
      const readable = allocations
        .grouped('node', id)
        .filter((row) => rights.allows(row.namespace, 'read-job'));
      return listText(readable.map(allocationText));
    },
  };
}

function needNode({ world }: Call, id: string): Node {
  needUuid(id, 'node');
  const node = world.store.tables.nodes.get(id);
  if (!node) throw new Refusal(500, 'node not found');
  return node;
}

function changeReply(change: NodeChange, nodeModifyIndex: number): FaceResponse {
  const body = {
    EvalCreateIndex: change.evaluationIndex,
    EvalIDs: change.evaluationIds.length === 0 ? null : change.evaluationIds,
    Index: change.index,
    NodeModifyIndex: nodeModifyIndex,
  };
  return answerWrite(change.index, writeJson(body));
}

interface DrainBody {
  readonly spec: { readonly deadlineNs: bigint; readonly ignoreSystemJobs: boolean } | null;
  readonly markEligible: boolean;
}

function drain(call: Call, id: string): FaceResponse {
  needMethod(call, 'PUT', 'POST');
  const order = readDrain(call);
  call.rights.needNode('write');
  const change = call.world.nodes.drain(needNode(call, id), order);
  return changeReply(change, change.index);
}

/** The body, or the query parameter of clients before 0.8. */
function readDrain(call: Call): DrainBody {
  const enable = call.request.query.get('enable') ?? '';
  if (enable !== '') {
    if (!/^(?:1|t|true|0|f|false)$/i.test(enable)) throw new Refusal(400, 'invalid enable value');
    const isOn = /^(?:1|t|true)$/i.test(enable);
    return {
      spec: isOn ? { deadlineNs: -1_000_000_000n, ignoreSystemJobs: false } : null,
      markEligible: !isOn,
    };
  }
  const body = readBody(call);
  const spec = body['DrainSpec'];
  return {
    spec: isObject(spec)
      ? {
          deadlineNs: readDeadline(spec['Deadline'] ?? 0),
          ignoreSystemJobs: asBoolean(asObject(spec)['IgnoreSystemJobs']),
        }
      : null,
    markEligible: asBoolean(body['MarkEligible']),
  };
}

function readDeadline(value: Json): bigint {
  if (typeof value === 'number' || typeof value === 'bigint') return BigInt(value);
  const kind = typeof value === 'boolean' ? 'bool' : typeof value;
  const field = 'DrainSpec.DrainSpec.Deadline of type time.Duration';
  throw new Refusal(400, `json: cannot unmarshal ${kind} into Go struct field ${field}`);
}

function setEligibility(call: Call, id: string): FaceResponse {
  needMethod(call, 'PUT', 'POST');
  const eligibility = asText(readBody(call)['Eligibility']);
  call.rights.needNode('write');
  if (eligibility !== 'eligible' && eligibility !== 'ineligible') {
    throw new Refusal(500, `invalid scheduling eligibility ${JSON.stringify(eligibility)}`);
  }
  const node = needNode(call, id);
  if (node.drain && eligibility === 'eligible') {
    throw new Refusal(500, "can not set node's scheduling eligibility to eligible while it is draining");
  }
  return changeReply(call.world.nodes.setEligible(node, eligibility === 'eligible'), 0);
}

function purge(call: Call, id: string): FaceResponse {
  needMethod(call, 'PUT', 'POST');
  call.rights.needNode('write');
  const node = needNode(call, id);
  call.world.nodes.remove(node.id);
  const { index } = call.world.store;
  return changeReply({ index, evaluationIndex: 0, evaluationIds: [] }, index);
}
