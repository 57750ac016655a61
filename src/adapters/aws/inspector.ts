import type { AwsInspector } from '../../ports/inspection.ts';
import { isPortError } from '../../ports/port-error.ts';
import { Caller } from './caller.ts';
import type { AwsOptions } from './options.ts';

/** Looks into the AWS that an adapter of the same options would use. */
export function createAwsInspector(options: AwsOptions): AwsInspector & { close(): Promise<void> } {
  const caller = new Caller(options);
  return {
    mayTerminate: (region, instanceId, signal) => mayTerminate(caller, { region, instanceId }, signal),
    mayUpdate: async (region, group, signal) => {
      const action = 'UpdateAutoScalingGroup';
      const doing = `update group ${group} with nothing`;
      await caller.read(
        {
          service: 'autoscaling',
          region,
          action,
          doing,
          send: (client, sending) => client.updateAutoScalingGroup({ AutoScalingGroupName: group }, sending),
        },
        signal,
      );
    },
    close: () => caller.close(),
  };
}

/** EC2's word for "would have been done". */
const WOULD_BE_DONE = /DryRunOperation/;

async function mayTerminate(
  caller: Caller,
  { region, instanceId }: { readonly region: string; readonly instanceId: string },
  signal: AbortSignal,
): Promise<void> {
  const action = 'TerminateInstances';
  const doing = `ask whether ${instanceId} might be terminated`;
  const input = { InstanceIds: [instanceId], DryRun: true };
  try {
    await caller.read(
      {
        service: 'ec2',
        region,
        action,
        doing,
        send: (client, sending) => client.terminateInstances(input, sending),
      },
      signal,
    );
  } catch (error) {
    if (!isPortError(error) || !WOULD_BE_DONE.test(error.detail.text)) throw error;
  }
}
