import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatInstant, parseInstant } from '../../src/domain/instant.ts';
import type { LastNode } from '../../src/domain/pool-snapshot.ts';
import { afterAccepted, type ScalingState } from '../../src/domain/scaling-state.ts';
import { decodeState, encodeState, isSameState } from '../../src/domain/state-document.ts';
import { documents } from './arbitraries.ts';
import { aState, NOW_MS } from './build.ts';
import { recordedDocuments, recordedRuns } from './recorded.ts';

const NOW = formatInstant(NOW_MS);

const LAST_NODE: LastNode = {
  capacity: { cpuMhz: 4000, memoryMb: 2048, diskMb: 10_000 },
  datacenter: 'dc1',
  nodeClass: 'web',
  drivers: ['docker'],
};

function decode(text: string): ScalingState {
  const reading = decodeState(text);
  if (!reading.ok) throw new Error(reading.fault);
  return reading.state;
}

/** A recorded text with the one member changed that a write changes. */
function withUpdated(text: string): string {
  return text.replace(/"last_updated":"[^"]*"/, `"last_updated":"${NOW}"`);
}

describe('the state objects that the Go releases wrote', () => {
  const recorded = recordedDocuments();

  test('were read: eight runs, all of them but one with objects of jobs or of pools', () => {
    expect(recordedRuns()).toHaveLength(8);
    expect(new Set(recorded.map(({ folder }) => folder)).size).toBe(7);
    expect(recorded.length).toBeGreaterThan(40);
    expect(new Set(recorded.map(({ text }) => decode(text).resourceType)).size).toBe(2);
  });

  const ofHead = recorded.filter(({ folder }) => folder.startsWith('head'));
  const ofOld = recorded.filter(({ folder }) => folder.startsWith('v1.0.3'));

  test.each(ofHead)('come back byte for byte: $folder $key', ({ text }) => {
    expect(encodeState(decode(text), NOW_MS)).toBe(withUpdated(text));
  });

  test.each(ofOld)(
    'gain eligible_nodes where 1.0.3 wrote none, and nothing else: $folder $key',
    ({ text }) => {
      expect(encodeState(decode(text), NOW_MS)).toBe(
        withUpdated(text).replace('{', '{"eligible_nodes":null,'),
      );
    },
  );

  test.each(recorded)('name the path they lie at: $folder $key', ({ key, text }) => {
    const { statePath, resourceName, resourceType } = decode(text);
    expect(statePath).toBe(key);
    expect(resourceName).toBe(key.split('/').at(-1));
    expect(resourceType).toBe(key.includes('/nodes/') ? 'worker_pool' : 'job_group');
  });

  test('keep the eligible nodes as they are listed, an empty list too', () => {
    expect(ofHead.some(({ text }) => text.includes('"eligible_nodes":[]'))).toBe(true);
    const text = encodeState(aState({ eligibleNodes: ['n2', 'n1'] }), NOW_MS);
    expect(text).toContain('"eligible_nodes":["n2","n1"]');
    expect(decode(text).eligibleNodes).toEqual(['n2', 'n1']);
  });
});

describe('a state object', () => {
  test('has its members in the order of the Go programs', () => {
    const full = aState({ lastFailureEvent: NOW, failedDrains: { n1: NOW }, lastNode: LAST_NODE });
    const keys = Object.keys(JSON.parse(encodeState(full, NOW_MS)) as object);
    expect(keys).toEqual(keys.toSorted());
    expect(keys).toHaveLength(15);
  });

  test('does not carry the time of a failure that there was not', () => {
    expect(encodeState(aState(), NOW_MS)).not.toMatch(/last_failure_event|failed_drains|last_node/);
  });

  test('keeps members it does not know digit for digit, behind its own', () => {
    const more = '"x-note" : {"a":[1.50, 12345678901234567890, "\\u0041"]} , "z":1e400,"a":null';
    const text = encodeState(aState(), NOW_MS).replace('}', `,${more}}`);
    expect(encodeState(decode(text), NOW_MS)).toBe(
      encodeState(aState(), NOW_MS).replace(
        '}',
        ',"x-note":{"a":[1.50, 12345678901234567890, "\\u0041"]},"z":1e400,"a":null}',
      ),
    );
  });

  test('keeps a time that did not change in the text that was read', () => {
    const text = encodeState(aState({ lastScalingEvent: '2026-11-23T17:36:14.952026062+01:00' }), 0);
    const next = encodeState({ ...decode(text), failureCount: 1 }, NOW_MS);
    expect(next).toContain('"last_scaling_event":"2026-11-23T17:36:14.952026062+01:00"');
  });

  test('takes absent members and null for those of a resource that was never scaled', () => {
    expect(decode('{}')).toEqual(aState({ resourceName: '', statePath: '' }));
    expect(decode('{"failure_count":null,"last_scaling_event":null,"resource_type":null}')).toEqual(
      decode('{}'),
    );
  });

  test('takes the last of several members of one name, as Go does', () => {
    expect(decode('{"failure_count":1,"failsafe_mode":true,"failure_count":2}')).toMatchObject({
      failureCount: 2,
      failsafeMode: true,
    });
  });

  test.each([
    ['', 'not a JSON object'],
    ['null', 'not a JSON object'],
    ['[]', 'not a JSON object'],
    ['"{}"', 'not a JSON object'],
    ['{"failsafe_mode":true', 'not a JSON object'],
    ['{"failsafe_mode":"true"}', 'failsafe_mode is "true"'],
    ['{"failsafe_admin":1}', 'failsafe_admin is 1'],
    ['{"failure_count":-1}', 'failure_count is -1'],
    ['{"failure_count":1.5}', 'failure_count is 1.5'],
    ['{"failure_count":"3"}', 'failure_count is "3"'],
    ['{"scalein_requests":[]}', 'scalein_requests is []'],
    ['{"scaleout_requests":9007199254740993}', 'scaleout_requests is 9007199254740993'],
    ['{"last_scaling_event":"yesterday"}', 'last_scaling_event is "yesterday"'],
    ['{"last_scaling_event":"2026-02-30T00:00:00Z"}', 'last_scaling_event is "2026-02-30T00:00:00Z"'],
    ['{"last_notification_event":0}', 'last_notification_event is 0'],
    ['{"last_updated":""}', 'last_updated is ""'],
    ['{"last_failure_event":true}', 'last_failure_event is true'],
    ['{"resource_type":"thing"}', 'resource_type is "thing"'],
    ['{"resource_name":{}}', 'resource_name is {}'],
    ['{"state_path":7}', 'state_path is 7'],
    ['{"eligible_nodes":"n1"}', 'eligible_nodes is "n1"'],
    ['{"eligible_nodes":["n1",2]}', 'eligible_nodes is ["n1",2]'],
  ])('that reads %s is unreadable, and says why', (text, fault) => {
    expect(decodeState(text)).toEqual({ ok: false, fault });
  });

  test('says no more of a long value than what helps', () => {
    const reading = decodeState(`{"eligible_nodes":${JSON.stringify('x'.repeat(5_000))}}`);
    expect(reading.ok ? '' : reading.fault).toHaveLength('eligible_nodes is '.length + 60);
  });
});

describe('what is worth a write', () => {
  test('is a difference in more than the time of the last write', () => {
    expect(isSameState(aState({ lastUpdated: NOW }), aState())).toBe(true);
    expect(isSameState(afterAccepted(aState(), 'in', NOW_MS), aState())).toBe(false);
    expect(isSameState(aState({ unknown: [{ key: 'x', raw: '1' }] }), aState())).toBe(false);
  });
});

describe('whatever text is there', () => {
  test('is read or refused, never thrown at', () => {
    fc.assert(
      fc.property(documents, (text) => {
        expect(typeof decodeState(text).ok).toBe('boolean');
      }),
      { numRuns: 500 },
    );
  });

  const times = fc.integer({ min: 0, max: 4_102_444_800_000 }).map(formatInstant);
  const states: fc.Arbitrary<ScalingState> = fc.record({
    eligibleNodes: fc.option(fc.array(fc.string({ unit: 'binary' }), { maxLength: 3 })),
    failsafeAdmin: fc.boolean(),
    failsafeMode: fc.boolean(),
    failureCount: fc.maxSafeNat(),
    lastNotificationEvent: times,
    lastScalingEvent: times,
    lastUpdated: fc.constant(NOW),
    resourceName: fc.string({ unit: 'binary' }),
    resourceType: fc.constantFrom('job_group', 'worker_pool'),
    scaleInRequests: fc.maxSafeNat(),
    scaleOutRequests: fc.maxSafeNat(),
    statePath: fc.string({ unit: 'binary' }),
    lastFailureEvent: fc.oneof(fc.constant(''), times),
    alarmOpen: fc.boolean(),
    failedDrains: fc.dictionary(fc.uuid(), times, { maxKeys: 3, noNullPrototype: true }),
    lastNode: fc.oneof(fc.constant(undefined), fc.constant(LAST_NODE)),
    unknown: fc.array(
      fc.record({
        key: fc.string({ unit: 'binary' }).map((name) => `x${name}`),
        raw: fc.json({ maxDepth: 2 }),
      }),
      { maxLength: 3 },
    ),
  });

  test('a state comes back as it was written', () => {
    fc.assert(
      fc.property(states, (state) => {
        expect(decode(encodeState(state, NOW_MS))).toEqual(state);
      }),
      { numRuns: 150 },
    );
  });

  test('an object that can be read is written in one form, which is then stable', () => {
    const objects = fc.dictionary(
      fc.oneof(
        fc.constantFrom('failure_count', 'failsafe_mode', 'last_updated', 'eligible_nodes'),
        fc.string(),
      ),
      fc.oneof(fc.jsonValue(), fc.boolean(), fc.nat(), times),
    );
    fc.assert(
      fc.property(objects, fc.integer({ min: 0, max: 4 }), (value, space) => {
        const reading = decodeState(JSON.stringify(value, undefined, space));
        fc.pre(reading.ok);
        const once = encodeState(reading.state, NOW_MS);
        expect(encodeState(decode(once), NOW_MS)).toBe(once);
        expect(parseInstant(decode(once).lastUpdated)).toBe(NOW_MS);
      }),
      { numRuns: 200 },
    );
  });
});
