import { describe, expect, test } from 'vitest';
import { failed } from '../../../src/adapters/aws/errors.ts';
import { CREDENTIALS, REFUSALS, findRefusal } from '../../../src/adapters/aws/refusals.ts';
import type { PortErrorDetail, PortErrorKind } from '../../../src/ports/port-error.ts';
import { awsEnvironment, lonelyAws, stubAws } from '../../support/aws-environment.ts';
import { rejection } from '../../support/rejection.ts';
import { ec2Refusal, refusal, startFakeAws } from './fake-aws.ts';
import type { Reply } from './fake-aws.ts';
import { createPermit, createRig, never, region } from './harness.ts';
import { recorded } from './recorded.ts';

const ref = { pool: 'workers', region };

interface Known {
  readonly status: number;
  readonly code: string;
  readonly text: string;
  readonly kind: PortErrorKind;
  readonly detail?: Partial<PortErrorDetail>;
}

const activity = { kind: 'conflict', detail: { conflict: 'activity' } } as const;
const bounds = { kind: 'conflict', detail: { conflict: 'bounds' } } as const;
const noMember = { kind: 'conflict', detail: { conflict: 'not-a-member' } } as const;
const isProtected = { kind: 'conflict', detail: { conflict: 'protected' } } as const;
const noCredentials = { kind: 'denied', detail: { permission: CREDENTIALS } } as const;
const validation = { status: 400, code: 'ValidationError' } as const;

/** What Auto Scaling says to UpdateAutoScalingGroup and DetachInstances. */
const ofGroups: readonly Known[] = [
  { ...validation, text: 'AutoScalingGroup name not found - null', kind: 'not-found' },
  {
    ...validation,
    text: "AutoScalingGroup name not found - AutoScalingGroup 'workers' not found",
    kind: 'not-found',
  },
  { ...validation, text: 'AutoScalingGroup not found - AutoScaling Group x not found', kind: 'not-found' },
  { ...validation, text: 'The instance i-1 is not part of Auto Scaling group workers.', ...noMember },
  {
    ...validation,
    text: 'Instance Id not found - No managed instance found for instance ID: i-1',
    ...noMember,
  },
  { ...validation, text: 'The instance i-1 is not in InService or Standby.', ...activity },
  {
    ...validation,
    text: 'The AutoScaling group may not be modified while it is pending delete',
    ...activity,
  },
  { ...validation, text: 'The instance i-1 is protected from scale-in', ...isProtected },
  {
    ...validation,
    text: 'Desired capacity:9 must be between the specified min size:1 and max size:4',
    ...bounds,
  },
  { ...validation, text: 'Desired capacity must be greater than or equal to min size', ...bounds },
  {
    ...validation,
    text: 'New SetDesiredCapacity value 9 is above max value 4 for the AutoScalingGroup.',
    ...bounds,
  },
  {
    ...validation,
    text: 'New SetDesiredCapacity value 0 is below min value 1 for the AutoScalingGroup.',
    ...bounds,
  },
  {
    ...validation,
    text: "Currently, desiredSize equals minSize (1). Terminating instance without replacement will violate group's min size constraint.",
    ...bounds,
  },
  {
    ...validation,
    text: 'AutoScalingGroup workers has min-size=1, max-size=50, and desired-size=1. To detach 1 instance, please update the AutoScalingGroup sizes appropriately.',
    ...bounds,
  },
  { ...validation, text: 'something that is not known here', kind: 'invalid' },
  {
    status: 400,
    code: 'ScalingActivityInProgress',
    text: 'Scaling activity 0ea5 is in progress and blocks this action',
    ...activity,
  },
  { status: 500, code: 'ResourceContention', text: 'You already have a pending update', ...activity },
  { status: 400, code: 'ResourceInUse', text: 'in use', ...activity },
  { status: 500, code: 'ServiceLinkedRoleFailure', text: 'not yet ready for use', kind: 'unavailable' },
];

/** What both services say. */
const ofBoth: readonly Known[] = [
  { status: 400, code: 'Throttling', text: 'Rate exceeded', kind: 'throttled' },
  { status: 503, code: 'RequestLimitExceeded', text: 'Request limit exceeded.', kind: 'throttled' },
  { status: 403, code: 'ExpiredToken', text: 'The security token is expired', ...noCredentials },
  { status: 400, code: 'RequestExpired', text: 'Request has expired.', ...noCredentials },
  {
    status: 403,
    code: 'SignatureDoesNotMatch',
    text: 'Signature expired: 20261124T0900Z is now earlier than 20261124T0955Z',
    ...noCredentials,
  },
  {
    status: 403,
    code: 'SignatureDoesNotMatch',
    text: "The request signature we calculated does not match. The Canonical String should have been 'POST / x-amz-security-token:abc'",
    ...noCredentials,
  },
  {
    status: 403,
    code: 'InvalidClientTokenId',
    text: 'The security token included in the request is invalid.',
    ...noCredentials,
  },
  {
    status: 401,
    code: 'AuthFailure',
    text: 'AWS was not able to validate the provided access credentials',
    ...noCredentials,
  },
  {
    status: 403,
    code: 'OptInRequired',
    text: 'You are not subscribed to this service.',
    kind: 'denied',
    detail: { permission: 'AWS account' },
  },
  {
    status: 403,
    code: 'AccessDenied',
    text: 'User: arn:aws:iam::123456789012:user/x is not authorized to perform: sts:AssumeRole on resource: y',
    kind: 'denied',
    detail: { permission: 'sts:AssumeRole' },
  },
];

/** What EC2 says to TerminateInstances. */
const ofInstances: readonly Known[] = [
  {
    status: 400,
    code: 'InvalidInstanceID.NotFound',
    text: "The instance ID 'i-1' does not exist",
    kind: 'not-found',
  },
  { status: 400, code: 'InvalidInstanceID.Malformed', text: 'Invalid id: "worker-1"', kind: 'not-found' },
  {
    status: 400,
    code: 'IncorrectInstanceState',
    text: "The instance 'i-1' is not in a state from which it can be terminated.",
    ...activity,
  },
  {
    status: 400,
    code: 'OperationNotPermitted',
    text: "The instance 'i-1' may not be terminated. Modify its 'disableApiTermination' instance attribute and try again.",
    ...isProtected,
  },
];

describe('what AWS says means the same everywhere:', () => {
  test.each([...ofGroups, ...ofBoth])('$code: $text', async ({ status, code, text, kind, detail }) => {
    const server = await startFakeAws(() => refusal(status, code, text));
    const { provider, drive } = createRig(server.url);
    const error = await drive(rejection(provider.detach(ref, 'i-1', createPermit())));
    expect(error.kind).toBe(kind);
    expect(error.detail).toMatchObject({ ...detail, status, outcomeUnknown: false });
    expect(error.message).toMatch(/^aws: detach i-1 from group workers: \d{3} /);
  });

  test.each([...ofInstances, ...ofBoth])(
    '$code of EC2: $text',
    async ({ status, code, text, kind, detail }) => {
      const server = await startFakeAws(() => ec2Refusal(status, code, text));
      const { provider, drive } = createRig(server.url);
      const error = await drive(rejection(provider.terminate(region, 'i-1', createPermit())));
      expect(error.kind).toBe(kind);
      expect(error.detail).toMatchObject({ ...detail, status, outcomeUnknown: false });
    },
  );

  test('every row of the table has an example here', () => {
    const examples = [...ofGroups, ...ofBoth, ...ofInstances];
    const used = new Set(examples.map(({ code, text }) => findRefusal(code, text)));
    const unused = REFUSALS.filter((row) => !used.has(row)).map((row) => String(row.code));
    expect(unused).toEqual(['/^(?:Credentials|Token)ProviderError$/']);
  });

  test.each([
    ['of a group', recorded('scale-out', 13, 'UpdateAutoScalingGroup')],
    ['of an instance', recorded('scale-in', 9, 'TerminateInstances')],
  ])('not found, as moto words it %s', async (_, reply) => {
    const server = await startFakeAws(() => reply);
    const { provider, drive } = createRig(server.url);
    const error = await drive(rejection(provider.terminate(region, 'i-00000000000000000', createPermit())));
    expect(error.kind).toBe('not-found');
  });
});

describe('what is denied', () => {
  const told = (action: string): string =>
    `User: arn:aws:sts::123456789012:assumed-role/replicator/i-0 is not authorized to perform: ${action} because no identity-based policy allows it`;

  test.each([
    ['as Auto Scaling tells it', refusal(403, 'AccessDenied', told('autoscaling:DetachInstances'))],
    ['where it is not told', refusal(403, 'AccessDenied', 'no')],
    ['where even the code is not known', refusal(403, 'NoSuchCode', 'no')],
  ])('names the missing action, %s', async (_, reply) => {
    const server = await startFakeAws(() => reply);
    const { provider, drive } = createRig(server.url);
    const error = await drive(rejection(provider.detach(ref, 'i-1', createPermit())));
    expect(error.kind).toBe('denied');
    expect(error.detail.permission).toBe('autoscaling:DetachInstances');
    expect(error.message).toMatch(/\(autoscaling:DetachInstances\)$/);
  });

  test('names the action of EC2, without the message that only AWS can decode', async () => {
    const text = `You are not authorized to perform this operation. ${told('ec2:TerminateInstances')}. Encoded authorization failure message: ${'x9Z'.repeat(200)}`;
    const server = await startFakeAws(() => ec2Refusal(403, 'UnauthorizedOperation', text));
    const { provider, drive } = createRig(server.url);
    const error = await drive(rejection(provider.terminate(region, 'i-1', createPermit())));
    expect(error.detail.permission).toBe('ec2:TerminateInstances');
    expect(error.message).not.toContain('x9Z');
  });

  test.each([
    ['a group', 'autoscaling:DescribeAutoScalingGroups'],
    ['instances', 'ec2:DescribeInstances'],
    ['membership', 'autoscaling:DescribeAutoScalingInstances'],
    ['activities', 'autoscaling:DescribeScalingActivities'],
  ])('names the action also of a read of %s', async (what, permission) => {
    const server = await startFakeAws(({ action }) =>
      (action === 'DescribeInstances' ? ec2Refusal : refusal)(403, 'AccessDenied', 'no'),
    );
    const { provider, drive } = createRig(server.url);
    const reads: Readonly<Record<string, () => Promise<unknown>>> = {
      'a group': () => provider.readGroup(ref, never),
      instances: () => provider.readInstances(region, ['i-1'], never),
      membership: () => provider.readMembership(region, ['i-1'], never),
      activities: () => provider.readTrouble(ref, never),
    };
    const error = await drive(rejection(reads[what]?.() ?? Promise.resolve()));
    expect(error.detail.permission).toBe(permission);
  });

  test('for want of credentials says what to do', async () => {
    const server = await startFakeAws(() => 'hang');
    const { provider, drive } = createRig(server.url);
    stubAws({ AWS_ENDPOINT_URL: server.url, ...lonelyAws() });
    const reading = await drive(rejection(provider.readTrouble(ref, never)));
    const writing = await drive(rejection(provider.detach(ref, 'i-1', createPermit())));
    for (const error of [reading, writing]) {
      expect(error.kind).toBe('denied');
      expect(error.detail.permission).toBe(CREDENTIALS);
      expect(error.message).toMatch(/there are no AWS credentials: give the machine an instance profile/);
    }
    expect(writing.detail.outcomeUnknown).toBe(false);
    expect(server.seen).toEqual([]);
  });
});

describe('a throttled call', () => {
  test.each([
    ['Retry-After', '3', 3_000],
    ['x-amz-retry-after', '1500', 1_500],
    ['Retry-After', 'soon', undefined],
    ['Retry-After', '999999', 3_600_000],
  ])('waits as long as it is told: %s %s', async (name, value, expected) => {
    const reply: Reply = {
      ...(refusal(400, 'Throttling', 'Rate exceeded') as { text: string }),
      headers: { [name]: value },
    };
    const server = await startFakeAws(() => reply);
    const { provider, drive } = createRig(server.url);
    const error = await drive(rejection(provider.detach(ref, 'i-1', createPermit())));
    expect(error.detail.retryAfterMs).toBe(expected);
  });
});

describe('an error', () => {
  test('carries no credentials, and is one line of bounded length', async () => {
    const secret = 'IQoJb3JpZ2luX2VjEXAMPLE//////////wEaCXVzLWVhc3QtMSJHMEUCIQ';
    const text = `bad request\nAKIAIOSFODNN7EXAMPLE ASIAIOSFODNN7EXAMPLE Credential=AKIA123/2026/x Signature=abcdef X-Amz-Security-Token: ${secret} ${'y'.repeat(900)}`;
    const server = await startFakeAws(() => refusal(400, 'SomethingNew', text));
    const { provider, drive } = createRig(server.url);
    const error = await drive(rejection(provider.detach(ref, 'i-1', createPermit())));
    for (const part of ['IOSFODNN7', 'AKIA123', 'abcdef', secret, '\n'])
      expect(error.message).not.toContain(part);
    expect(error.message.length).toBeLessThan(400);
    expect(error.cause).toBeUndefined();
    expect(JSON.stringify(error)).not.toContain(awsEnvironment('')['AWS_SECRET_ACCESS_KEY']);
  });

  test.each(['', 'eu west 1', '../x', 'eu-west-1.example.com'])(
    'tells a region that cannot be: "%s"',
    async (name) => {
      const { provider, drive } = createRig('http://127.0.0.1:1');
      const pool = { pool: 'workers', region: name };
      for (const call of [
        () => provider.readGroup(pool, never),
        () => provider.detach(pool, 'i-1', createPermit()),
      ]) {
        const error = await drive(rejection(call()));
        expect(error.kind).toBe('invalid');
        expect(error.detail.text).toBe(`no region can be called "${name}"`);
        expect(error.detail.outcomeUnknown ?? false).toBe(false);
      }
    },
  );

  test.each([
    [{ code: 'ENOTFOUND', hostname: 'ec2.mars-1.amazonaws.com' }, 'no such host: ec2.mars-1.amazonaws.com'],
    [{ code: 'EHOSTUNREACH', address: '10.0.0.9', port: 443 }, 'no route to host: 10.0.0.9:443'],
    [
      { code: 'ECONNREFUSED', errors: [{ code: 'ECONNREFUSED', address: '::1', port: 5000 }] },
      'connection refused: ::1:5000',
    ],
    [{ cause: { code: 'EPIPE' } }, 'connection reset: region eu-west-1'],
    [{ code: 'CERT_HAS_EXPIRED' }, 'the call failed (CERT_HAS_EXPIRED): region eu-west-1'],
    [new TypeError('secret inside'), 'the call failed (TypeError): region eu-west-1'],
    [
      { name: 'TimeoutError', message: 'the request socket did not establish a connection with the server' },
      'no connection in time: region eu-west-1',
    ],
  ])('without an answer tells what failed and where: %o', (thrown, text) => {
    const attempt = { doing: 'detach i-1', region, permission: 'x', mutating: true };
    const error = failed(attempt, { begun: true, cause: 'failed' }, thrown);
    expect(error.kind).toBe('unavailable');
    expect(error.detail).toMatchObject({ text, outcomeUnknown: true });
  });
});
