import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findConsul, versionOf } from '../setup/servers.mjs';
import { freePorts } from '../support/free-port.ts';
import { type RunningServer, startServer } from '../support/server-process.ts';

/** A leader is there and the server's own node passes its check, without which no session can be made. */
async function isReady(address: string, signal: AbortSignal): Promise<boolean> {
  const read = async (path: string): Promise<unknown> =>
    (await fetch(`http://${address}/v1/${path}`, { signal })).json();
  if ((await read('status/leader')) === '') return false;
  const checks = await read('health/state/passing');
  return Array.isArray(checks) && checks.some(({ CheckID }: { CheckID: string }) => CheckID === 'serfHealth');
}

/** One real Consul server that keeps its data over a restart: keys, sessions and locks are there again. */
export async function startPersistentConsul(): Promise<RunningServer> {
  const program = findConsul();
  if (program === undefined) throw new Error('no Consul on this machine: node test/setup/consul.mjs');
  const [http, server, lan, wan, dns] = await freePorts(5);
  const data = mkdtempSync(join(tmpdir(), 'replicator-consul-data-'));
  const configuration = {
    node_name: 'chaos',
    server: true,
    bootstrap_expect: 1,
    data_dir: data,
    bind_addr: '127.0.0.1',
    client_addr: '127.0.0.1',
    log_level: 'info',
    disable_update_check: true,
    performance: { raft_multiplier: 1 },
    ports: { http, server, serf_lan: lan, serf_wan: wan, dns, https: -1, grpc: -1 },
  };
  const running = await startServer({
    name: 'consul',
    program,
    version: versionOf(program),
    httpPort: http ?? 0,
    readyMs: 30_000,
    endMs: 15_000,
    prepare: (folder) => {
      const file = join(folder, 'server.json');
      writeFileSync(file, JSON.stringify(configuration));
      return ['agent', '-config-file', file];
    },
    isReady: (signal) => isReady(`127.0.0.1:${http}`, signal),
  });
  return {
    ...running,
    stop: async () => {
      await running.stop();
      rmSync(data, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}
