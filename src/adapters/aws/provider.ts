import type { AutoScalingGroup } from '@aws-sdk/client-auto-scaling';
import type { PoolGroup, PoolRef } from '../../domain/worker-pool.ts';
import { PortError } from '../../ports/port-error.ts';
import type { ScalingProvider } from '../../ports/scaling-provider.ts';
import { attemptOf, Caller } from './caller.ts';
import type { Attempt } from './errors.ts';
import { Gatherer } from './gatherer.ts';
import { parsed } from './need.ts';
import type { AwsOptions } from './options.ts';
import {
  describeByAddress,
  describeGroups,
  describeInstances,
  describeMembership,
  describeTrouble,
  MOST_FILTER_VALUES,
  MOST_NAMES,
} from './reads.ts';
import { readGroup } from './wire-group.ts';
import { detach, setDesired, terminate } from './writes.ts';

/** A provider over AWS; `close` stops what is under way and closes every connection. */
export interface AwsProvider extends ScalingProvider {
  close(): Promise<void>;
}

/** Worker pools as Auto Scaling groups. The SDK is loaded with the first call. */
export function createScalingProvider(options: AwsOptions): AwsProvider {
  const caller = new Caller(options);
  const groups = gather(caller, options, { what: 'read groups', most: MOST_NAMES, describe: describeGroups });
  const membership = gather(caller, options, {
    what: "read instances' groups",
    most: MOST_NAMES,
    describe: describeMembership,
  });
  const instances = gather(caller, options, {
    what: 'read instances',
    most: MOST_FILTER_VALUES,
    describe: describeInstances,
  });
  const byAddress = gather(caller, options, {
    what: 'find instances by address',
    most: MOST_FILTER_VALUES,
    describe: describeByAddress,
  });
  return {
    readGroup: async (ref, signal) => pickGroup(ref, await groups.ask(ref.region, [ref.pool], signal)),
    readInstances: (region, instanceIds, signal) => instances.ask(region, instanceIds, signal),
    findByAddress: (region, addresses, signal) => byAddress.ask(region, addresses, signal),
    readMembership: (region, instanceIds, signal) => membership.ask(region, instanceIds, signal),
    readTrouble: (ref, signal) => describeTrouble(caller, ref, signal),
    setDesired: (ref, to, permit) => setDesired(caller, { ...ref, to }, permit),
    detach: (ref, instanceId, permit) => detach(caller, { ...ref, instanceId }, permit),
    terminate: (region, instanceId, permit) => terminate(caller, { region, instanceId }, permit),
    close: () => caller.close(),
  };
}

interface Kind<Item> {
  readonly what: string;
  readonly most: number;
  readonly describe: (
    caller: Caller,
    region: string,
    keys: readonly string[],
  ) => Promise<ReadonlyMap<string, Item>>;
}

function gather<Item>(caller: Caller, { clock }: AwsOptions, kind: Kind<Item>): Gatherer<Item> {
  const { what, most, describe } = kind;
  return new Gatherer({
    clock,
    most,
    closing: caller.closing,
    read: (region, keys) => describe(caller, region, keys),
    stopped: (region) =>
      new PortError('cancelled', { service: 'aws', doing: `${what} in ${region}`, text: 'stopped' }),
  });
}

function pickGroup(ref: PoolRef, found: ReadonlyMap<string, AutoScalingGroup>): PoolGroup {
  const attempt = describing(ref);
  const group = found.get(ref.pool);
  if (group !== undefined) return parsed(attempt, () => readGroup(ref, group));
  throw new PortError('not-found', {
    service: 'aws',
    doing: attempt.doing,
    text: `there is no Auto Scaling group of that name in ${ref.region}`,
  });
}

function describing({ pool, region }: PoolRef): Attempt {
  const action = 'DescribeAutoScalingGroups';
  return attemptOf({ service: 'autoscaling', action, region, doing: `read group ${pool}` }, false);
}
