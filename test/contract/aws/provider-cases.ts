import { describe, expect, onTestFinished, test } from 'vitest';
import { createScalingProvider } from '../../../src/adapters/aws/provider.ts';
import type { AwsProvider } from '../../../src/adapters/aws/provider.ts';
import { systemClock } from '../../../src/adapters/system/clock.ts';
import { createWriteAgent } from '../../../src/adapters/system/write-agent.ts';
import type { PoolRef } from '../../../src/domain/worker-pool.ts';
import type { WritePermit } from '../../../src/ports/write-permit.ts';
import { awsEnvironment, stubAws } from '../../support/aws-environment.ts';
import { rejection } from '../../support/rejection.ts';
import type { AwsSource, AwsWire, GroupSpec } from './wire.ts';

const never = new AbortController().signal;
const permit: WritePermit = { assertHeld: () => undefined, signal: never };

interface Rig {
  readonly wire: AwsWire;
  readonly provider: AwsProvider;
  readonly region: string;
  makeGroup(spec: GroupSpec): Promise<PoolRef>;
}

/** The port as the agent sees it, over the SDK, a socket and the server under test. */
export function providerCases(source: AwsSource): void {
  describe('the scaling provider', () => {
    readingCases(source);
    writingCases(source);
    refusalCases(source);
  });
}

function rigOf({ open }: AwsSource): Rig {
  const wire = open();
  stubAws(awsEnvironment(wire.aws.url));
  const provider = createScalingProvider({ clock: systemClock(), writeAgent: createWriteAgent });
  onTestFinished(() => provider.close());
  const { region } = wire.aws;
  return {
    wire,
    provider,
    region,
    makeGroup: async (spec) => ({ pool: await wire.aws.makeGroup(spec), region }),
  };
}

function readingCases(source: AwsSource): void {
  test('reads a group', async () => {
    const { provider, makeGroup, wire } = rigOf(source);
    const ref = await makeGroup({ min: 1, max: 4, desired: 2 });
    const group = await provider.readGroup(ref, never);
    expect(group).toMatchObject({ ...ref, min: 1, max: 4, desired: 2, suspended: [] });
    expect(group.zones.length).toBeGreaterThan(0);
    expect(group.members.map((member) => member.instanceId)).toEqual(await wire.memberIds(ref.pool));
    for (const member of group.members) {
      expect(member).toMatchObject({ lifecycle: 'InService', isProtected: false });
      expect(group.zones).toContain(member.zone);
    }
  });

  test('tells a group that does not exist from one without members', async () => {
    const { provider, makeGroup } = rigOf(source);
    const ref = await makeGroup({ min: 0, max: 4, desired: 0 });
    expect(await provider.readGroup(ref, never)).toMatchObject({ desired: 0, members: [] });
    const error = await rejection(provider.readGroup({ ...ref, pool: 'there-is-no-such-group' }, never));
    expect(error.kind).toBe('not-found');
  });

  test('reads instances, and leaves out those that nobody has', async () => {
    const { provider, makeGroup, region } = rigOf(source);
    const ref = await makeGroup({ min: 0, max: 2, desired: 1 });
    const [member] = (await provider.readGroup(ref, never)).members;
    const id = member?.instanceId ?? '';
    const found = await provider.readInstances(region, [id, 'i-00000000000000000'], never);
    expect([...found.keys()]).toEqual([id]);
    const facts = found.get(id);
    expect(facts).toMatchObject({ instanceId: id, state: 'running', zone: member?.zone });
    expect(facts?.launchedMs).toBeGreaterThan(0);
    const address = facts?.addresses[0] ?? '';
    const byAddress = await provider.findByAddress(region, [address, '198.51.100.77'], never);
    expect([...byAddress.keys()]).toEqual([address]);
    expect(byAddress.get(address)).toContainEqual(facts);
  });

  test('reads which group an instance is in', async () => {
    const { provider, makeGroup, region, wire } = rigOf(source);
    const ref = await makeGroup({ min: 0, max: 2, desired: 2 });
    const ids = await wire.memberIds(ref.pool);
    const stray = await wire.aws.makeStray();
    const found = await provider.readMembership(region, [...ids, stray], never);
    expect(Object.fromEntries(found)).toEqual(Object.fromEntries(ids.map((id) => [id, ref.pool])));
  });

  test('knows of no trouble where there was none', async () => {
    const { provider, makeGroup } = rigOf(source);
    const ref = await makeGroup({ min: 0, max: 2, desired: 1 });
    expect(await provider.readTrouble(ref, never)).toBe('');
  });
}

function writingCases(source: AwsSource): void {
  test('raises the desired capacity', async () => {
    const { provider, makeGroup, wire } = rigOf(source);
    const ref = await makeGroup({ min: 1, max: 4, desired: 1 });
    await provider.setDesired(ref, 3, permit);
    await wire.settle();
    const group = await provider.readGroup(ref, never);
    expect(group).toMatchObject({ min: 1, max: 4, desired: 3 });
    expect(group.members).toHaveLength(3);
  });

  test('detaches a member and terminates it, once and again', async () => {
    const { provider, makeGroup, region, wire } = rigOf(source);
    const ref = await makeGroup({ min: 1, max: 4, desired: 2 });
    const [gone = '', kept = ''] = await wire.memberIds(ref.pool);
    await provider.detach(ref, gone, permit);
    await wire.settle();
    const group = await provider.readGroup(ref, never);
    expect(group.desired).toBe(1);
    expect(group.members.map((member) => member.instanceId)).toEqual([kept]);
    expect((await provider.readMembership(region, [gone, kept], never)).get(gone)).toBeUndefined();
    await provider.terminate(region, gone, permit);
    await wire.settle();
    await provider.terminate(region, gone, permit);
    const facts = await provider.readInstances(region, [gone, kept], never);
    expect(facts.get(gone)?.state ?? 'terminated').toBe('terminated');
    expect(facts.get(kept)?.state).toBe('running');
  });
}

function refusalCases(source: AwsSource): void {
  test('says that a group or an instance does not exist', async () => {
    const { provider, region } = rigOf(source);
    const ref = { pool: 'there-is-no-such-group', region };
    for (const write of [
      () => provider.setDesired(ref, 1, permit),
      () => provider.terminate(region, 'i-00000000000000000', permit),
      () => provider.terminate(region, 'worker-1', permit),
    ]) {
      const error = await rejection(write());
      expect(error.kind).toBe('not-found');
      expect(error.detail).toMatchObject({ status: 400, outcomeUnknown: false });
    }
  });

  if (source.behavesAsAws) conflictCases(source);
}

/** moto refuses none of these, and launches whatever it is asked for. */
function conflictCases(source: AwsSource): void {
  test('tells what the group says about a launch that failed', async () => {
    const { provider, makeGroup, wire } = rigOf(source);
    const ref = await makeGroup({ min: 0, max: 2, desired: 0 });
    wire.aws.failLaunches?.(ref.pool, 'We currently do not have sufficient t3.medium capacity.');
    await provider.setDesired(ref, 1, permit);
    await wire.settle();
    const trouble = await provider.readTrouble(ref, never);
    expect(trouble).toMatch(/^We currently do not have sufficient t3\.medium capacity\. \(\d{4}-.*Z\)$/);
  });

  test('says what stands in the way', async () => {
    const { provider, makeGroup, wire } = rigOf(source);
    const ref = await makeGroup({ min: 1, max: 2, desired: 2 });
    const [first = '', second = ''] = await wire.memberIds(ref.pool);
    const conflictOf = async (write: Promise<void>): Promise<unknown> =>
      (await rejection(write)).detail.conflict;
    expect(await conflictOf(provider.setDesired(ref, 3, permit))).toBe('bounds');
    const stray = await wire.aws.makeStray();
    expect(await conflictOf(provider.detach(ref, stray, permit))).toBe('not-a-member');
    await provider.detach(ref, first, permit);
    expect(await conflictOf(provider.detach(ref, first, permit))).toBe('activity');
    await wire.settle();
    expect(await conflictOf(provider.detach(ref, first, permit))).toBe('not-a-member');
    expect(await conflictOf(provider.detach(ref, second, permit))).toBe('bounds');
    const error = await rejection(provider.detach({ ...ref, pool: 'there-is-no-such-group' }, first, permit));
    expect(error.kind).toBe('not-found');
  });
}
