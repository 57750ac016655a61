import { AUTOSCALING_ACTIONS } from './autoscaling-actions.ts';
import { readCall } from './aws-call.ts';
import { broken, denied, faultFor, silence, throttled } from './call-faults.ts';
import { CloudRefusal } from './cloud-refusal.ts';
import { EC2_ACTIONS } from './ec2-actions.ts';
import { branch, leaf } from './xml.ts';
import type { Face, FaceResponse } from '../face.ts';
import type { AwsCall } from './aws-call.ts';
import type { CallFault } from './cloud-faults.ts';
import type { Cloud } from './cloud.ts';

const AUTOSCALING_NAMESPACE = 'http://autoscaling.amazonaws.com/doc/2011-01-01/';
const EC2_NAMESPACE = 'http://ec2.amazonaws.com/doc/2016-11-15/';
const EC2_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n';
/** Well-formed: a parser of XML takes it for an answer in which everything is missing. */
const HTML = '<html><head><title>Welcome</title></head><body><h1>It works!</h1></body></html>\n';

/**
 * The Query protocol of Auto Scaling and EC2 over a cloud: both services of every region at one address, told
 * apart by the call's version and its signature's scope. Signatures are not checked.
 */
export function createAwsFace(cloud: Cloud): Face {
  return {
    handle: async (request) => {
      const call = readCall(cloud, request);
      await waitForLatency(cloud);
      const fault = faultFor(call);
      if (fault) return faulty(call, fault);
      return answer(call);
    },
  };
}

async function waitForLatency({ faults, context }: Cloud): Promise<void> {
  if (faults.latencyMs[1] === 0) return;
  const ms = context.random.between(faults.latencyMs);
  await new Promise<void>((resolve) => {
    context.clock.after(ms, resolve);
  });
}

function faulty(call: AwsCall, fault: CallFault): FaceResponse | Promise<FaceResponse> {
  switch (fault.mode) {
    case 'throttle':
      return refusal(call, throttled(call));
    case 'deny':
      return refusal(call, denied(call));
    case 'error':
      return refusal(call, broken(call, fault));
    case 'html':
      return { status: 200, headers: { 'Content-Type': 'text/html; charset=utf-8' }, body: HTML };
    case 'hang':
      return silence(call.signal);
    case 'lost':
      answer(call);
      return silence(call.signal);
    case 'done-error':
      answer(call);
      return refusal(call, broken(call, fault));
  }
}

function answer(call: AwsCall): FaceResponse {
  const { service, action } = call;
  const run = service === 'autoscaling' ? AUTOSCALING_ACTIONS[action] : EC2_ACTIONS[action];
  try {
    if (!run) throw unknownAction(call);
    return respond(call, 200, resultXml(call, run(call)));
  } catch (error) {
    if (error instanceof CloudRefusal) return refusal(call, error);
    throw error;
  }
}

function unknownAction({ service, action, form }: AwsCall): CloudRefusal {
  if (action === '') {
    return new CloudRefusal('MissingAction', 'The request must contain the parameter Action');
  }
  const text =
    service === 'autoscaling'
      ? `Could not find operation ${action} for version ${form.text('Version')}`
      : `The action ${action} is not valid for this web service.`;
  return new CloudRefusal('InvalidAction', text);
}

function resultXml({ service, action, requestId }: AwsCall, inside: string): string {
  const name = `${action}Response`;
  if (service === 'ec2') {
    return `${EC2_DECLARATION}<${name} xmlns="${EC2_NAMESPACE}">${leaf('requestId', requestId)}${inside}</${name}>`;
  }
  const result = inside === '' ? '' : branch(`${action}Result`, inside);
  const metadata = branch('ResponseMetadata', leaf('RequestId', requestId));
  return `<${name} xmlns="${AUTOSCALING_NAMESPACE}">${result}${metadata}</${name}>\n`;
}

function refusal(call: AwsCall, { code, message, status }: CloudRefusal): FaceResponse {
  const { service, requestId } = call;
  const error = `${leaf('Code', code)}${leaf('Message', message)}`;
  if (service === 'ec2') {
    const errors = branch('Errors', branch('Error', error));
    return respond(
      call,
      status,
      `${EC2_DECLARATION}${branch('Response', errors, leaf('RequestID', requestId))}`,
    );
  }
  const type = leaf('Type', status < 500 ? 'Sender' : 'Receiver');
  const inside = `${branch('Error', type, error)}${leaf('RequestId', requestId)}`;
  const body = `<ErrorResponse xmlns="${AUTOSCALING_NAMESPACE}">${inside}</ErrorResponse>\n`;
  return respond(call, status, body);
}

function respond({ requestId }: AwsCall, status: number, body: string): FaceResponse {
  return {
    status,
    headers: { 'Content-Type': 'text/xml;charset=UTF-8', 'x-amzn-RequestId': requestId },
    body,
  };
}
