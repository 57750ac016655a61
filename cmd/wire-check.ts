import type { Config } from '../src/config/config.ts';
import type { AwsInspector, ConsulInspector, NomadInspector } from '../src/ports/inspection.ts';
import { tlsOf, type WiredPorts, wirePorts } from './wire.ts';

/** The ports of an agent, and what looks behind them. `close` gives all connections back. */
export interface WiredCheck extends WiredPorts {
  readonly inspectors: {
    readonly nomad: NomadInspector;
    readonly consul: ConsulInspector;
    readonly aws: AwsInspector;
  };
}

/** Loads the adapters and their inspectors, and connects them. */
export async function wireCheck(config: Config): Promise<WiredCheck> {
  const ports = await wirePorts(config, { rate: undefined, observe: undefined });
  const [{ createWriteAgent }, { createNomadInspector }, { createConsulInspector }, { createAwsInspector }] =
    await Promise.all([
      import('../src/adapters/system/write-agent.ts'),
      import('../src/adapters/nomad/inspector.ts'),
      import('../src/adapters/consul/inspector.ts'),
      import('../src/adapters/aws/inspector.ts'),
    ]);
  const common = { clock: ports.leaseClock, writeAgent: createWriteAgent };
  const nomad = createNomadInspector({
    ...common,
    address: config.nomad.url,
    token: config.nomad.token?.reveal(),
    namespace: config.nomad.namespace,
    region: config.nomad.region,
    tls: tlsOf(config.nomad.tls),
    random: Math.random,
  });
  const { url: address, token, tls } = config.consul;
  const consul = createConsulInspector({ ...common, address, token: token?.reveal(), tls: tlsOf(tls) });
  const aws = createAwsInspector(common);
  return {
    ...ports,
    inspectors: { nomad, consul, aws },
    close: async () => void (await Promise.all([ports.close(), nomad.close(), consul.close(), aws.close()])),
  };
}
