import { describe, expect, test } from 'vitest';
import { cloudOf, need, REGION } from './cloud-rig.ts';

const by = 'test';

describe('an Auto Scaling group', () => {
  test('launches what it lacks: pending first, in service later, each an activity', async () => {
    const { cloud, clock, key, group, ids, instance, told } = cloudOf();
    const old = ids();
    cloud.update(key, { desired: 4 }, by);
    await clock.advance(1_999);
    expect(ids()).toEqual(old);
    await clock.advance(1);
    const fresh = ids('Pending');
    expect([fresh.length, fresh.map((id) => instance(id).state)]).toEqual([2, ['pending', 'pending']]);
    expect(told().slice(0, 2)).toEqual(
      Array.from({ length: 2 }, () => 'PreInService Launching a new EC2 instance'),
    );
    await clock.advance(20_000);
    expect([ids('InService'), instance(need(fresh[0])).state]).toEqual([[...old, ...fresh], 'running']);
    expect(told()).toEqual(Array.from({ length: 4 }, () => 'Successful Launching a new EC2 instance'));
    await clock.advance(600_000);
    expect(group().members).toHaveLength(4);
  });

  test('orders no more when the wish is taken back before the instance is there', async () => {
    const { cloud, clock, key, ids } = cloudOf();
    cloud.update(key, { desired: 4 }, by);
    cloud.update(key, { desired: 3 }, by);
    await clock.advance(300_000);
    expect(ids()).toHaveLength(3);
  });

  test('never goes beyond its bounds, and follows them when they move', async () => {
    const { cloud, clock, key, group, ids } = cloudOf({ min: 1, max: 4 });
    expect(() => cloud.update(key, { desired: 5 }, by)).toThrow(
      'Desired capacity:5 must be between the specified min size:1 and max size:4',
    );
    expect(() => cloud.update(key, { desired: 0 }, by)).toThrow('min size:1 and max size:4');
    cloud.update(key, { min: 3 }, by);
    expect(group().desired).toBe(3);
    cloud.update(key, { min: 0, max: 1 }, by);
    expect(group().desired).toBe(1);
    await clock.advance(300_000);
    expect(ids()).toHaveLength(1);
  });

  test('ends members of its own choice when the desired capacity is lowered', async () => {
    const { cloud, clock, key, ids, instance, told } = cloudOf({ desired: 3 });
    const [first = '', ...rest] = ids();
    cloud.update(key, { desired: 2 }, by);
    expect([ids('Terminating'), instance(first).state]).toEqual([[first], 'shutting-down']);
    await clock.advance(30_000);
    expect([ids(), instance(first).state, instance(first).addresses]).toEqual([rest, 'terminated', []]);
    expect(told()[0]).toBe('Successful Terminating EC2 instance');
    expect(cloud.state.history).toContainEqual(
      expect.objectContaining({ kind: 'desired', from: 3, to: 2, by }),
    );
  });

  test('does not choose protected members, and says so when there are no others', async () => {
    const { cloud, key, ids, told } = cloudOf({ desired: 2 });
    const [first = '', second = ''] = ids();
    cloud.protect(key, true, first);
    cloud.update(key, { desired: 1 }, by);
    expect(ids('Terminating')).toEqual([second]);
    cloud.update(key, { min: 0, desired: 0 }, by);
    expect(ids('InService')).toEqual([first]);
    expect(told()[0]).toMatch(/^Failed Could not scale .* protected from scale in\.$/);
  });

  test('protects new members when it is told to', async () => {
    const { cloud, clock, key, group } = cloudOf({ desired: 1, protectsNew: false });
    cloud.protect(key, true);
    cloud.update(key, { desired: 2 }, by);
    await clock.advance(60_000);
    expect(group().members.map((member) => member.isProtected)).toEqual([false, true]);
  });

  test.each([
    ['two launches', 2, 3],
    ['every launch', Infinity, 2],
  ])('tells why launches fail, and tries again: %s', async (_title, failLaunches, members) => {
    const { cloud, clock, key, ids, told } = cloudOf();
    cloud.configure(key, { failLaunches, launchFailure: 'Nothing left.' });
    cloud.update(key, { desired: 3 }, by);
    await clock.advance(2_000);
    expect(told()[0]).toBe('Failed Launching a new EC2 instance.  Status Reason: Nothing left.');
    await clock.advance(180_000);
    expect(ids()).toHaveLength(members);
    const failures = told().filter((line) => line.startsWith('Failed'));
    expect(failures).toHaveLength(failLaunches === 2 ? 2 : 5);
  });

  test('does not launch while that is suspended', async () => {
    const { cloud, clock, key, ids } = cloudOf({ suspended: ['Launch'] });
    cloud.update(key, { desired: 3 }, by);
    await clock.advance(120_000);
    expect(ids()).toHaveLength(2);
    cloud.suspend(key, []);
    await clock.advance(120_000);
    expect(ids()).toHaveLength(3);
  });

  test('does not count a member in standby', async () => {
    const { cloud, clock, key, ids, group } = cloudOf({ desired: 2 });
    const [first = ''] = ids();
    cloud.setStandby(key, first, true);
    await clock.advance(120_000);
    expect([group().desired, ids('Standby'), ids('InService').length]).toEqual([1, [first], 1]);
    cloud.setStandby(key, first, false);
    await clock.advance(120_000);
    expect([group().desired, ids('InService').length]).toEqual([2, 2]);
  });
});

describe('a detach', () => {
  test('lowers the desired capacity at once; the instance leaves later and goes on running', async () => {
    const { cloud, clock, key, group, ids, instance, told } = cloudOf();
    const [gone = '', kept = ''] = ids();
    const [activity] = cloud.detach(key, [gone], { decrement: true, by });
    expect(activity).toMatchObject({ status: 'InProgress', description: `Detaching EC2 instance: ${gone}` });
    expect([group().desired, ids('Detaching')]).toEqual([1, [gone]]);
    await clock.advance(9_999);
    expect(ids()).toEqual([gone, kept]);
    await clock.advance(1);
    expect([ids(), instance(gone).state, instance(gone).tags]).toEqual([[kept], 'running', {}]);
    expect(told()[0]).toBe('Successful Detaching EC2 instance');
    await clock.advance(600_000);
    expect(ids()).toEqual([kept]);
  });

  test('without a decrement makes the group replace the instance', async () => {
    const { cloud, clock, key, group, ids } = cloudOf();
    const [gone = ''] = ids();
    cloud.detach(key, [gone], { decrement: false, by });
    await clock.advance(60_000);
    expect([group().desired, ids().length, ids().includes(gone)]).toEqual([2, 2, false]);
  });

  test('is all or nothing', () => {
    const { cloud, key, group, ids } = cloudOf();
    const [first = '', second = ''] = ids();
    const detach = (...asked: string[]) => cloud.detach(key, asked, { decrement: true, by });
    expect(() => detach(first, 'i-00000000000000000')).toThrow(
      'The instance i-00000000000000000 is not part of Auto Scaling group pool.',
    );
    expect(() => detach(first, second)).toThrow(
      'AutoScalingGroup pool has min-size=1, max-size=5, and desired-size=2. To detach 2 instances, please update the AutoScalingGroup sizes appropriately.',
    );
    expect(() => detach(...Array.from({ length: 21 }, () => first))).toThrow('exceeds the maximum number');
    expect([group().desired, ids('InService')]).toEqual([2, [first, second]]);
    detach(first);
    expect(() => detach(first)).toThrow(`The instance ${first} is not in InService or Standby.`);
  });
});

describe('a termination', () => {
  test('of a member is seen by the group later, which then replaces it', async () => {
    const { cloud, clock, group, ids, instance } = cloudOf();
    const [gone = '', kept = ''] = ids();
    expect(cloud.terminate(REGION, [gone], by)).toMatchObject([{ id: gone, state: 'running' }]);
    await clock.advance(30_000);
    expect([instance(gone).state, ids('InService')]).toEqual(['terminated', [gone, kept]]);
    await clock.advance(30_000);
    expect(ids('Terminating')).toEqual([gone]);
    await clock.advance(60_000);
    expect([group().desired, ids().length, ids().includes(gone)]).toEqual([2, 2, false]);
  });

  test('of a pending member is replaced too', async () => {
    const { cloud, clock, key, ids } = cloudOf({ desired: 1 });
    cloud.update(key, { desired: 2 }, by);
    await clock.advance(5_000);
    const [pending = ''] = ids('Pending');
    cloud.terminate(REGION, [pending], by);
    await clock.advance(180_000);
    expect([ids('InService').length, ids().includes(pending)]).toEqual([2, false]);
  });

  test('is not seen while the replacement of members is suspended', async () => {
    const { cloud, clock, ids } = cloudOf({ suspended: ['ReplaceUnhealthy'] });
    const [gone = '', kept = ''] = ids();
    cloud.terminate(REGION, [gone], by);
    await clock.advance(600_000);
    expect(ids('InService')).toEqual([gone, kept]);
  });

  test('may be repeated, also of many, and is all or nothing', async () => {
    const { cloud, clock } = cloudOf();
    const [first, second] = [cloud.addInstance({ region: REGION }), cloud.addInstance({ region: REGION })];
    const unknown = 'i-00000000000000000';
    expect(() => cloud.terminate(REGION, [first.id, unknown], by)).toThrow(`'${unknown}' does not exist`);
    expect(() => cloud.terminate('eu-west-1', [first.id], by)).toThrow(`'${first.id}' does not exist`);
    expect(() => cloud.terminate(REGION, ['node-1'], by)).toThrow('Invalid id: "node-1"');
    expect(cloud.state.instance(first.id)?.state).toBe('running');
    cloud.terminate(REGION, [first.id, second.id], by);
    await clock.advance(60_000);
    expect(cloud.terminate(REGION, [first.id], by)).toMatchObject([{ state: 'terminated' }]);
  });

  test('is refused for an instance that is protected from it', () => {
    const { cloud } = cloudOf();
    const { id } = cloud.addInstance({ region: REGION, isTerminationProtected: true });
    expect(() => cloud.terminate(REGION, [id], by)).toThrow("'disableApiTermination'");
  });

  test('is forgotten by EC2 after an hour', async () => {
    const { cloud, clock } = cloudOf();
    const { id } = cloud.addInstance({ region: REGION });
    const isTold = (): boolean => cloud.view(REGION).instances.some((one) => one.id === id);
    cloud.terminate(REGION, [id], by);
    await clock.advance(3_600_000);
    expect(isTold()).toBe(true);
    await clock.advance(60_000);
    expect(isTold()).toBe(false);
    expect(() => cloud.terminate(REGION, [id], by)).toThrow('does not exist');
  });
});

describe('zones', () => {
  const zones = ['us-east-1a', 'us-east-1b'];

  test('are filled evenly', async () => {
    const { cloud, clock, key, group } = cloudOf({ zones, desired: 1 });
    cloud.update(key, { desired: 4 }, by);
    await clock.advance(60_000);
    expect(group().members.map(({ zone }) => zone)).toEqual([...zones, ...zones]);
  });

  test('that became uneven are evened out: one more is launched, then one ended that nobody drained', async () => {
    const { cloud, clock, key, group, ids } = cloudOf({ zones, desired: 4 });
    const inZone = (zone: string): readonly string[] =>
      group().members.flatMap((member) => (member.zone === zone ? [member.instanceId] : []));
    const [, longest] = [inZone('us-east-1b'), inZone('us-east-1a')];
    for (const id of inZone('us-east-1b')) cloud.detach(key, [id], { decrement: true, by });
    await clock.advance(10_000 + 45_000 + 2_000);
    expect(ids('Pending')).toHaveLength(1);
    expect(group().members).toHaveLength(3);
    await clock.advance(20_000);
    expect(ids('Terminating')).toEqual([longest[0]]);
    await clock.advance(300_000);
    expect([inZone('us-east-1a').length, inZone('us-east-1b').length, group().desired]).toEqual([1, 1, 2]);
  });

  test.each([
    ['AZRebalance is suspended', { suspended: ['AZRebalance'] }, false],
    ['every member there is protected', { protectsNew: true }, false],
    ['nothing is in the way', {}, true],
  ])('are left as they are unless nothing is in the way: %s', async (_title, input, isEven) => {
    const { cloud, clock, key, group } = cloudOf({ zones, desired: 4, ...input });
    for (const { zone, instanceId } of group().members) {
      if (zone === 'us-east-1b') cloud.detach(key, [instanceId], { decrement: true, by });
    }
    await clock.advance(600_000);
    expect(new Set(group().members.map(({ zone }) => zone)).size).toBe(isEven ? 2 : 1);
  });
});

describe('a stale read', () => {
  test('sees the cloud as it was, for as long as the lag, and never less than there was at the start', async () => {
    const { cloud, clock, key, ids } = cloudOf();
    cloud.faults = { ...cloud.faults, staleMs: [3_000, 3_000] };
    const seen = (): unknown => {
      const [group] = cloud.view(REGION).groups;
      return [group?.desired, group?.members.length];
    };
    expect(seen()).toEqual([2, 2]);
    await clock.advance(10_000);
    cloud.update(key, { desired: 3 }, by);
    await clock.advance(2_999);
    expect([seen(), ids().length]).toEqual([[2, 2], 3]);
    await clock.advance(1);
    expect(seen()).toEqual([3, 2]);
    await clock.advance(2_000);
    expect(seen()).toEqual([3, 3]);
  });
});

test('one seed gives one history', async () => {
  const run = async (): Promise<unknown> => {
    const { cloud, clock, key } = cloudOf();
    cloud.update(key, { desired: 5 }, by);
    await clock.advance(200_000);
    return cloud.state.history;
  };
  expect(await run()).toEqual(await run());
});
