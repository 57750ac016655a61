import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { needsConsul } from '../support/needs.ts';
import { spawnCli } from '../support/processes.ts';
import { startConsul } from '../support/real-consul.ts';
import { startObservedAgent } from './support/observed.ts';

/** 1,000 jobs of one group each; every tenth has a policy. */
function world(): string {
  const meta = {
    replicator_enabled: 'true',
    replicator_min: '1',
    replicator_max: '3',
    replicator_cooldown: '1',
    replicator_scalein_cpu: '20',
    replicator_scaleout_cpu: '80',
  };
  const jobs = Array.from({ length: 1_000 }, (_, n) => ({
    id: `job-${n}`,
    groups: [
      {
        name: 'app',
        count: 1,
        ...(n % 10 === 0 && { meta }),
        tasks: [{ name: 'main', driver: 'raw_exec', cpuMhz: 20, memoryMb: 20 }],
        load: { cpuMhz: { kind: 'constant', value: n % 20 === 0 ? 19 : 10, per: 'allocation' }, memoryMb: 5 },
      },
    ],
  }));
  return JSON.stringify({ nodes: [{ count: 20, cpuMhz: 4_000, memoryMb: 8_192, diskMb: 1_000_000 }], jobs });
}

test('1,000 jobs cost at most five connections beside statistics', needsConsul, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'replicator-world-'));
  const file = join(folder, 'world.json');
  writeFileSync(file, world());
  const program = spawnCli(['simulate', `--world=${file}`, '--consul-port=-1']);
  const line = await program.waitForLine(/"nomad":/, 30_000);
  const { nomad } = JSON.parse(line.text) as { nomad: string };
  const consul = await startConsul();
  const observed = await startObservedAgent({ nomadUrl: nomad, consul: consul.address });
  try {
    await observed.agent.waitForLine(/job-980\/app: scale out from 1 to 2 ended, success/, 90_000);
    const jobReads = observed.nomadProxy.log.filter(({ path }) => /^\/v1\/job\/job-\d+\?/.test(path)).length;
    const most = observed.nomadProxy.maxOpenBesideStatistics();
    console.log(`1,000 jobs: ${most} connections beside statistics, ${jobReads} reads of a job`);
    expect(most).toBeLessThanOrEqual(5);
    expect(observed.agent.lines.some(({ text }) => text.includes('[ERROR]'))).toBe(false);
  } finally {
    await observed.stop();
    await program.stop();
    await consul.stop();
    await rm(folder, { recursive: true, force: true });
  }
});
