import { AutoScaling } from '@aws-sdk/client-auto-scaling';
import { EC2 } from '@aws-sdk/client-ec2';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createAwsFace } from '../../src/simulator/aws/aws-face.ts';
import { sdkHandlerFor } from '../../src/simulator/in-memory.ts';
import { lonelyAws, stubAws } from '../support/aws-environment.ts';
import { cloudOf, need, REGION } from './cloud-rig.ts';
import type { CallFault } from '../../src/simulator/aws/cloud-faults.ts';
import type { GroupInput } from '../../src/simulator/aws/cloud.ts';
import type { FaceRequest, FaceResponse } from '../../src/simulator/face.ts';
import type { CloudRig } from './cloud-rig.ts';

interface SdkRig extends CloudRig {
  readonly scaling: AutoScaling;
  readonly ec2: EC2;
}

/** The real clients of AWS over the face. */
function sdkOf(input: Partial<GroupInput> = {}, region = REGION): SdkRig {
  stubAws({ ...lonelyAws(), AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' });
  const rig = cloudOf(input);
  const requestHandler = sdkHandlerFor(createAwsFace(rig.cloud), { activity: () => rig.clock.activity() });
  const config = {
    region,
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'no-secret' },
    maxAttempts: 1,
    requestHandler: { handle: requestHandler.handle.bind(requestHandler) },
  };
  const [scaling, ec2] = [new AutoScaling(config), new EC2(config)];
  onTestFinished(() => {
    scaling.destroy();
    ec2.destroy();
  });
  return { ...rig, scaling, ec2 };
}

function faulty(rig: CloudRig, ...calls: CallFault[]): void {
  rig.cloud.faults = { ...rig.cloud.faults, calls };
}

/** What the SDK throws: name, status and text. */
async function thrown(call: Promise<unknown>): Promise<unknown> {
  try {
    return await call;
  } catch (error) {
    const { name, message, $metadata } = error as {
      name: string;
      message: string;
      $metadata?: { httpStatusCode?: number };
    };
    return [name, $metadata?.httpStatusCode, message];
  }
}

describe('the SDK understands', () => {
  test('groups, with their members and bounds', async () => {
    const rig = sdkOf({ suspended: ['AZRebalance'], zones: ['us-east-1a', 'us-east-1b'] });
    const { AutoScalingGroups } = await rig.scaling.describeAutoScalingGroups({
      AutoScalingGroupNames: ['pool'],
    });
    const [group] = need(AutoScalingGroups);
    expect(group).toMatchObject({
      AutoScalingGroupName: 'pool',
      MinSize: 1,
      MaxSize: 5,
      DesiredCapacity: 2,
      AvailabilityZones: ['us-east-1a', 'us-east-1b'],
      SuspendedProcesses: [{ ProcessName: 'AZRebalance' }],
      NewInstancesProtectedFromScaleIn: false,
    });
    expect(group?.CreatedTime?.getTime()).toBe(rig.clock.now());
    expect(group?.Instances).toMatchObject(
      rig
        .ids()
        .map((InstanceId) => ({ InstanceId, LifecycleState: 'InService', ProtectedFromScaleIn: false })),
    );
  });

  test('lists that are empty', async () => {
    const { scaling, ec2 } = sdkOf({}, 'eu-west-1');
    expect((await scaling.describeAutoScalingGroups({})).AutoScalingGroups).toEqual([]);
    expect((await scaling.describeAutoScalingInstances({})).AutoScalingInstances).toEqual([]);
    expect((await ec2.describeInstances({})).Reservations).toEqual([]);
    expect((await ec2.describeInstanceStatus({})).InstanceStatuses).toEqual([]);
  });

  test('memberships', async () => {
    const { scaling, ids } = sdkOf();
    const [first = ''] = ids();
    const found = await scaling.describeAutoScalingInstances({ InstanceIds: [first, 'i-00000000000000000'] });
    expect(found.AutoScalingInstances).toMatchObject([
      {
        InstanceId: first,
        AutoScalingGroupName: 'pool',
        LifecycleState: 'InService',
        HealthStatus: 'HEALTHY',
      },
    ]);
  });

  test('activities, with why a launch failed', async () => {
    const rig = sdkOf();
    rig.cloud.configure(rig.key, { failLaunches: 1, launchFailure: 'No <room> & "space".' });
    rig.cloud.update(rig.key, { desired: 3 }, 'test');
    await rig.clock.advance(2_000);
    const { Activities } = await rig.scaling.describeScalingActivities({ AutoScalingGroupName: 'pool' });
    expect(Activities?.[0]).toMatchObject({
      StatusCode: 'Failed',
      StatusMessage: 'No <room> & "space".',
      StartTime: new Date(rig.clock.now()),
      EndTime: new Date(rig.clock.now()),
    });
    expect(Activities).toHaveLength(3);
    const [newest] = need(Activities);
    const one = await rig.scaling.describeScalingActivities({ ActivityIds: [need(newest?.ActivityId)] });
    expect(one.Activities).toEqual([newest]);
    expect(await thrown(rig.scaling.describeScalingActivities({ AutoScalingGroupName: 'x' }))).toEqual([
      'ValidationError',
      400,
      expect.stringContaining('not found'),
    ]);
  });

  test('instances, while they run and after', async () => {
    const { ec2, ids, cloud, clock } = sdkOf({ interfaces: 2 });
    const [first = ''] = ids();
    const read = async () =>
      (await ec2.describeInstances({ InstanceIds: [first] })).Reservations?.[0]?.Instances?.[0];
    expect(await read()).toMatchObject({
      InstanceId: first,
      State: { Code: 16, Name: 'running' },
      PrivateIpAddress: '10.1.0.1',
      LaunchTime: new Date(clock.now()),
      Placement: { AvailabilityZone: 'us-east-1a' },
      Tags: [{ Key: 'aws:autoscaling:groupName', Value: 'pool' }],
      NetworkInterfaces: [
        { PrivateIpAddresses: [{ PrivateIpAddress: '10.1.0.1', Primary: true }] },
        { PrivateIpAddresses: [{ PrivateIpAddress: '10.2.0.1' }] },
      ],
    });
    cloud.terminate(REGION, [first], 'test');
    await clock.advance(30_000);
    expect(await read()).toMatchObject({ State: { Code: 48, Name: 'terminated' }, NetworkInterfaces: [] });
  });

  test('statuses: of running instances, or of all', async () => {
    const { ec2, ids, cloud } = sdkOf();
    const [gone = '', kept = ''] = ids();
    cloud.terminate(REGION, [gone], 'test');
    const read = async (IncludeAllInstances: boolean) =>
      (await ec2.describeInstanceStatus({ IncludeAllInstances })).InstanceStatuses?.map(
        (one) => one.InstanceId,
      );
    expect([await read(false), await read(true)]).toEqual([[kept], [gone, kept]]);
  });

  test('regions', async () => {
    const { ec2 } = sdkOf();
    const { Regions } = await ec2.describeRegions({ RegionNames: ['eu-west-1'] });
    expect(Regions).toMatchObject([{ RegionName: 'eu-west-1', Endpoint: 'ec2.eu-west-1.amazonaws.com' }]);
  });

  test('a detach and a termination', async () => {
    const { scaling, ec2, ids } = sdkOf();
    const [first = ''] = ids();
    const detached = await scaling.detachInstances({
      AutoScalingGroupName: 'pool',
      InstanceIds: [first],
      ShouldDecrementDesiredCapacity: true,
    });
    expect(detached.Activities).toMatchObject([{ StatusCode: 'InProgress', Progress: 50 }]);
    const { TerminatingInstances } = await ec2.terminateInstances({ InstanceIds: [first] });
    expect(TerminatingInstances).toMatchObject([
      { InstanceId: first, PreviousState: { Name: 'running' }, CurrentState: { Name: 'shutting-down' } },
    ]);
  });

  test.each<[string, (rig: SdkRig) => Promise<unknown>, string, number]>([
    [
      'an unknown group',
      ({ scaling }) => scaling.updateAutoScalingGroup({ AutoScalingGroupName: 'x' }),
      'ValidationError',
      400,
    ],
    [
      'an unknown instance',
      ({ ec2 }) => ec2.terminateInstances({ InstanceIds: ['i-00000000000000000'] }),
      'InvalidInstanceID.NotFound',
      400,
    ],
    [
      'unknown instances',
      ({ ec2 }) => ec2.describeInstances({ InstanceIds: ['i-00000000000000000', 'i-00000000'] }),
      'InvalidInstanceID.NotFound',
      400,
    ],
    [
      'what is no id',
      ({ ec2 }) => ec2.describeInstances({ InstanceIds: ['x'] }),
      'InvalidInstanceID.Malformed',
      400,
    ],
    [
      'an unknown filter',
      ({ ec2 }) => ec2.describeInstances({ Filters: [{ Name: 'colour', Values: ['red'] }] }),
      'InvalidParameterValue',
      400,
    ],
    [
      'too many filter values',
      ({ ec2 }) =>
        ec2.describeInstances({
          Filters: [{ Name: 'instance-id', Values: Array.from({ length: 201 }, String) }],
        }),
      'FilterLimitExceeded',
      400,
    ],
    [
      'ids in pages',
      ({ ec2, ids }) => ec2.describeInstances({ InstanceIds: [...ids()], MaxResults: 5 }),
      'InvalidParameterCombination',
      400,
    ],
    [
      'too many ids',
      ({ scaling }) =>
        scaling.describeAutoScalingInstances({ InstanceIds: Array.from({ length: 51 }, String) }),
      'ValidationError',
      400,
    ],
    [
      'a page that there is not',
      ({ scaling }) => scaling.describeAutoScalingGroups({ NextToken: 'x' }),
      'InvalidNextToken',
      400,
    ],
    [
      'a dry run',
      ({ ec2, ids }) => ec2.terminateInstances({ InstanceIds: [...ids()], DryRun: true }),
      'DryRunOperation',
      412,
    ],
    [
      'an unknown region',
      ({ ec2 }) => ec2.describeRegions({ RegionNames: ['mars'] }),
      'InvalidParameterValue',
      400,
    ],
    [
      'another action of Auto Scaling',
      ({ scaling }) => scaling.describeAccountLimits({}),
      'InvalidAction',
      400,
    ],
    ['another action of EC2', ({ ec2 }) => ec2.describeVpcs({}), 'InvalidAction', 400],
  ])('the refusal of %s', async (_title, call, name, status) => {
    expect(await thrown(call(sdkOf()))).toEqual([name, status, expect.stringMatching(/\w+ \w+/)]);
  });
});

describe('filters', () => {
  test.each<[string, string, (rig: CloudRig) => string, number]>([
    ['id', 'instance-id', ({ ids }) => need(ids()[0]), 1],
    ['state', 'instance-state-name', () => 'running', 3],
    ['address of the first interface', 'private-ip-address', () => '10.1.0.2', 1],
    ['address of a later one', 'private-ip-address', () => '10.2.0.2', 0],
    ['address of any interface', 'network-interface.addresses.private-ip-address', () => '10.2.0.2', 1],
    ['zone', 'availability-zone', () => 'us-east-1a', 3],
    ['tag', 'tag:aws:autoscaling:groupName', () => 'pool', 2],
    ['tag with a pattern', 'tag:role', () => 'w?rk*', 1],
    ['key of a tag', 'tag-key', () => 'role', 1],
  ])('find instances by %s', async (_title, Name, value, count) => {
    const rig = sdkOf({ interfaces: 2 });
    rig.cloud.addInstance({ region: REGION, tags: { role: 'worker' } });
    const { Reservations } = await rig.ec2.describeInstances({
      Filters: [{ Name, Values: [value(rig), 'x'] }],
    });
    expect(Reservations).toHaveLength(count);
  });

  test('must all fit', async () => {
    const { ec2, ids, cloud } = sdkOf();
    const [gone = '', kept = ''] = ids();
    cloud.terminate(REGION, [gone], 'test');
    const Filters = [
      { Name: 'instance-id', Values: [gone, kept] },
      { Name: 'instance-state-name', Values: ['running'] },
    ];
    const { Reservations } = await ec2.describeInstances({ Filters });
    expect(Reservations?.flatMap((one) => one.Instances?.map((each) => each.InstanceId))).toEqual([kept]);
  });
});

describe('faults', () => {
  const describeAll = ({ scaling }: SdkRig) => scaling.describeAutoScalingGroups({});
  const describeInstances = ({ ec2 }: SdkRig) => ec2.describeInstances({});

  test.each<[string, CallFault, (rig: SdkRig) => Promise<unknown>, unknown]>([
    ['Auto Scaling throttles', { mode: 'throttle' }, describeAll, ['Throttling', 400, 'Rate exceeded']],
    [
      'EC2 throttles',
      { mode: 'throttle' },
      describeInstances,
      ['RequestLimitExceeded', 503, 'Request limit exceeded.'],
    ],
    [
      'Auto Scaling denies',
      { mode: 'deny' },
      describeAll,
      [
        'AccessDenied',
        403,
        expect.stringContaining('not authorized to perform: autoscaling:DescribeAutoScalingGroups'),
      ],
    ],
    [
      'EC2 denies',
      { mode: 'deny' },
      describeInstances,
      [
        'UnauthorizedOperation',
        403,
        expect.stringContaining('not authorized to perform: ec2:DescribeInstances'),
      ],
    ],
    ['it breaks', { mode: 'error' }, describeAll, ['InternalFailure', 500, expect.any(String)]],
    [
      'it says what it is told to',
      { mode: 'error', code: 'ScalingActivityInProgress', message: 'Busy now.', status: 400 },
      describeAll,
      ['ScalingActivityInProgressFault', 400, 'Busy now.'],
    ],
    [
      'a proxy answers with a page',
      { mode: 'html' },
      describeAll,
      { $metadata: expect.objectContaining({ httpStatusCode: 200 }) },
    ],
  ])('%s', async (_title, fault, call, expected) => {
    const rig = sdkOf();
    faulty(rig, fault);
    expect(await thrown(call(rig))).toEqual(expected);
  });

  test('apply to the actions they name, and to so many calls', async () => {
    const rig = sdkOf();
    faulty(rig, { mode: 'throttle', actions: ['DescribeInstances'], next: 2 });
    await describeAll(rig);
    for (let count = 0; count < 2; count += 1) {
      expect(await thrown(describeInstances(rig))).toMatchObject({ 0: 'RequestLimitExceeded' });
    }
    expect((await describeInstances(rig)).Reservations).toHaveLength(2);
    expect(rig.cloud.faults.calls).toEqual([]);
  });

  test('apply to a part of the calls', async () => {
    const rig = sdkOf();
    faulty(rig, { mode: 'error', fraction: 0.5 });
    const outcomes = await Promise.all(Array.from({ length: 60 }, () => thrown(describeAll(rig))));
    const failed = outcomes.filter((outcome) => Array.isArray(outcome)).length;
    expect(failed).toBeGreaterThan(10);
    expect(failed).toBeLessThan(50);
  });

  test.each([
    ['never arrives', 'hang', 2],
    ['is done, and its answer lost', 'lost', 3],
  ] as const)('a call %s: only the caller ends it', async (_title, mode, desired) => {
    const rig = sdkOf();
    faulty(rig, { mode });
    const leaving = new AbortController();
    const call = rig.scaling.updateAutoScalingGroup(
      { AutoScalingGroupName: 'pool', DesiredCapacity: 3 },
      { abortSignal: leaving.signal },
    );
    const ended = thrown(call);
    await rig.clock.advance(600_000);
    expect(rig.group().desired).toBe(desired);
    leaving.abort();
    expect(await ended).toMatchObject({ 0: 'AbortError' });
  });

  test('a call is done, and answered with an error', async () => {
    const rig = sdkOf();
    faulty(rig, { mode: 'done-error' });
    const call = rig.scaling.updateAutoScalingGroup({ AutoScalingGroupName: 'pool', DesiredCapacity: 3 });
    expect(await thrown(call)).toMatchObject({ 0: 'InternalFailure', 1: 500 });
    expect(rig.group().desired).toBe(3);
  });

  test('every call takes its time', async () => {
    const rig = sdkOf();
    rig.cloud.faults = { ...rig.cloud.faults, latencyMs: [400, 400] };
    const outcome = { isOver: false };
    const call = describeAll(rig).finally(() => {
      outcome.isOver = true;
    });
    await rig.clock.advance(399);
    expect(outcome.isOver).toBe(false);
    await rig.clock.advance(1);
    await call;
  });
});

describe('a bare request', () => {
  const ask = (rig: CloudRig, body: string, headers = {}, method = 'POST'): Promise<FaceResponse> => {
    const query = new URLSearchParams(method === 'GET' ? body : '');
    const { signal } = new AbortController();
    const request: FaceRequest = { method, path: '/', query, headers, body, signal };
    return createAwsFace(rig.cloud).handle(request);
  };
  const scope = (region: string, service: string) => ({
    authorization: `AWS4-HMAC-SHA256 Credential=AKID/20260105/${region}/${service}/aws4_request, Signature=0`,
  });
  const groups = 'Action=DescribeAutoScalingGroups&Version=2011-01-01';

  test('needs no signature: it is of us-east-1 then', async () => {
    const rig = cloudOf();
    expect((await ask(rig, groups)).body).toContain('<AutoScalingGroupName>pool<');
    expect((await ask(rig, groups, {}, 'GET')).body).toContain('<AutoScalingGroupName>pool<');
    expect((await ask(rig, groups, scope('eu-west-1', 'autoscaling'))).body).toContain(
      '<AutoScalingGroups/>',
    );
  });

  test('without a version is of the service it is signed for', async () => {
    const rig = cloudOf();
    const { body } = await ask(rig, 'Action=DescribeAutoScalingGroups', scope(REGION, 'autoscaling'));
    expect(body).toContain('<AutoScalingGroupName>pool<');
    expect((await ask(rig, 'Action=DescribeAutoScalingGroups')).body).toContain('<Code>InvalidAction<');
  });

  test('without an action is refused', async () => {
    expect((await ask(cloudOf(), '')).body).toContain('<Code>MissingAction<');
  });
});
