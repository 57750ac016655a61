import { asObject, writeJson } from '../json-text.ts';
import { dispatchJob } from '../world/dispatch.ts';
import { answerWrite, needMethod, readBody } from './call.ts';
import type { FaceResponse } from '../face.ts';
import type { Call } from './call.ts';

/** `/v1/job/:id/dispatch` */
export function answerDispatch(call: Call, id: string): FaceResponse {
  needMethod(call, 'PUT', 'POST');
  const body = readBody(call);
  const namespace = call.request.query.get('namespace') || 'default';
  call.rights.need(namespace, 'dispatch-job');
  const { context, jobs } = call.world;
  const request = { namespace, jobId: id, meta: asObject(body['Meta']), payload: body['Payload'] ?? null };
  const change = dispatchJob(context, jobs, request);
  return answerWrite(
    change.index,
    writeJson({
      DispatchedJobID: change.dispatchedId,
      EvalCreateIndex: change.evalCreateIndex,
      EvalID: change.evalId,
      Index: change.index,
      JobCreateIndex: change.jobModifyIndex,
    }),
  );
}
