import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { keysBelow } from '../../src/domain/keys.ts';
import type { GroupRef } from '../../src/domain/snapshot.ts';
import { recordedDocuments } from './recorded.ts';

const keys = keysBelow('replicator/config');

describe('the keys below the key root', () => {
  test('are those of the wire', () => {
    expect(keys).toMatchObject({
      root: 'replicator/config',
      leader: 'replicator/config/leader',
      failsafe: 'replicator/config/failsafe',
      paused: 'replicator/config/paused',
    });
  });

  test('of a group of agents are those of the wire', () => {
    expect(keys.group).toBe('replicator/config/group');
    expect(keys.groupTree('blue')).toBe('replicator/config/groups/blue/');
    expect(keys.groupConfig('blue')).toBe('replicator/config/groups/blue/config');
    expect(keys.members('blue')).toBe('replicator/config/groups/blue/members/');
    expect(keys.member('blue', 'a')).toBe('replicator/config/groups/blue/members/a');
    expect(keys.assignment('blue')).toBe('replicator/config/groups/blue/assignment');
    expect(keys.partition('blue', 0)).toBe('replicator/config/groups/blue/partitions/0');
  });

  test.each([
    ['replicator/config', 'replicator/'],
    ['a/b/c', 'a/b/'],
    ['config', ''],
  ])('%s lies below "%s"', (root, parent) => {
    expect(keysBelow(root).groupsParent).toBe(parent);
  });

  test.each([
    [{ namespace: 'default', jobId: 'web', group: 'api' }, 'jobs/web/api'],
    [{ namespace: 'default', jobId: 'ops/web/blue', group: 'api' }, 'jobs/ops/web/blue/api'],
    [{ namespace: 'team', jobId: 'web', group: 'api' }, 'namespaces/team/jobs/web/api'],
    [{ namespace: 'team', jobId: 'jobs/x', group: 'jobs' }, 'namespaces/team/jobs/jobs/x/jobs'],
    [{ namespace: 'default', jobId: 'namespaces/team/jobs', group: 'api' }, 'jobs/namespaces/team/jobs/api'],
  ])('of the group %o end in %s, and lead back', (ref, path) => {
    expect(keys.groupState(ref)).toBe(`replicator/config/state/${path}`);
    expect(keys.groupOperation(ref)).toBe(`replicator/config/operations/${path}`);
    expect(keys.groupOf(`replicator/config/state/${path}`)).toEqual(ref);
    expect(keys.groupOf(`replicator/config/operations/${path}`)).toEqual(ref);
  });

  test.each([
    'replicator/config/leader',
    'replicator/config/failsafe',
    'replicator/config/state/nodes/pool-a',
    'replicator/config/operations/nodes/pool-a',
    'replicator/config/nodes/pool-a',
    'replicator/config/state/jobs/web',
    'replicator/config/state/jobs/web/',
    'replicator/config/state/jobs//api',
    'replicator/config/state/namespaces/team/jobs/web',
    'replicator/config/state/namespaces//jobs/web/api',
    'replicator/config/state/namespaces/default/jobs/web/api',
    'replicator/config/other/jobs/web/api',
    'replicator/config-2/state/jobs/web/api',
    'elsewhere/replicator/config/state/jobs/web/api',
    '',
  ])('that lead to no group: %s', (key) => {
    expect(keys.groupOf(key)).toBeUndefined();
  });

  test('lead both ways for every name that Nomad could take', () => {
    const names = fc.string({ unit: 'binary', minLength: 1 });
    const refs: fc.Arbitrary<GroupRef> = fc.record({
      namespace: fc.oneof(fc.constant('default'), fc.stringMatching(/^[a-zA-Z0-9-]{1,12}$/)),
      jobId: names,
      group: names.filter((name) => !name.includes('/')),
    });
    fc.assert(
      fc.property(refs, (ref) => {
        expect(keys.groupOf(keys.groupState(ref))).toEqual(ref);
        expect(keys.groupOf(keys.groupOperation(ref))).toEqual(ref);
      }),
      { numRuns: 300 },
    );
  });

  test('lead to a group only where that group’s own key is the same', () => {
    const parts = fc.constantFrom('state', 'operations', 'jobs', 'namespaces', 'default', 'team', 'web', '');
    fc.assert(
      fc.property(fc.array(parts, { maxLength: 7 }), (path) => {
        const key = ['replicator/config', ...path].join('/');
        const ref = keys.groupOf(key);
        expect(ref ? [keys.groupState(ref), keys.groupOperation(ref)] : [key]).toContain(key);
      }),
      { numRuns: 500 },
    );
  });

  test('are those the Go releases used', () => {
    const ofJobs = recordedDocuments().filter(({ key }) => key.includes('/state/jobs/'));
    expect(ofJobs.length).toBeGreaterThan(0);
    for (const { key } of ofJobs) {
      const ref = keys.groupOf(key);
      expect(ref && keys.groupState(ref)).toBe(key);
    }
  });
});
