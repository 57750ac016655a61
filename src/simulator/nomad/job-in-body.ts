import { asText, isObject } from '../json-text.ts';
import { Refusal } from '../world/refusal.ts';
import { readBody } from './call.ts';
import type { JsonObject } from '../json-text.ts';
import type { Call } from './call.ts';

/** The job in a request's body, in the namespace it is meant for. Throws a Refusal. */
export function jobInBody(call: Call, id: string): { readonly body: JsonObject; readonly job: JsonObject } {
  const body = readBody(call);
  const job = body['Job'];
  if (!isObject(job)) throw new Refusal(400, 'Job must be specified');
  if (typeof job['ID'] !== 'string') throw new Refusal(400, "Job ID hasn't been provided");
  if (id !== '' && job['ID'] !== id) throw new Refusal(400, 'Job ID does not match name');
  const namespace = asText(job['Namespace']) || call.request.query.get('namespace') || 'default';
  return { body, job: { ...job, Namespace: namespace } };
}
