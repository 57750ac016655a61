import type { PoolRef } from '../../domain/worker-pool.ts';
import type { WritePermit } from '../../ports/write-permit.ts';
import type { Caller } from './caller.ts';

/** Sets the desired capacity of a group, and nothing else of it. */
export async function setDesired(
  caller: Caller,
  { pool, region, to }: PoolRef & { readonly to: number },
  permit: WritePermit,
): Promise<void> {
  await caller.write(
    {
      service: 'autoscaling',
      region,
      action: 'UpdateAutoScalingGroup',
      doing: `set group ${pool} to ${to}`,
      send: (client, options) =>
        client.updateAutoScalingGroup({ AutoScalingGroupName: pool, DesiredCapacity: to }, options),
      // The answer is empty but for its name: a page of whoever else answers with 200 would look like it.
      fault: ({ $metadata: { requestId = '' } }) =>
        requestId === '' ? '200, and what came is no answer of AWS' : undefined,
    },
    permit,
  );
}

/** Takes an instance out of its group and lowers the desired capacity by one. */
export async function detach(
  caller: Caller,
  { pool, region, instanceId }: PoolRef & { readonly instanceId: string },
  permit: WritePermit,
): Promise<void> {
  await caller.write(
    {
      service: 'autoscaling',
      region,
      action: 'DetachInstances',
      doing: `detach ${instanceId} from group ${pool}`,
      send: (client, options) =>
        client.detachInstances(
          {
            AutoScalingGroupName: pool,
            InstanceIds: [instanceId],
            ShouldDecrementDesiredCapacity: true,
          },
          options,
        ),
      fault: ({ Activities }) => (Activities === undefined ? 'no Activities in the answer' : undefined),
    },
    permit,
  );
}

/** Terminates an instance. */
export async function terminate(
  caller: Caller,
  { region, instanceId }: { readonly region: string; readonly instanceId: string },
  permit: WritePermit,
): Promise<void> {
  await caller.write(
    {
      service: 'ec2',
      region,
      action: 'TerminateInstances',
      doing: `terminate ${instanceId}`,
      send: (client, options) => client.terminateInstances({ InstanceIds: [instanceId] }, options),
      fault: ({ TerminatingInstances }) => {
        const isNamed = TerminatingInstances?.some((each) => each.InstanceId === instanceId) === true;
        return isNamed ? undefined : `the answer does not name ${instanceId}`;
      },
    },
    permit,
  );
}
