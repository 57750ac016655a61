import { type ClusterOptions, startCluster, type SimulatedCluster } from '../../cmd/simulated-cluster.ts';
import { systemClock } from '../../src/adapters/system/clock.ts';
import type { RequestLogEntry } from '../../src/simulator/http-handler.ts';
import { parseWorldFile } from '../../src/simulator/world-file.ts';
import { awsEnvironment } from '../support/aws-environment.ts';

/** A simulated Nomad, Consul and AWS over sockets, and how the program finds them. */
export interface SimulatedServers {
  readonly cluster: SimulatedCluster;
  readonly flags: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Everything that was asked to change something: `service METHOD path body`. */
  mutations(): readonly string[];
  putKey(key: string, value: unknown, token?: string): Promise<void>;
  stop(): Promise<void>;
}

/** Everything takes next to no time: allocations run and nodes are there soon. */
const QUICK = {
  evaluationMs: [5, 5],
  receiveMs: [5, 5],
  startMs: [20, 20],
  stopMs: [5, 5],
  deploymentWatchMs: [5, 5],
};

/** Starts them; `world` as in a world file. */
export async function startServers(
  world: object,
  access: Pick<ClusterOptions, 'nomadOptions' | 'consulAcl'> = {},
): Promise<SimulatedServers> {
  const parsed = parseWorldFile(JSON.stringify({ timing: QUICK, ...world }));
  if (!parsed.ok) throw new Error(parsed.faults.join('; '));
  const clock = systemClock();
  const cluster = await startCluster({
    description: parsed.description,
    clock,
    machineClock: clock,
    nomadPort: 0,
    consulPort: 0,
    awsPort: 0,
    ...access,
  });
  const consul = cluster.consul?.url ?? '';
  return {
    cluster,
    flags: [`-nomad=${cluster.nomad.url}`, `-consul=${consul}`],
    env: awsEnvironment(cluster.aws?.url ?? ''),
    mutations: () => [
      ...changing('nomad', cluster.nomadLog),
      ...changing('consul', cluster.consulLog),
      ...cluster.awsLog.filter(({ body }) => !isDescribe(body)).map((entry) => told('aws', entry)),
    ],
    putKey: async (key, value, token = '') => {
      const body = typeof value === 'string' ? value : JSON.stringify(value);
      await fetch(`${consul}/v1/kv/${key}`, { method: 'PUT', body, headers: { 'X-Consul-Token': token } });
    },
    stop: () => cluster.stop(),
  };
}

function changing(service: string, log: readonly RequestLogEntry[]): readonly string[] {
  return log.filter(({ method }) => method !== 'GET').map((entry) => told(service, entry));
}

/** Calls of AWS are all POST: the action says what they do. */
function isDescribe(body = ''): boolean {
  return (new URLSearchParams(body).get('Action') ?? '').startsWith('Describe');
}

function told(service: string, { method, path, body = '' }: RequestLogEntry): string {
  return `${service} ${method} ${path} ${body}`.trim();
}
