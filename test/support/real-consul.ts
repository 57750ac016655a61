import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findConsul, versionOf } from '../setup/servers.mjs';
import { freePorts } from './free-port.ts';
import { startServer } from './server-process.ts';
import type { RunningServer } from './server-process.ts';

/** Access to everything on a Consul started with `acl: true`. */
export const consulManagementToken = '5f0c7a52-8d0e-4a0c-9a53-6c7d3c1d9b11';

/** `acl`: access control on, everything denied by default. `hcl`: more configuration of the agent. */
export interface ConsulOptions {
  readonly acl?: boolean;
  readonly hcl?: string;
}

/** True when `version` is `wanted` or later, by major and minor number: `isAtLeast('1.10.3', '1.9')`. */
function isAtLeast(version: string, wanted: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [wantedMajor = 0, wantedMinor = 0] = wanted.split('.').map(Number);
  return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
}

/** The agent's configuration as JSON; every listener has its own port (HTTP's first, five in all) or is off. */
export function consulConfiguration(version: string, ports: readonly number[], isGuarded: boolean): string {
  const [http, lan, wan, server, dns] = ports;
  const management = isAtLeast(version, '1.11') ? 'initial_management' : 'master';
  const tokens = { [management]: consulManagementToken, agent: consulManagementToken };
  return JSON.stringify({
    node_name: `test-${http}`,
    bind_addr: '127.0.0.1',
    client_addr: '127.0.0.1',
    log_level: 'info',
    disable_update_check: true,
    ports: {
      http,
      server,
      dns,
      serf_lan: lan,
      serf_wan: wan,
      https: -1,
      grpc: -1,
      ...(isAtLeast(version, '1.14') ? { grpc_tls: -1 } : {}),
    },
    ...(isGuarded ? { acl: { enabled: true, default_policy: 'deny', tokens } } : {}),
  });
}

/** A leader is there and the agent's own node passes its check, without which no session can be made. */
export async function isConsulReady(address: string, signal: AbortSignal): Promise<boolean> {
  const headers = { 'X-Consul-Token': consulManagementToken };
  const read = async (path: string): Promise<unknown> =>
    (await fetch(`http://${address}/v1/${path}`, { headers, signal })).json();
  if ((await read('status/leader')) === '') return false;
  const checks = await read('health/state/passing');
  return Array.isArray(checks) && checks.some(({ CheckID }: { CheckID: string }) => CheckID === 'serfHealth');
}

/** A real Consul in developer mode: one server, empty, on free loopback ports, ready. */
export async function startConsul(options: ConsulOptions = {}): Promise<RunningServer> {
  const program = findConsul();
  if (program === undefined) throw new Error('no Consul on this machine: node test/setup/consul.mjs');
  const version = versionOf(program);
  const ports = await freePorts(5);
  const httpPort = ports[0] ?? 0;
  return startServer({
    name: 'consul',
    program,
    version,
    httpPort,
    readyMs: 30_000,
    endMs: 10_000,
    prepare: (folder) => {
      const [own, more] = [join(folder, 'agent.json'), join(folder, 'more.hcl')];
      writeFileSync(own, consulConfiguration(version, ports, options.acl === true));
      writeFileSync(more, options.hcl ?? '');
      return ['agent', '-dev', '-config-file', own, '-config-file', more];
    },
    isReady: (signal) => isConsulReady(`127.0.0.1:${httpPort}`, signal),
  });
}
