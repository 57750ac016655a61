import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findNomad, versionOf } from '../../setup/servers.mjs';
import { freePorts } from '../../support/free-port.ts';
import { unmountBelow } from '../../support/real-nomad.ts';
import { type RunningServer, startServer } from '../../support/server-process.ts';
import { eventually } from './agents.ts';
import { nomadAt, type TestNomad } from './nomad.ts';

/** A real Nomad of one server and some clients, each a process of its own. */
export interface NomadCluster extends TestNomad {
  /** Runs a command of the Nomad program against it; answers what it printed, and fails where the command does. */
  command(...args: readonly string[]): string;
}

/** One client. */
export interface ClientPlace {
  /** What the client says is its address: nobody connects to it there. */
  readonly address: string;
  readonly meta: Readonly<Record<string, string>>;
}

export interface ClusterPlace {
  /** `host:port` of a Consul where services are registered. */
  readonly consul: string;
  readonly clients: readonly ClientPlace[];
  /** Environment of the clients, which raw_exec tasks inherit. */
  readonly env: Readonly<Record<string, string>>;
}

/** Starts all of it and waits until every client is ready. */
export async function startNomadCluster(place: ClusterPlace): Promise<NomadCluster> {
  const [http = 0, rpc = 0, serf = 0] = await freePorts(3);
  const server = await startAgent({ http, name: 'server', text: serverHcl(place, { http, rpc, serf }) });
  const started: RunningServer[] = [server];
  const url = `http://127.0.0.1:${http}`;
  const stop = async (): Promise<void> => {
    await endJobs(nomad);
    await Promise.all(started.slice(1).map((one) => one.stop()));
    await server.stop();
  };
  const nomad = nomadAt(url, { stop, beforeRegister: () => Promise.resolve() });
  try {
    for (const [at, client] of place.clients.entries()) {
      const [port = 0] = await freePorts(1);
      const text = clientHcl(place, client, { port, rpc, name: `client-${at + 1}` });
      started.push(await startAgent({ http: port, name: `client-${at + 1}`, text, env: place.env }));
    }
    await eventually('all clients are ready', 60_000, async () => {
      const nodes = (await nomad.get('/v1/nodes')) as readonly { readonly Status: string }[];
      const ready = nodes.filter(({ Status }) => Status === 'ready').length;
      return ready === place.clients.length ? true : undefined;
    });
    return { ...nomad, command: (...args) => runNomad(url, args) };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Clients that end leave their tasks running, for the next start. */
async function endJobs(nomad: TestNomad): Promise<void> {
  const jobs = (await nomad.get('/v1/jobs')) as readonly { readonly ID: string }[];
  for (const { ID } of jobs) await nomad.send('DELETE', `/v1/job/${ID}`);
  await eventually('all tasks have ended', 30_000, async () => {
    const all = (await nomad.get('/v1/allocations')) as readonly { readonly ClientStatus: string }[];
    const isOver = ({ ClientStatus }: (typeof all)[number]): boolean =>
      ClientStatus !== 'running' && ClientStatus !== 'pending';
    return all.every(isOver) ? true : undefined;
  });
}

interface AgentFile {
  readonly http: number;
  readonly name: string;
  readonly text: (folder: string) => string;
  readonly env?: Readonly<Record<string, string>>;
}

function startAgent({ http, name, text, env }: AgentFile): Promise<RunningServer> {
  const program = findNomad();
  if (program === undefined) throw new Error('no nomad on PATH and no NOMAD_BIN');
  return startServer({
    name: `nomad-${name}`,
    program,
    version: versionOf(program),
    httpPort: http,
    readyMs: 60_000,
    endMs: 30_000,
    ...(env && { env }),
    prepare: (folder) => {
      const file = join(folder, 'agent.hcl');
      writeFileSync(file, text(folder));
      return ['agent', '-config', file];
    },
    isReady: async (signal) => {
      const answer = await fetch(`http://127.0.0.1:${http}/v1/status/leader`, { signal });
      return answer.ok && (await answer.text()).length > 2;
    },
    cleanUp: unmountBelow,
  });
}

function commonHcl(folder: string, { consul }: ClusterPlace, of: { name: string; port: number }): string {
  return `
name                 = "${of.name}"
data_dir             = "${join(folder, 'data')}"
bind_addr            = "127.0.0.1"
log_level            = "INFO"
disable_update_check = true
consul {
  address          = "${consul}"
  server_auto_join = false
  client_auto_join = false
}
`;
}

function serverHcl(
  place: ClusterPlace,
  { http, rpc, serf }: Readonly<Record<'http' | 'rpc' | 'serf', number>>,
): AgentFile['text'] {
  return (folder) => `${commonHcl(folder, place, { name: 'server', port: http })}
ports {
  http = ${http}
  rpc  = ${rpc}
  serf = ${serf}
}
advertise {
  http = "127.0.0.1"
  rpc  = "127.0.0.1"
  serf = "127.0.0.1"
}
server {
  enabled          = true
  bootstrap_expect = 1
}
`;
}

function clientHcl(
  place: ClusterPlace,
  { address, meta }: ClientPlace,
  { port, rpc, name }: { readonly port: number; readonly rpc: number; readonly name: string },
): AgentFile['text'] {
  const keys = Object.entries(meta).map(([key, value]) => `    ${key} = "${value}"`);
  return (folder) => `${commonHcl(folder, place, { name, port })}
ports {
  http = ${port}
}
advertise {
  http = "${address}"
  rpc  = "127.0.0.1"
  serf = "127.0.0.1"
}
client {
  enabled           = true
  servers           = ["127.0.0.1:${rpc}"]
  network_interface = "lo"
  cpu_total_compute = 4000
  memory_total_mb   = 4096
  options = {
    "fingerprint.denylist" = "env_aws,env_gce,env_azure,vault"
    "driver.allowlist"     = "raw_exec"
    "env.denylist"         = "NONE"
  }
  meta {
${keys.join('\n')}
  }
}
plugin "raw_exec" {
  config {
    enabled = true
  }
}
`;
}

function runNomad(url: string, args: readonly string[]): string {
  const ran = spawnSync(findNomad() ?? '', [...args], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'] ?? '', NOMAD_ADDR: url },
  });
  if (ran.status !== 0) throw new Error(`nomad ${args.join(' ')}: ${ran.status}\n${ran.stdout}${ran.stderr}`);
  return ran.stdout;
}
