import { QueryForm } from './query-form.ts';
import type { FaceRequest } from '../face.ts';
import type { Cloud } from './cloud.ts';

export type AwsService = 'autoscaling' | 'ec2';

/** One call of the Query protocol. */
export interface AwsCall {
  readonly cloud: Cloud;
  readonly form: QueryForm;
  readonly service: AwsService;
  readonly action: string;
  readonly region: string;
  readonly requestId: string;
  /** Aborted when the caller hangs up. */
  readonly signal: AbortSignal;
}

/** Does what an action asks for; answers the inside of its result. Throws a CloudRefusal. */
export type AwsAction = (call: AwsCall) => string;

/** The API version that every Auto Scaling call names; EC2's calls name another. */
const AUTOSCALING_VERSION = '2011-01-01';
const DEFAULT_REGION = 'us-east-1';
const SCOPE = /Credential=[^/,]+\/\d+\/([^/,]+)\/([^/,]+)\/aws4_request/;

/** Reads the call: parameters from body or query, region from the scope of the signature, service from the version. */
export function readCall(cloud: Cloud, request: FaceRequest): AwsCall {
  const form = new QueryForm(request.method === 'GET' ? request.query : new URLSearchParams(request.body));
  const [, region = DEFAULT_REGION, signedFor] = SCOPE.exec(request.headers['authorization'] ?? '') ?? [];
  const version = form.text('Version');
  const isScaling = version === '' ? signedFor === 'autoscaling' : version === AUTOSCALING_VERSION;
  return {
    cloud,
    form,
    service: isScaling ? 'autoscaling' : 'ec2',
    action: form.text('Action'),
    region,
    requestId: cloud.context.random.uuid(),
    signal: request.signal,
  };
}
