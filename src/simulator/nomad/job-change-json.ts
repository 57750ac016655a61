import type { JsonObject } from '../json-text.ts';
import type { JobChange } from '../world/jobs.ts';

/** What register, scale and deregister answer alike. */
export function changeJson(change: JobChange, knownLeader: boolean): JsonObject {
  return {
    EvalCreateIndex: change.evalCreateIndex,
    EvalID: change.evalId,
    Index: change.index,
    JobModifyIndex: change.jobModifyIndex,
    KnownLeader: knownLeader,
    LastContact: 0,
  };
}
