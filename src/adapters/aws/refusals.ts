import type { ConflictKind, PortErrorKind } from '../../ports/port-error.ts';

/** What AWS's error codes and texts mean to us. The first row that fits counts. */
export interface Refusal {
  /** The error's code, or the name of an error that the SDK makes itself. */
  readonly code: RegExp;
  readonly text?: RegExp;
  readonly kind: PortErrorKind;
  readonly conflict?: ConflictKind;
  /** Said instead of AWS's own text, which may quote the signed request, or says nothing to a reader. */
  readonly say?: string;
  /** denied: what is missing, where it is not the call's own IAM action. */
  readonly permission?: string;
}

/** `permission` of an error where no policy helps because the credentials themselves are not there or not good. */
export const CREDENTIALS = 'AWS credentials';

const denied = { kind: 'denied', permission: CREDENTIALS } as const;
const isBusy = { kind: 'conflict', conflict: 'activity' } as const;
const isOutOfBounds = { kind: 'conflict', conflict: 'bounds' } as const;
const isNoMember = { kind: 'conflict', conflict: 'not-a-member' } as const;
const isProtected = { kind: 'conflict', conflict: 'protected' } as const;

const CLOCK_IS_WRONG = {
  ...denied,
  say: "AWS takes the request for an old one: this machine's clock is wrong, or the credentials have expired",
};

const credentialRows: readonly Refusal[] = [
  {
    code: /^(?:Credentials|Token)ProviderError$/,
    ...denied,
    say: 'there are no AWS credentials: give the machine an instance profile, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AWS_PROFILE or AWS_WEB_IDENTITY_TOKEN_FILE',
  },
  { code: /^ExpiredToken(?:Exception)?$/, ...denied, say: 'the AWS credentials have expired' },
  { code: /^Request(?:Expired|TimeTooSkewed|InTheFuture)$/, ...CLOCK_IS_WRONG },
  { code: /^(?:SignatureDoesNotMatch|InvalidSignatureException)$/, text: /expired|yet/i, ...CLOCK_IS_WRONG },
  {
    code: /^(?:SignatureDoesNotMatch|InvalidSignatureException|IncompleteSignature)$/,
    ...denied,
    say: 'AWS does not accept the signature: the secret access key is wrong',
  },
  {
    code: /^(?:InvalidClientTokenId|InvalidAccessKeyId|UnrecognizedClientException|AuthFailure|MissingAuthenticationToken(?:Exception)?)$/,
    ...denied,
    say: 'AWS does not know these credentials',
  },
  { code: /^(?:AccessDenied(?:Exception)?|UnauthorizedOperation)$/, kind: 'denied' },
  { code: /^(?:OptInRequired|PendingVerification|Blocked)$/, kind: 'denied', permission: 'AWS account' },
];

const pressureRows: readonly Refusal[] = [
  {
    code: /^(?:Throttling|Throttled|ThrottlingException|ThrottledException|RequestThrottled|RequestThrottledException|RequestLimitExceeded|EC2ThrottledException|TooManyRequestsException|SlowDown|BandwidthLimitExceeded)$/,
    kind: 'throttled',
  },
  { code: /^ServiceLinkedRoleFailure$/, kind: 'unavailable' },
];

const groupRows: readonly Refusal[] = [
  { code: /^(?:ScalingActivityInProgress|ResourceContention|ResourceInUse)(?:Fault)?$/, ...isBusy },
  { code: /^ValidationError$/, text: /^Auto ?Scaling ?Group\b.*\bnot found/i, kind: 'not-found' },
  { code: /^ValidationError$/, text: /is not part of Auto ?Scaling group/i, ...isNoMember },
  { code: /^ValidationError$/, text: /^Instance Id not found/i, ...isNoMember },
  { code: /^ValidationError$/, text: /is not in InService or Standby/i, ...isBusy },
  { code: /^ValidationError$/, text: /pending delete/i, ...isBusy },
  { code: /^ValidationError$/, text: /protected from scale[- ]?in/i, ...isProtected },
  { code: /^ValidationError$/, text: /desired capacity\b.*\b(?:min|max) ?size/i, ...isOutOfBounds },
  { code: /^ValidationError$/, text: /is (?:above max|below min) value/i, ...isOutOfBounds },
  { code: /^ValidationError$/, text: /\bmin(?:imum)?[- ]?size\b/i, ...isOutOfBounds },
];

const instanceRows: readonly Refusal[] = [
  { code: /^InvalidInstanceID\.(?:NotFound|Malformed)$/, kind: 'not-found' },
  { code: /^Incorrect(?:Instance)?State$/, ...isBusy },
  { code: /^OperationNotPermitted$/, ...isProtected },
];

export const REFUSALS: readonly Refusal[] = [
  ...credentialRows,
  ...pressureRows,
  ...groupRows,
  ...instanceRows,
];

/** The row for an error; undefined where AWS said something that is not known here. */
export function findRefusal(code: string, text: string): Refusal | undefined {
  return REFUSALS.find((row) => row.code.test(code) && (row.text === undefined || row.text.test(text)));
}
