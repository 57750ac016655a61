import type { AwsInspector } from '../../ports/inspection.ts';
import { isPortError } from '../../ports/port-error.ts';
import { Caller, type SendOptions } from './caller.ts';
import type { AwsOptions } from './options.ts';
import type { SdkClients } from './sdk.ts';

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
const NO_SUCH_INSTANCE = /InvalidInstanceID/;

/** Of AWS itself, interface endpoints and the partition of China included. */
const AWS_HOST = /\.(?:amazonaws\.com(?:\.cn)?|api\.aws)$/i;

/** An id that EC2 never gives: asked for where DryRun may not be known, nothing can be terminated. */
const NOBODY = 'i-00000000000000000';

interface Asking {
  readonly region: string;
  readonly instanceId: string;
}

/** A policy may name instances by their tags: AWS is asked about a real one. */
async function mayTerminate(caller: Caller, of: Asking, signal: AbortSignal): Promise<void> {
  const host = { isAws: true };
  try {
    await tryTermination(caller, of, { signal, host });
  } catch (error) {
    if (host.isAws) throw error;
    await tryTermination(caller, { ...of, instanceId: NOBODY }, { signal, host: undefined });
  }
}

/** With `host` it is sent to AWS only; else nothing is sent, and `host` says so. */
async function tryTermination(
  caller: Caller,
  { region, instanceId }: Asking,
  { signal, host }: { readonly signal: AbortSignal; readonly host: { isAws: boolean } | undefined },
): Promise<void> {
  const action = 'TerminateInstances';
  const doing = `ask whether ${instanceId} might be terminated`;
  const input = { InstanceIds: [instanceId], DryRun: true };
  const send = (client: SdkClients['ec2'], sending: SendOptions): Promise<unknown> => {
    client.middlewareStack.add(
      (next) => (args) => {
        if (host && !isForAws(args.request)) {
          host.isAws = false;
          throw new Error('not an endpoint of AWS');
        }
        return next(args);
      },
      { step: 'build', name: 'onlyToAws', override: true },
    );
    return client.terminateInstances(input, sending);
  };
  try {
    await caller.read({ service: 'ec2', region, action, doing, send }, signal);
  } catch (error) {
    if (!isPortError(error)) throw error;
    const { text } = error.detail;
    if (!WOULD_BE_DONE.test(text) && !(host === undefined && NO_SUCH_INSTANCE.test(text))) throw error;
  }
}

function isForAws(request: unknown): boolean {
  const hostname = isRecord(request) ? request['hostname'] : undefined;
  return typeof hostname === 'string' && AWS_HOST.test(hostname);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
