import { asArray, asObject, asText } from '../json-text.ts';
import { Refusal } from './refusal.ts';
import type { Json, JsonObject } from '../json-text.ts';
import type { Context } from './context.ts';
import type { Job } from './job-types.ts';
import type { JobChange, Jobs } from './jobs.ts';

/** What makes a child of a parameterized job. */
export interface DispatchRequest {
  readonly namespace: string;
  readonly jobId: string;
  readonly meta: JsonObject;
  /** Base64, or null. */
  readonly payload: Json;
}

/** Registers a child of a parameterized job, an ordinary job of its own. Throws a Refusal. */
export function dispatchJob(
  context: Context,
  jobs: Jobs,
  request: DispatchRequest,
): JobChange & { readonly dispatchedId: string } {
  const parent = context.store.job(request.namespace, request.jobId);
  if (!parent) throw new Refusal(500, 'parameterized job not found');
  refuseParent(parent);
  refuseMeta(asObject(parent.spec.json['ParameterizedJob']), Object.keys(request.meta));
  const seconds = Math.floor(context.clock.now() / 1000);
  const dispatchedId = `${request.jobId}/dispatch-${seconds}-${context.random.uuid().slice(0, 8)}`;
  const change = jobs.register({
    ...parent.spec.json,
    ID: dispatchedId,
    Name: dispatchedId,
    ParentID: request.jobId,
    Dispatched: true,
    Meta: { ...asObject(parent.spec.json['Meta']), ...request.meta },
    Payload: request.payload,
  });
  return { ...change, dispatchedId };
}

function refuseParent({ spec, stop }: Job): void {
  const name = JSON.stringify(spec.id);
  if (!spec.isParameterized) throw new Refusal(500, `Specified job ${name} is not a parameterized job`);
  if (stop) throw new Refusal(500, `Specified job ${name} is stopped`);
}

function refuseMeta(parameters: JsonObject, given: readonly string[]): void {
  const required = asArray(parameters['MetaRequired']).map((key) => asText(key));
  const optional = asArray(parameters['MetaOptional']).map((key) => asText(key));
  const unknown = given.filter((key) => !required.includes(key) && !optional.includes(key));
  if (unknown.length > 0) {
    throw new Refusal(500, `Dispatch request included unpermitted metadata keys: [${unknown.join(' ')}]`);
  }
  const missing = required.filter((key) => !given.includes(key));
  if (missing.length > 0) {
    throw new Refusal(500, `Dispatch did not provide required meta keys: [${missing.join(' ')}]`);
  }
}
