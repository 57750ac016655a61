import { expect, onTestFinished, test } from 'vitest';
import type { VirtualAgent } from '../../support/virtual-agent.ts';
import { VirtualCluster } from '../../support/virtual-cluster.ts';
import { scenarioJob } from '../../support/virtual-jobs.ts';

const STATE = 'replicator/config/state/jobs/web/api';

function cluster(): VirtualCluster {
  const job = scenarioJob({ cpuMhz: 1_800, cooldownS: 600 });
  const made = new VirtualCluster({ jobs: [job] });
  onTestFinished(() => made.stop());
  return made;
}

function lastReason(agent: VirtualAgent): string | undefined {
  const decided = agent.events.flatMap(({ event }) =>
    event.kind === 'decided' ? [event.decision.verdict] : [],
  );
  const last = decided.at(-1);
  return last?.kind === 'hold' ? last.reason : last?.because;
}

test('a standalone installation becomes a group, and a group standalone, with cooldown and counters kept', async () => {
  const made = cluster();
  const alone = made.startAgent('alone');
  await made.run(60_000);
  expect(made.count('web')).toBe(3);
  await alone.stop();
  const before = made.document(STATE);
  const members = [made.startMember('a'), made.startMember('b')];
  await made.run(120_000);
  expect(made.count('web')).toBe(3);
  expect(made.document(STATE)).toEqual(before);
  expect(members.map(lastReason).filter((reason) => reason !== undefined)).toEqual(['cooldown']);
  for (const member of members) await member.stop();
  await made.deleteKey(made.keys.group);
  const again = made.startAgent('again');
  await made.run(60_000);
  expect([lastReason(again), made.count('web')]).toEqual(['cooldown', 3]);
  await made.run(600_000);
  expect(made.count('web')).toBe(4);
});

test('failsafe that the Go release tripped holds in the group, with its counters', async () => {
  const made = cluster();
  const go = {
    eligible_nodes: null,
    failsafe_admin: false,
    failsafe_mode: true,
    failure_count: 3,
    last_notification_event: '2018-03-01T10:00:00Z',
    last_scaling_event: '2018-03-01T09:59:00.123456789Z',
    last_updated: '2018-03-01T10:00:00Z',
    resource_name: 'api',
    resource_type: 'job_group',
    scalein_requests: 4,
    scaleout_requests: 7,
    state_path: STATE,
  };
  made.consul.putKey(STATE, JSON.stringify(go));
  const a = made.startMember('a');
  await made.run(60_000);
  expect([lastReason(a), made.writes.length]).toEqual(['failsafe', 0]);
  expect(made.document(STATE)).toMatchObject({ failure_count: 3, scalein_requests: 4, scaleout_requests: 7 });
});
