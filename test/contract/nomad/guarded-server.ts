import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findNomad, versionOf } from '../../setup/servers.mjs';
import { freePorts } from '../../support/free-port.ts';
import { startServer } from '../../support/server-process.ts';
import type { RunningServer } from '../../support/server-process.ts';

function configuration(folder: string, [http, rpc, serf]: readonly number[]): string {
  return `
name      = "guarded-${http}"
data_dir  = "${join(folder, 'data')}"
bind_addr = "127.0.0.1"
ports {
  http = ${http}
  rpc  = ${rpc}
  serf = ${serf}
}
acl {
  enabled = true
}
client {
  network_interface = "lo"
  cpu_total_compute = 4000
  memory_total_mb   = 4096
  options = {
    "fingerprint.denylist" = "env_aws,env_gce,env_azure,vault"
    "driver.allowlist"     = "raw_exec"
  }
}
plugin "raw_exec" {
  config {
    enabled = true
  }
}
consul {
  address        = "127.0.0.1:1"
  auto_advertise = false
}
`;
}

/** A real Nomad in developer mode with access control on, not bootstrapped; its node may still be joining. */
export async function startGuardedNomad(): Promise<RunningServer> {
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
      writeFileSync(file, configuration(folder, ports));
      return ['agent', '-dev', '-config', file];
    },
    isReady: async (signal) => {
      const answer = await fetch(`http://127.0.0.1:${httpPort}/v1/status/leader`, { signal });
      return answer.ok && (await answer.text()).length > 2;
    },
  });
}
