import type { AgentOptions } from '../src/agent/agent.ts';
import type { AgentIdentity } from '../src/agent/settings.ts';
import type { LogOptions } from '../src/adapters/system/log.ts';
import type { Environment } from '../src/config/env.ts';
import type { Config, TlsConfig } from '../src/config/config.ts';
import { LEASE_TIMINGS } from '../src/domain/lease.ts';
import type { Clock } from '../src/ports/clock.ts';
import type { Coordination } from '../src/ports/coordination.ts';
import type { Log } from '../src/ports/log.ts';
import type { Membership } from '../src/ports/membership.ts';
import type { ObserveRequest } from '../src/ports/metrics.ts';
import type { ScalingProvider } from '../src/ports/scaling-provider.ts';
import type { TlsOptions } from '../src/ports/tls.ts';

/** The ports of an agent, made of real adapters. `close` gives their connections back. */
export interface WiredPorts extends Pick<AgentOptions, 'nomad' | 'clock' | 'leaseClock'> {
  readonly coordination: Coordination & { readonly membership: Membership };
  /** Loads the AWS SDK when it is first asked something. */
  readonly provider: ScalingProvider;
  readonly close: () => Promise<void>;
}

/** Simulated time: at `startedMs` of the wall clock it runs off `speed` times as fast. For the demo. */
export interface ClockRate {
  readonly startedMs: number;
  readonly speed: number;
}

/** Loads the adapters an agent needs and connects them. */
export async function wirePorts(
  config: Config,
  { rate, observe }: { readonly rate: ClockRate | undefined; readonly observe: ObserveRequest | undefined },
): Promise<WiredPorts> {
  const { system, keepHeapSmall, createWriteAgent, createNomad, createCoordination, createScalingProvider } =
    await loadAdapters();
  keepHeapSmall();
  const leaseClock = system.systemClock();
  const nomad = createNomad({
    address: config.nomad.url,
    token: config.nomad.token?.reveal(),
    namespace: config.nomad.namespace,
    region: config.nomad.region,
    usageSource: config.usageSource,
    tls: tlsOf(config.nomad.tls),
    clock: leaseClock,
    random: Math.random,
    writeAgent: createWriteAgent,
    observe,
  });
  const consulToken = config.consul.token?.reveal();
  const coordination = createCoordination({
    address: config.consul.url,
    ...(consulToken !== undefined && { token: consulToken }),
    tls: tlsOf(config.consul.tls),
    clock: leaseClock,
    writeAgent: createWriteAgent,
    observe,
  });
  const provider = createScalingProvider({ clock: leaseClock, writeAgent: createWriteAgent, observe });
  return {
    nomad,
    coordination,
    provider,
    leaseClock,
    clock: rate ? system.scaledClock(leaseClock, rate) : leaseClock,
    close: async () => void (await Promise.all([nomad.close(), coordination.close(), provider.close()])),
  };
}

async function loadAdapters() {
  const [
    system,
    heap,
    { createWriteAgent },
    { createNomad },
    { createCoordination },
    { createScalingProvider },
  ] = await Promise.all([
    import('../src/adapters/system/clock.ts'),
    import('../src/adapters/system/heap.ts'),
    import('../src/adapters/system/write-agent.ts'),
    import('../src/adapters/nomad/nomad.ts'),
    import('../src/adapters/consul/coordination.ts'),
    import('../src/adapters/aws/provider.ts'),
  ]);
  return { system, ...heap, createWriteAgent, createNomad, createCoordination, createScalingProvider };
}

/** Loads the machine's clock, and the clock that a rate makes of it. */
export async function wireClocks(
  rate: ClockRate | undefined,
): Promise<{ readonly machine: Clock; readonly clock: Clock }> {
  const { systemClock, scaledClock } = await import('../src/adapters/system/clock.ts');
  const machine = systemClock();
  return { machine, clock: rate ? scaledClock(machine, rate) : machine };
}

/** Loads the log. */
export async function wireLog(options: LogOptions): Promise<Log> {
  const { createLog } = await import('../src/adapters/system/log.ts');
  return createLog(options);
}

/** What an agent is called and how it holds its lock. */
export function identityOf(
  config: Config,
  at: { readonly name: string; readonly environment: Environment },
): AgentIdentity {
  const allocationId = at.environment['NOMAD_ALLOC_ID'] ?? '';
  return { keyRoot: config.consul.keyRoot, name: at.name, lease: LEASE_TIMINGS, allocationId };
}

/** Milliseconds since the epoch on the clock of a rate, or on the wall. */
export function wallClock(rate: ClockRate | undefined): Clock['now'] {
  if (!rate) return () => Date.now();
  return () => rate.startedMs + (Date.now() - rate.startedMs) * rate.speed;
}

/** TLS as the adapters take it. */
export function tlsOf(tls: TlsConfig): TlsOptions & { readonly skipVerify: boolean } {
  return {
    ...(tls.caCert !== undefined && { caCert: tls.caCert }),
    ...(tls.clientCert !== undefined && { clientCert: tls.clientCert }),
    ...(tls.clientKey !== undefined && { clientKey: tls.clientKey.reveal() }),
    ...(tls.serverName !== undefined && { serverName: tls.serverName }),
    skipVerify: tls.skipVerify,
  };
}
