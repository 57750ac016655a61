import { CloudRefusal } from './cloud-refusal.ts';
import type { AwsCall } from './aws-call.ts';
import type { CallFault } from './cloud-faults.ts';

const USER = 'arn:aws:sts::123456789012:assumed-role/replicator/i-0abcdef0123456789';

/** The fault that this call meets, counted down. */
export function faultFor({ cloud, action }: AwsCall): CallFault | undefined {
  const { calls } = cloud.faults;
  const fits = (fault: CallFault): boolean =>
    (fault.actions?.includes(action) ?? true) &&
    (fault.next ?? 1) > 0 &&
    (fault.fraction === undefined || cloud.context.random.next() < fault.fraction);
  const found = calls.find(fits);
  if (found?.next === undefined) return found;
  const counted = calls.map((fault) => (fault === found ? { ...found, next: (found.next ?? 1) - 1 } : fault));
  cloud.faults = { ...cloud.faults, calls: counted.filter(({ next }) => next !== 0) };
  return found;
}

/** How a service says that there were too many calls. */
export function throttled({ service }: AwsCall): CloudRefusal {
  return service === 'autoscaling'
    ? new CloudRefusal('Throttling', 'Rate exceeded')
    : new CloudRefusal('RequestLimitExceeded', 'Request limit exceeded.', 503);
}

/** How a service says that the IAM action is not allowed. */
export function denied({ service, action }: AwsCall): CloudRefusal {
  const permission = `${service}:${action}`;
  const why = `User: ${USER} is not authorized to perform: ${permission} because no identity-based policy allows the ${permission} action`;
  return service === 'autoscaling'
    ? new CloudRefusal('AccessDenied', why, 403)
    : new CloudRefusal(
        'UnauthorizedOperation',
        `You are not authorized to perform this operation. ${why}`,
        403,
      );
}

/** How a service fails by itself. */
export function broken({ service }: AwsCall, fault: CallFault): CloudRefusal {
  const [code, message] =
    service === 'autoscaling'
      ? ['InternalFailure', 'We encountered an internal error. Please try again.']
      : ['InternalError', 'An internal error has occurred'];
  return new CloudRefusal(fault.code ?? code, fault.message ?? message, fault.status ?? 500);
}

/** No answer, ever: settles only when the caller hangs up. */
export function silence(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const end = (): void => reject(new Error('the caller hung up'));
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  });
}
