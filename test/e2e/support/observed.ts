import { type FaultProxy, isMutating, type ProxiedRequest, startProxy } from '../../support/fault-proxy.ts';
import type { RunningCli } from '../../support/processes.ts';
import { type AgentPlace, startAgentProcess } from './agents.ts';

/** An agent whose every request to Nomad and Consul passes a proxy that logs it. */
export interface ObservedAgent {
  readonly agent: RunningCli;
  readonly nomadProxy: FaultProxy;
  readonly consulProxy: FaultProxy;
  stop(): Promise<void>;
}

/** Starts proxies in front of both servers, and the agent behind them. */
export async function startObservedAgent(place: AgentPlace): Promise<ObservedAgent> {
  const [nomadProxy, consulProxy] = await Promise.all([
    startProxy(place.nomadUrl),
    startProxy(`http://${place.consul}`),
  ]);
  const agent = startAgentProcess({ ...place, nomadUrl: nomadProxy.url, consul: consulProxy.address });
  return {
    agent,
    nomadProxy,
    consulProxy,
    stop: async () => {
      await agent.stop();
      await Promise.all([nomadProxy.stop(), consulProxy.stop()]);
    },
  };
}

/** Requests that change Nomad or the state in Consul, arrived after `fromMs` and before `toMs`. */
export function mutationsBetween(
  observed: ObservedAgent,
  fromMs: number,
  toMs: number,
): readonly ProxiedRequest[] {
  const writes = (request: ProxiedRequest): boolean =>
    isMutating(request) && !/^\/v1\/session\/|\?acquire=|\?release=/.test(request.path);
  return [...observed.nomadProxy.log, ...observed.consulProxy.log].filter(
    (request) => writes(request) && request.arrivedMs > fromMs && request.arrivedMs < toMs,
  );
}
