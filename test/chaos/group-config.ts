import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCli } from '../support/processes.ts';
import { KEY_ROOT } from './agent-process.ts';
import type { GroupCast } from './group-cast.ts';

/** How long the command may take on a machine that is busy, and how often it is tried while Consul is away. */
const CLI_LIMIT_MS = 120_000;
const TRIES = 20;

/**
 * `replicator configure`: stores the group's intervals, in seconds. A member that has not got them when the command
 * gives up waiting will: what was stored is stored.
 */
export async function storeGroupConfig(of: {
  readonly consul: string;
  readonly group: GroupCast;
  readonly intervalS: number;
}): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'replicator-group-'));
  const input = join(folder, 'group.json');
  const intervals = { job_scaling_interval: of.intervalS, cluster_scaling_interval: of.intervalS };
  writeFileSync(input, JSON.stringify(intervals));
  const { name, partitions } = of.group;
  const args = [`-group=${name}`, `-partitions=${partitions}`, `-input=${input}`, '-wait=1'];
  const where = [`-consul=${of.consul}`, `-consul-key-root=${KEY_ROOT}`];
  try {
    for (let left = TRIES; ; left -= 1) {
      const told = await runCli(['configure', ...args, ...where], { timeoutMs: CLI_LIMIT_MS });
      if (told.code === 0 || /^Stored/m.test(told.stdout)) return;
      if (left <= 1) throw new Error(`replicator configure: exit ${told.code}: ${told.stderr}`);
      await new Promise((resolve) => {
        setTimeout(resolve, 500);
      });
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
