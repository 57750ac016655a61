import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findNomad, versionOf } from '../setup/servers.mjs';
import { freePorts } from './free-port.ts';
import { startServer } from './server-process.ts';
import type { RunningServer } from './server-process.ts';

/** `consul`: `host:port` of a Consul to register with. `hcl`: more configuration of the agent. */
export interface NomadOptions {
  readonly consul?: string;
  readonly hcl?: string;
}

/** NOMAD_BIN, else `nomad` on PATH, else undefined. */
export function nomadOnPath(): string | undefined {
  return findNomad();
}

/** One server and one client with 4000 MHz and 4096 MB that runs raw_exec tasks. */
function configuration(folder: string, ports: readonly number[], options: NomadOptions): string {
  const [http, rpc, serf] = ports;
  const isJoined = options.consul !== undefined;
  return `
name                 = "test-${http}"
data_dir             = "${join(folder, 'data')}"
bind_addr            = "127.0.0.1"
log_level            = "INFO"
disable_update_check = true
ports {
  http = ${http}
  rpc  = ${rpc}
  serf = ${serf}
}
server {
  enabled          = true
  bootstrap_expect = 1
}
client {
  enabled           = true
  network_interface = "lo"
  cpu_total_compute = 4000
  memory_total_mb   = 4096
  options = {
    "fingerprint.denylist" = "env_aws,env_gce,env_azure,vault"
    "driver.allowlist"     = "raw_exec,exec"
  }
}
plugin "raw_exec" {
  config {
    enabled = true
  }
}
consul {
  address          = "${options.consul ?? '127.0.0.1:1'}"
  auto_advertise   = ${isJoined}
  server_auto_join = false
  client_auto_join = false
}
${options.hcl ?? ''}
`;
}

/** A leader is there and the client has become ready. */
async function isReady(address: string, signal: AbortSignal): Promise<boolean> {
  const read = async (path: string): Promise<unknown> =>
    (await fetch(`http://${address}/v1/${path}`, { signal })).json();
  if ((await read('status/leader')) === '') return false;
  const nodes = await read('nodes');
  return Array.isArray(nodes) && nodes.some(({ Status }: { Status: string }) => Status === 'ready');
}

/** A killed Nomad leaves the file systems of its tasks mounted: those below the folder are unmounted. */
export function unmountBelow(folder: string): void {
  if (process.platform !== 'linux') return;
  const targets = readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '')
    .filter((target) => target.startsWith(`${folder}/`));
  for (const target of targets.toReversed()) spawnSync('umount', [target], { stdio: 'ignore' });
}

/** A real Nomad in developer mode on free loopback ports, its one client ready. */
export async function startNomad(options: NomadOptions = {}): Promise<RunningServer> {
  const program = findNomad();
  if (program === undefined) throw new Error('no nomad on PATH and no NOMAD_BIN');
  const ports = await freePorts(3);
  const httpPort = ports[0] ?? 0;
  return startServer({
    name: 'nomad',
    program,
    version: versionOf(program),
    httpPort,
    readyMs: 60_000,
    endMs: 30_000,
    prepare: (folder) => {
      const file = join(folder, 'agent.hcl');
      writeFileSync(file, configuration(folder, ports, options));
      return ['agent', '-dev', '-config', file];
    },
    isReady: (signal) => isReady(`127.0.0.1:${httpPort}`, signal),
    cleanUp: unmountBelow,
  });
}
