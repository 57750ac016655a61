import type { NodeFacts } from '../../domain/node.ts';
import type { AllocationFacts } from '../../domain/snapshot.ts';
import { isPortError } from '../../ports/port-error.ts';
import type { WritePermit } from '../../ports/write-permit.ts';
import { needList, parseAnswer } from './json.ts';
import type { Question, Reader } from './reader.ts';
import { readWholeAllocation } from './wire-allocation.ts';
import { readNodeFacts } from './wire-node.ts';
import type { Writer } from './writer.ts';

/** A question for a node as the leader has it, or for what it has at `below`. */
export function nodeQuestion(nodeId: string, below = ''): Question {
  return {
    doing: `read node ${nodeId}`,
    permission: 'node:read',
    path: `${nodePath(nodeId)}${below}`,
    query: {},
    stale: false,
  };
}

/** As Nomad.readNode. */
export async function readNode(
  reader: Reader,
  nodeId: string,
  signal: AbortSignal,
): Promise<NodeFacts | undefined> {
  const question = nodeQuestion(nodeId);
  try {
    const { text } = await reader.ask(question, signal);
    return parseAnswer(text, { ...question, mutating: false }, readNodeFacts);
  } catch (error) {
    if (isPortError(error, 'not-found')) return undefined;
    throw error;
  }
}

/** As Nomad.readNodeAllocations. */
export async function readNodeAllocations(
  reader: Reader,
  nodeId: string,
  signal: AbortSignal,
): Promise<readonly AllocationFacts[]> {
  const question = {
    ...nodeQuestion(nodeId, '/allocations'),
    doing: `read allocations of node ${nodeId}`,
  };
  const { text } = await reader.ask(question, signal);
  return parseAnswer(text, { ...question, mutating: false }, (value) =>
    needList(value, 'the answer').map(readWholeAllocation),
  );
}

/**
 * As Nomad.drain. System jobs stay until the instance goes: logs and metrics are shipped, volumes unmounted
 * until the last service has left, and an undo need not start them again. Nomad ends such a drain all the same.
 */
export async function drainNode(writer: Writer, nodeId: string, permit: WritePermit): Promise<void> {
  const body = { DrainSpec: { Deadline: 0, IgnoreSystemJobs: true }, MarkEligible: false };
  await changeDrain(writer, { nodeId, doing: `drain node ${nodeId}`, body }, permit);
}

/** As Nomad.undrain. */
export async function undrainNode(writer: Writer, nodeId: string, permit: WritePermit): Promise<void> {
  const body = { DrainSpec: null, MarkEligible: true };
  await changeDrain(writer, { nodeId, doing: `make node ${nodeId} eligible`, body }, permit);
}

interface DrainChange {
  readonly nodeId: string;
  readonly doing: string;
  readonly body: object;
}

async function changeDrain(
  writer: Writer,
  { nodeId, doing, body }: DrainChange,
  permit: WritePermit,
): Promise<void> {
  const order = {
    doing,
    permission: 'node:write',
    path: `${nodePath(nodeId)}/drain`,
    query: {},
    body: JSON.stringify({ NodeID: nodeId, ...body }),
  };
  await writer.write(order, permit);
}

function nodePath(nodeId: string): string {
  return `/v1/node/${encodeURIComponent(nodeId)}`;
}
