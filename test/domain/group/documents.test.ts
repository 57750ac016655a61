import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Assignment,
  decodeAssignment,
  encodeAssignment,
} from '../../../src/domain/group/assignment-document.ts';
import {
  decodeGroupConfig,
  encodeGroupConfig,
  type GroupConfig,
} from '../../../src/domain/group/group-config-document.ts';
import { decodeGroupName, encodeGroupName } from '../../../src/domain/group/group-document.ts';
import { decodeMember, encodeMember, type Member } from '../../../src/domain/group/member-document.ts';
import { documents } from '../arbitraries.ts';

const ids = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,12}$/);
const instants = fc.integer({ min: 0, max: 4_102_444_800_000 });

const members: fc.Arbitrary<Member> = fc.record({
  id: ids,
  name: fc.string(),
  address: fc.string(),
  port: fc.nat(65_535),
  node: fc.string(),
  allocationId: fc.string(),
  isReady: fc.boolean(),
  sinceMs: instants,
  pausedSeen: fc.maxSafeNat(),
  configSeen: fc.maxSafeNat(),
  partitions: fc.nat(1024),
  version: fc.string(),
});
const assignments: fc.Arbitrary<Assignment> = fc.record({
  owners: fc.array(fc.option(ids), { maxLength: 40 }),
  generation: fc.maxSafeNat(),
});
const options = fc.dictionary(
  fc.string().filter((key) => key !== '__proto__'),
  fc.oneof(
    fc.string(),
    fc.integer(),
    fc.boolean(),
    fc.array(fc.string()),
    fc.constant({ statsd_address: 'x:1' }),
  ),
  { noNullPrototype: true },
);
const configs: fc.Arbitrary<GroupConfig> = fc.record({
  options,
  partitions: fc.integer({ min: 1, max: 1024 }),
  by: fc.string(),
  atMs: instants,
});

describe('a document of a group', () => {
  test('comes back as it was written', () => {
    fc.assert(
      fc.property(members, assignments, configs, ids, (member, assignment, config, name) => {
        expect(decodeMember(encodeMember(member))).toEqual({ ok: true, value: member });
        expect(decodeAssignment(encodeAssignment(assignment))).toEqual({ ok: true, value: assignment });
        expect(decodeGroupConfig(encodeGroupConfig(config))).toEqual({ ok: true, value: config });
        expect(decodeGroupName(encodeGroupName(name))).toEqual({ ok: true, value: name });
      }),
      { numRuns: 200 },
    );
  });

  test('is read or refused, whatever text is there', () => {
    fc.assert(
      fc.property(documents, (text) => {
        for (const decode of [decodeMember, decodeAssignment, decodeGroupConfig, decodeGroupName]) {
          expect(typeof decode(text).ok).toBe('boolean');
        }
      }),
      { numRuns: 300 },
    );
  });
});

const A_MEMBER = {
  id: 'a',
  name: 'host-1',
  address: '10.0.0.1',
  port: 1313,
  node: 'host-1',
  allocation_id: '',
  ready: true,
  since: '2026-11-24T12:00:00Z',
  paused_seen: 0,
  config_seen: 17,
  partitions: 16,
  version: '2.0.0',
};
const AN_ASSIGNMENT = { partitions: 3, owners: ['a', 'b', null], generation: 4 };
const A_CONFIG = {
  options: { job_scaling_interval: 10, telemetry: { statsd_address: 'localhost:8125' } },
  partitions: 16,
  by: 'ann',
  at: '2026-11-24T12:00:00Z',
};

describe('the words of a document of a group', () => {
  test.each([
    ['member', A_MEMBER, (text: string) => encodeMember(valueOf(decodeMember(text)))],
    ['assignment', AN_ASSIGNMENT, (text: string) => encodeAssignment(valueOf(decodeAssignment(text)))],
    ['configuration', A_CONFIG, (text: string) => encodeGroupConfig(valueOf(decodeGroupConfig(text)))],
    ['name', { name: 'blue' }, (text: string) => encodeGroupName(valueOf(decodeGroupName(text)))],
  ])('are fixed: %s', (_what, document, again) => {
    expect(again(JSON.stringify(document))).toBe(JSON.stringify(document));
  });

  test('that this program does not know are passed over', () => {
    expect(decodeMember(JSON.stringify({ ...A_MEMBER, later: 1 }))).toMatchObject({ ok: true });
  });

  test.each([
    ['no JSON', '{', 'not a JSON object'],
    ['a list', '[]', 'not a JSON object'],
    ['null', 'null', 'not a JSON object'],
    ['a member that has no id', member({ id: undefined }), 'id cannot be read'],
    ['a member whose id is a path', member({ id: 'a/b' }), 'id cannot be read'],
    ['a member whose readiness is a word', member({ ready: 'yes' }), 'ready cannot be read'],
    ['a member that joined at no time', member({ since: 'today' }), 'since cannot be read'],
  ])('cannot be read: %s', (_what, text, fault) => {
    expect(decodeMember(text)).toEqual({ ok: false, fault });
  });

  test.each([
    [{ owners: ['a'] }, 'partitions cannot be read'],
    [{ owners: ['a', 'b', 3] }, 'owners cannot be read'],
    [{ owners: 'a' }, 'owners cannot be read'],
    [{ generation: -1 }, 'generation cannot be read'],
  ])('of an assignment with %o are refused', (change, fault) => {
    expect(decodeAssignment(JSON.stringify({ ...AN_ASSIGNMENT, ...change }))).toEqual({ ok: false, fault });
  });

  test.each([
    [{ partitions: 0 }, 'partitions cannot be read'],
    [{ partitions: 1025 }, 'partitions cannot be read'],
    [{ partitions: undefined }, 'partitions cannot be read'],
    [{ options: [] }, 'options cannot be read'],
    [{ options: null }, 'options cannot be read'],
    [{ at: '' }, 'at cannot be read'],
  ])('of a configuration with %o are refused', (change, fault) => {
    expect(decodeGroupConfig(JSON.stringify({ ...A_CONFIG, ...change }))).toEqual({ ok: false, fault });
  });

  test.each(['', '.', '..', 'a/b', '-a', 'ä', 'a b', 'x'.repeat(65)])('name no group: "%s"', (name) => {
    expect(decodeGroupName(JSON.stringify({ name }))).toEqual({ ok: false, fault: 'name cannot be read' });
  });
});

function member(change: object): string {
  return JSON.stringify({ ...A_MEMBER, ...change });
}

function valueOf<T>(reading: { readonly ok: true; readonly value: T } | { readonly ok: false }): T {
  if (!reading.ok) throw new Error('unreadable');
  return reading.value;
}
