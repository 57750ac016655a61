import type { FaceResponse } from '../face.ts';
import type { Authorizer } from './acl.ts';
import { jsonAnswer, metaHeaders, textAnswer } from './answers.ts';
import { checkNamespace, reachForRead, reachLeader } from './call.ts';
import type { Call } from './call.ts';
import { ConsulRefusal } from './consul-error.ts';
import type { ConsulState } from './consul-state.ts';
import { entryOnWire } from './records.ts';
import { DecodeFault } from './request-json.ts';
import { readTxnBody } from './txn-body.ts';
import type { TxnOp } from './txn-body.ts';
import { isWriting, operationOf } from './txn-operations.ts';
import type { TxnResult } from './txn-operations.ts';
import type { WireValue } from './wire-json.ts';

const MAX_OPERATIONS = 64;
const MAX_BODY_BYTES = 512 * 1024;

interface TxnError {
  readonly OpIndex: number;
  readonly What: string;
}

/** A transaction that fails: every operation that did, none of them done. */
class TxnFailure extends Error {
  readonly errors: readonly TxnError[];

  constructor(errors: readonly TxnError[]) {
    super('transaction failed');
    this.errors = errors;
  }
}

function rightFault({ verb, write }: TxnOp, may: Authorizer): string | undefined {
  if (write.key === '' && verb !== 'delete-tree') return 'Must provide key';
  if (verb === 'get' || verb === 'get-tree') return undefined;
  if (verb === 'check-index' || verb === 'check-session')
    return may.canReadKey(write.key) ? undefined : 'Permission denied';
  const isAllowed = verb === 'delete-tree' ? may.canWriteKeysBelow(write.key) : may.canWriteKey(write.key);
  return isAllowed ? undefined : 'Permission denied';
}

/** What is refused before anything is tried: rights, lock-delays, operations without a key. */
function checkFirst(ops: readonly TxnOp[], state: ConsulState, may: Authorizer): void {
  const errors = ops.flatMap((op, OpIndex) => {
    const isClosed = op.verb === 'lock' && state.lockDelays.isClosed(op.write.key);
    const delayed = `failed to lock key ${JSON.stringify(op.write.key)} due to lock delay`;
    const What = rightFault(op, may) ?? (isClosed ? delayed : undefined);
    return What === undefined ? [] : [{ OpIndex, What }];
  });
  if (errors.length > 0) throw new TxnFailure(errors);
}

function perform(ops: readonly TxnOp[], state: ConsulState, index: number): readonly TxnResult[] {
  const results: TxnResult[] = [];
  const errors: TxnError[] = [];
  for (const [OpIndex, { verb, write }] of ops.entries())
    try {
      results.push(operationOf(verb)(state, write, index));
    } catch (error) {
      if (!(error instanceof ConsulRefusal)) throw error;
      errors.push({ OpIndex, What: error.message });
    }
  if (errors.length > 0) throw new TxnFailure(errors);
  return results;
}

function resultsOnWire(results: readonly TxnResult[], may: Authorizer): readonly WireValue[] {
  return results.flatMap(({ entries, withValue }) =>
    entries.filter(({ key }) => may.canReadKey(key)).map((entry) => ({ KV: entryOnWire(entry, withValue) })),
  );
}

/** 200 with the results, or 409 with what failed; `more` and the headers are what reads add. */
function answer(
  run: () => readonly WireValue[],
  more: Readonly<Record<string, WireValue>>,
  headers: Readonly<Record<string, string>>,
): FaceResponse {
  try {
    return jsonAnswer({ Results: run(), Errors: null, ...more }, headers);
  } catch (error) {
    if (!(error instanceof TxnFailure)) throw error;
    const Errors = error.errors.map(({ OpIndex, What }) => ({ OpIndex, What }));
    return jsonAnswer({ Results: null, Errors, ...more }, headers, 409);
  }
}

async function readTxn(call: Call, ops: readonly TxnOp[]): Promise<FaceResponse> {
  const may = await reachForRead(call);
  const { state, leader } = call.server;
  const meta = leader.meta();
  const more = {
    Index: 0,
    LastContact: meta.lastContactMs * 1e6,
    KnownLeader: meta.knowsLeader,
    ConsistencyLevel: '',
  };
  const run = (): readonly WireValue[] => {
    checkFirst(ops, state, may);
    return resultsOnWire(perform(ops, state, 0), may);
  };
  return answer(run, more, metaHeaders(meta));
}

async function writeTxn(call: Call, ops: readonly TxnOp[]): Promise<FaceResponse> {
  const may = await reachLeader(call);
  const { state } = call.server;
  const run = (): readonly WireValue[] => {
    checkFirst(ops, state, may);
    const results = state.apply((index) => perform(ops, state, index));
    return resultsOnWire(results, may);
  };
  return answer(run, {}, {});
}

function readOps(body: string): readonly TxnOp[] | FaceResponse {
  const bytes = Buffer.byteLength(body);
  const where = 'https://www.consul.io/docs/agent/options.html#txn_max_req_len';
  if (bytes > MAX_BODY_BYTES)
    return textAnswer(
      413,
      `Request body(${bytes} bytes) too large, max size: ${MAX_BODY_BYTES} bytes. See ${where}.`,
    );
  try {
    const ops = readTxnBody(body);
    const tooMany = `Transaction contains too many operations (${ops.length} > ${MAX_OPERATIONS})`;
    return ops.length > MAX_OPERATIONS ? textAnswer(413, tooMany) : ops;
  } catch (error) {
    if (error instanceof DecodeFault) return textAnswer(400, `Failed to parse body: ${error.message}`);
    throw error;
  }
}

/** PUT /v1/txn: at most 64 KV operations, all or none of them. */
export async function runTxn(call: Call): Promise<FaceResponse> {
  checkNamespace(call);
  const ops = readOps(call.request.body);
  if ('status' in ops) return ops;
  const isWrite = ops.some(({ verb }) => isWriting(verb));
  return isWrite ? writeTxn(call, ops) : readTxn(call, ops);
}
