import { expect, test } from 'vitest';
import { type Discovered, discoverGroups } from '../../src/agent/discover-groups.ts';
import type { AgentEvent } from '../../src/agent/events.ts';
import { groupId, groupKey, type JobFacts } from '../../src/domain/snapshot.ts';
import type { ClusterView } from '../../src/ports/nomad.ts';
import { aGroup, aJob } from '../domain/build.ts';

const META = {
  replicator_enabled: 'true',
  replicator_min: '1',
  replicator_max: '4',
  replicator_scalein_cpu: '30',
  replicator_scaleout_cpu: '80',
};

const REF = { namespace: 'default', jobId: 'web', group: 'api' };

function viewOf(...jobs: readonly JobFacts[]): ClusterView {
  return {
    jobs,
    allocationsIndex: 0,
    allocations: () => [],
    allocationsOn: () => [],
    allocation: () => undefined,
    groupFacts: () => undefined,
    queued: [],
    nodes: undefined,
    freshMs: 0,
    knows: () => true,
    isUnread: () => false,
    hiddenNamespaces: [],
  };
}

function jobOf(meta: Readonly<Record<string, string>>, modifyIndex = 1): JobFacts {
  return aJob({ modifyIndex, groups: [aGroup({ meta })] });
}

/** Discovers view after view; answers what was told at each, and what is known at the end. */
function discover(...views: readonly ClusterView[]) {
  const told: string[][] = [];
  let known: Discovered = new Map();
  for (const view of views) {
    const events: string[] = [];
    const emit = (event: AgentEvent): void => {
      const group =
        event.kind === 'policy-invalid' ? `${event.job}/${event.group}` : 'group' in event ? event.group : '';
      events.push(`${event.kind} ${group}`);
    };
    known = discoverGroups(known, view, emit);
    told.push(events);
  }
  return { told, known };
}

test('a policy is told when it comes, changes and goes, and not while it stays', () => {
  const { told, known } = discover(
    viewOf(jobOf(META)),
    viewOf(jobOf(META, 2)),
    viewOf(jobOf({ ...META, replicator_max: '9' }, 3)),
    viewOf(jobOf({}, 4)),
  );
  expect(told).toEqual([
    ['policy-added web/api'],
    [],
    ['policy-changed web/api'],
    ['policy-removed web/api'],
  ]);
  expect(known.size).toBe(0);
});

test('a policy goes with its job', () => {
  const { told } = discover(viewOf(jobOf(META)), viewOf());
  expect(told).toEqual([['policy-added web/api'], ['policy-removed web/api']]);
});

test('a group without any of the keys is passed over in silence', () => {
  const { told, known } = discover(viewOf(jobOf({ owner: 'me' })));
  expect(told).toEqual([[]]);
  expect(known.size).toBe(0);
});

test('an invalid policy is told once, again only when the job has changed, and is known', () => {
  const { replicator_max: _left, ...bad } = META;
  const job = jobOf(bad);
  const { told, known } = discover(viewOf(job), viewOf(job), viewOf(jobOf(bad, 1)), viewOf(jobOf(bad, 2)));
  expect(told).toEqual([['policy-invalid web/api'], [], [], ['policy-invalid web/api']]);
  expect(known.get(groupKey(REF))?.policy.kind).toBe('invalid');
});

test('a policy that becomes invalid, and then valid again', () => {
  const { replicator_max: _left, ...bad } = META;
  const { told } = discover(viewOf(jobOf(META)), viewOf(jobOf(bad, 2)), viewOf(jobOf(META, 3)));
  expect(told).toEqual([['policy-added web/api'], ['policy-invalid web/api'], ['policy-added web/api']]);
});

test('jobs of one id in two namespaces are two groups', () => {
  const { known } = discover(viewOf(jobOf(META), { ...jobOf(META), namespace: 'prod' }));
  expect([...known.values()].map(({ ref }) => groupId(ref))).toEqual(['web/api', 'prod:web/api']);
});

test('a job that cannot be read just now keeps its groups, without facts and without a word', () => {
  const unread = { ...viewOf(), isUnread: () => true };
  const { told, known } = discover(viewOf(jobOf(META)), unread, viewOf(jobOf(META)));
  expect(told).toEqual([['policy-added web/api'], [], []]);
  expect(known.get(groupKey(REF))?.job).toBeDefined();
  expect(discover(viewOf(jobOf(META)), unread).known.get(groupKey(REF))?.job).toBeUndefined();
});
