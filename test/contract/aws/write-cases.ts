import { describe, expect, test } from 'vitest';
import { detachFields, members, terminateFields } from './wire.ts';
import type { AwsSource, AwsWire } from './wire.ts';
import { all, textAt } from './xml.ts';

/** The three mutating calls: what they change, what they refuse, and that a refusal changes nothing. */
export function writeCases(source: AwsSource): void {
  describe('the desired capacity', () => {
    desiredCases(source);
  });
  describe('a detach', () => {
    detachCases(source);
  });
  describe('a termination', () => {
    terminateCases(source);
  });
}

function desiredCases({ open, behavesAsAws }: AwsSource): void {
  test('is raised, nothing else is changed, and instances come', async () => {
    const wire = open();
    const name = await wire.aws.makeGroup({ min: 1, max: 5, desired: 1 });
    const before = await wire.memberIds(name);
    const answer = await wire.setDesired(name, 3);
    expect(answer.status).toBe(200);
    expect(answer.xml().name).toBe('UpdateAutoScalingGroupResponse');
    expect(answer.requestId).not.toBe('');
    await wire.settle();
    expect(await numbersOf(wire, name)).toEqual(['1', '5', '3']);
    const after = await wire.memberIds(name);
    expect(after).toHaveLength(3);
    expect(after).toEqual(expect.arrayContaining([...before]));
    for (const id of after) expect(await wire.stateOf(id)).toBe('running');
  });

  test('may be set to what it is', async () => {
    const wire = open();
    const name = await wire.aws.makeGroup({ min: 0, max: 2, desired: 1 });
    const before = await wire.memberIds(name);
    expect((await wire.setDesired(name, 1)).status).toBe(200);
    await wire.settle();
    expect(await wire.memberIds(name)).toEqual(before);
  });

  test('of a group that does not exist is refused', async () => {
    const wire = open();
    const fields = {
      Action: 'UpdateAutoScalingGroup',
      AutoScalingGroupName: 'there-is-no-such-group',
      DesiredCapacity: '1',
    };
    expect(await wire.refusal('autoscaling', fields)).toEqual({
      status: 400,
      code: 'ValidationError',
      message: expect.stringMatching(/^AutoScalingGroup name not found/),
    });
  });

  if (behavesAsAws) onlyDesiredCases(open);
}

function onlyDesiredCases(open: AwsSource['open']): void {
  // moto: no bounds are enforced
  test('is never set beyond the bounds', async () => {
    const wire = open();
    const name = await wire.aws.makeGroup({ min: 1, max: 2, desired: 1 });
    for (const to of ['3', '0']) {
      const fields = {
        Action: 'UpdateAutoScalingGroup',
        AutoScalingGroupName: name,
        DesiredCapacity: to,
      };
      expect(await wire.refusal('autoscaling', fields)).toEqual({
        status: 400,
        code: 'ValidationError',
        message: `Desired capacity:${to} must be between the specified min size:1 and max size:2`,
      });
    }
    expect(await wire.desired(name)).toBe(1);
  });

  // moto: InService at once
  test('brings instances that are pending first', async () => {
    const wire = open();
    const name = await wire.aws.makeGroup({ min: 0, max: 2, desired: 0 });
    await wire.setDesired(name, 1);
    for (let waited = 0; waited < 20 && (await wire.memberIds(name)).length === 0; waited += 1) {
      await wire.aws.elapse(1_000);
    }
    const [first] = all(await wire.group(name), 'Instances', 'member');
    expect(first && textAt(first, 'LifecycleState')).toBe('Pending');
    await wire.settle();
    const [instance] = all(await wire.group(name), 'Instances', 'member');
    expect(instance && textAt(instance, 'LifecycleState')).toBe('InService');
  });
}

function detachCases({ open, behavesAsAws }: AwsSource): void {
  test('takes the instance out, lowers the desired capacity and leaves it running', async () => {
    const wire = open();
    const name = await wire.aws.makeGroup({ min: 1, max: 5, desired: 3 });
    const [gone = '', ...rest] = await wire.memberIds(name);
    const answer = await wire.detach(name, gone);
    expect(answer.status).toBe(200);
    const activities = all(answer.xml(), 'DetachInstancesResult', 'Activities', 'member');
    expect(activities).toHaveLength(1);
    await wire.settle();
    expect(await numbersOf(wire, name)).toEqual(['1', '5', '2']);
    expect((await wire.memberIds(name)).toSorted()).toEqual(rest.toSorted());
    expect(await wire.stateOf(gone)).toBe('running');
    const action = 'DescribeAutoScalingInstances';
    const root = await wire.ask('autoscaling', { Action: action, ...members('InstanceIds', [gone]) });
    expect(all(root, `${action}Result`, 'AutoScalingInstances', 'member')).toEqual([]);
  });

  if (behavesAsAws) onlyDetachCases(open);
}

function onlyDetachCases(open: AwsSource['open']): void {
  // moto: 200, and desired falls
  test('of an instance that is not a member is refused', async () => {
    const wire = open();
    const name = await wire.aws.makeGroup({ min: 0, max: 2, desired: 2 });
    const stray = await wire.aws.makeStray();
    const [left = ''] = await wire.memberIds(name);
    await wire.detach(name, left);
    await wire.settle();
    for (const id of [stray, left]) {
      expect(await wire.refusal('autoscaling', detachFields(name, id))).toEqual({
        status: 400,
        code: 'ValidationError',
        message: `The instance ${id} is not part of Auto Scaling group ${name}.`,
      });
    }
    expect(await wire.desired(name)).toBe(1);
  });

  // moto: detached at once
  test('that is under way is refused to be begun again', async () => {
    const wire = open();
    const name = await wire.aws.makeGroup({ min: 0, max: 2, desired: 2 });
    const [id = ''] = await wire.memberIds(name);
    await wire.detach(name, id);
    expect(await wire.refusal('autoscaling', detachFields(name, id))).toEqual({
      status: 400,
      code: 'ValidationError',
      message: `The instance ${id} is not in InService or Standby.`,
    });
    await wire.settle();
    expect(await wire.desired(name)).toBe(1);
  });

  // moto: no bounds are enforced
  test('never goes below the minimum', async () => {
    const wire = open();
    const name = await wire.aws.makeGroup({ min: 2, max: 3, desired: 2 });
    const [id = ''] = await wire.memberIds(name);
    expect(await wire.refusal('autoscaling', detachFields(name, id))).toEqual({
      status: 400,
      code: 'ValidationError',
      message: `AutoScalingGroup ${name} has min-size=2, max-size=3, and desired-size=2. To detach 1 instance, please update the AutoScalingGroup sizes appropriately.`,
    });
    expect(await wire.desired(name)).toBe(2);
    expect(await wire.memberIds(name)).toHaveLength(2);
  });

  // moto: 500 with an HTML page
  test('from a group that does not exist is refused', async () => {
    const wire = open();
    const id = await wire.aws.makeStray();
    const fields = detachFields('there-is-no-such-group', id);
    expect(await wire.refusal('autoscaling', fields)).toMatchObject({
      status: 400,
      code: 'ValidationError',
      message: expect.stringMatching(/^AutoScalingGroup name not found/),
    });
  });
}

function terminateCases({ open, behavesAsAws }: AwsSource): void {
  test('ends an instance, and ending it again is no error', async () => {
    const wire = open();
    const id = await wire.aws.makeStray();
    const answer = await wire.terminate(id);
    expect(answer.status).toBe(200);
    const [change] = all(answer.xml(), 'instancesSet', 'item');
    expect(change && textAt(change, 'instanceId')).toBe(id);
    expect(change && textAt(change, 'currentState', 'name')).toBe('shutting-down');
    expect(change && textAt(change, 'previousState', 'name')).toBe('running');
    await wire.settle();
    expect(await wire.stateOf(id)).toBe('terminated');
    expect((await wire.terminate(id)).status).toBe(200);
    expect(await wire.stateOf(id)).toBe('terminated');
  });

  test('of an instance that nobody has is refused', async () => {
    const wire = open();
    expect(await wire.refusal('ec2', terminateFields('i-00000000000000000'))).toEqual({
      status: 400,
      code: 'InvalidInstanceID.NotFound',
      message: "The instance ID 'i-00000000000000000' does not exist",
    });
  });

  if (behavesAsAws) onlyTerminateCases(open);
}

function onlyTerminateCases(open: AwsSource['open']): void {
  // moto: InvalidInstanceID.NotFound
  test('of what is no id is refused', async () => {
    const wire = open();
    expect(await wire.refusal('ec2', terminateFields('worker-1'))).toMatchObject({
      status: 400,
      code: 'InvalidInstanceID.Malformed',
    });
  });

  // moto: it stays in its group
  test('of a member makes the group replace it', async () => {
    const wire = open();
    const name = await wire.aws.makeGroup({ min: 0, max: 3, desired: 2 });
    const [gone = '', kept = ''] = await wire.memberIds(name);
    await wire.terminate(gone);
    await wire.aws.elapse(600_000);
    const after = await wire.memberIds(name);
    expect(after).toHaveLength(2);
    expect(after).toContain(kept);
    expect(after).not.toContain(gone);
    expect(await wire.desired(name)).toBe(2);
  });
}

async function numbersOf(wire: AwsWire, name: string): Promise<readonly (string | undefined)[]> {
  const group = await wire.group(name);
  return ['MinSize', 'MaxSize', 'DesiredCapacity'].map((field) => textAt(group, field));
}
