import { observed } from '../../ports/metrics.ts';
import { isPortError } from '../../ports/port-error.ts';
import type { PortError } from '../../ports/port-error.ts';
import { WRITE_DEADLINE_MS } from '../../ports/write-permit.ts';
import type { WritePermit } from '../../ports/write-permit.ts';
import { Clients } from './clients.ts';
import { orAborted, startDeadline } from './deadline.ts';
import type { Deadline } from './deadline.ts';
import { failed, malformed } from './errors.ts';
import type { Attempt, End } from './errors.ts';
import { guardHandler, guardSockets } from './guard.ts';
import type { Guard } from './guard.ts';
import type { AwsOptions } from './options.ts';
import type { SdkClients, ServiceName } from './sdk.ts';

/** Handed to every call of the SDK. */
export interface SendOptions {
  readonly abortSignal: AbortSignal;
}

/** One call of the SDK. */
export interface Call<Service extends ServiceName, Output> {
  readonly service: Service;
  readonly region: string;
  /** The API's name for it, which is the IAM action's too: `DetachInstances`. */
  readonly action: string;
  /** `detach i-1 from group workers`. */
  readonly doing: string;
  /** What is wrong with the answer; undefined for nothing. */
  fault?(output: Output): string | undefined;
  send(client: SdkClients[Service], options: SendOptions): Promise<Output>;
}

/** A read as a whole, with the SDK's further attempts; where it makes none, one attempt's time. */
const READ_DEADLINE_MS = 30_000;
const SINGLE_READ_DEADLINE_MS = 8_000;

const REGION = /^[a-z0-9]+(?:-[a-z0-9]+)*$/i;

/** Makes calls of the SDK. Every failure is a PortError. */
export class Caller {
  private readonly options: AwsOptions;
  private readonly clients: Clients;
  private readonly closer = new AbortController();
  private readonly writes = new Set<Promise<unknown>>();

  constructor(options: AwsOptions) {
    this.options = options;
    this.clients = new Clients(options);
  }

  /** Aborted by `close`. */
  get closing(): AbortSignal {
    return this.closer.signal;
  }

  /** A read, tried again by the SDK where that may help. */
  read<Service extends ServiceName, Output>(
    call: Call<Service, Output>,
    signal: AbortSignal,
  ): Promise<Output> {
    const { clock, observe } = this.options;
    return observed({ api: 'aws', call: 'read', clock, observe }, () => this.readNow(call, signal));
  }

  private async readNow<Service extends ServiceName, Output>(
    call: Call<Service, Output>,
    signal: AbortSignal,
  ): Promise<Output> {
    const attempt = attemptOf(call, false);
    const { clock, requestHandler } = this.options;
    const ms = requestHandler === undefined ? READ_DEADLINE_MS : SINGLE_READ_DEADLINE_MS;
    const deadline = startDeadline(clock, ms, [signal, this.closing]);
    try {
      return await this.answerTo(call, attempt, {
        client: () => this.clients.reader(call.service, call.region),
        deadline,
      });
    } catch (error) {
      throw asPortError(attempt, endOf(deadline, false), error);
    } finally {
      deadline.release();
    }
  }

  /** A mutating call: one attempt. Throws the permit's own error when it does not hold at the first byte. */
  write<Service extends ServiceName, Output>(
    call: Call<Service, Output>,
    permit: WritePermit,
  ): Promise<Output> {
    const { clock, observe } = this.options;
    const write = observed({ api: 'aws', call: 'write', clock, observe }, () => this.writeNow(call, permit));
    this.writes.add(write);
    const forget = (): void => void this.writes.delete(write);
    write.then(forget, forget);
    return write;
  }

  /** Stops what is under way and closes every connection. */
  async close(): Promise<void> {
    this.closer.abort();
    await Promise.allSettled(this.writes);
    this.clients.destroy();
  }

  private async writeNow<Service extends ServiceName, Output>(
    call: Call<Service, Output>,
    permit: WritePermit,
  ): Promise<Output> {
    const attempt = attemptOf(call, true);
    const guard = this.guard(permit);
    const deadline = startDeadline(this.options.clock, WRITE_DEADLINE_MS, [permit.signal, this.closing]);
    try {
      return await this.answerTo(call, attempt, {
        client: () => this.clients.writer(call.service, call.region, guard.transport),
        deadline,
      });
    } catch (error) {
      const refusal = guard.refusal();
      if (refusal !== undefined) throw refusal;
      throw asPortError(attempt, endOf(deadline, guard.begun()), error);
    } finally {
      deadline.release();
      await guard.close();
    }
  }

  private async answerTo<Service extends ServiceName, Output>(
    call: Call<Service, Output>,
    attempt: Attempt,
    by: { readonly client: () => SdkClients[Service]; readonly deadline: Deadline },
  ): Promise<Output> {
    const { signal } = by.deadline;
    if (!REGION.test(call.region)) {
      throw malformed({ ...attempt, mutating: false }, `no region can be called "${call.region}"`);
    }
    signal.throwIfAborted();
    const output = await orAborted(call.send(by.client(), { abortSignal: signal }), signal);
    const fault = call.fault?.(output);
    if (fault !== undefined) throw malformed(attempt, fault);
    return output;
  }

  private guard(permit: WritePermit): Guard {
    const { requestHandler } = this.options;
    return requestHandler === undefined
      ? guardSockets(this.options, permit)
      : guardHandler(requestHandler, permit);
  }
}

/** What a call is for, as its errors tell it. */
export function attemptOf(
  call: Pick<Call<ServiceName, never>, 'service' | 'region' | 'action' | 'doing'>,
  mutating: boolean,
): Attempt {
  const { service, region, action, doing } = call;
  return { doing, region, permission: `${service}:${action}`, mutating };
}

function endOf(deadline: Deadline, begun: boolean): End {
  const stopped = deadline.signal.aborted ? 'stopped' : 'failed';
  return { begun, cause: deadline.passed() ? 'deadline' : stopped };
}

function asPortError(attempt: Attempt, end: End, error: unknown): PortError {
  return isPortError(error) ? error : failed(attempt, end, error);
}
