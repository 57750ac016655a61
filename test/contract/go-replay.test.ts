import { beforeAll, describe, expect, test } from 'vitest';
import { differences } from './go-replay/compare.ts';
import { recordedShapes } from './go-replay/recorded-shapes.ts';
import { kindOf, recordedCalls } from './go-replay/recorded-run.ts';
import { replay } from './go-replay/replayer.ts';
import {
  dies,
  isStopped,
  jobsSituation,
  joins,
  poolSituation,
  registersAgain,
} from './go-replay/situation.ts';
import type { FaceResponse } from '../../src/simulator/face.ts';
import type { RecordedShapes } from './go-replay/recorded-shapes.ts';
import type { Replayed } from './go-replay/replayer.ts';
import type { Situation } from './go-replay/situation.ts';

/** A run, its cluster, and the fewest calls that must have been replayed. */
type Row = readonly [run: string, atLeast: number, situation: () => Situation];

const RUNS: readonly Row[] = [
  ['head-jobs', 380, () => jobsSituation('head-jobs', true)],
  ['head-jobs-broken-renew', 362, () => jobsSituation('head-jobs-broken-renew', true)],
  ['v1.0.3-jobs', 440, () => jobsSituation('v1.0.3-jobs', false)],
  ['v1.0.3-panic-null-deployment', 15, () => jobsSituation('head-jobs', true)],
  [
    'head-worker-pool',
    220,
    () =>
      poolSituation(2, true, [
        joins(33.8, 'nomad-client-3'),
        registersAgain(33.835, 'nomad-client-3'),
        registersAgain(42.57, 'nomad-client-3'),
        isStopped(110.87, 'hog'),
        dies(137.6, 'nomad-client-3'),
      ]),
  ],
  ['head-worker-pool-panic-scaling-activities', 40, () => poolSituation(3, false)],
  ['head-worker-pool-panic-aws-unreachable', 19, () => poolSituation(2, true)],
  [
    'v1.0.3-worker-pool',
    186,
    () =>
      poolSituation(2, true, [
        joins(34.42, 'nomad-client-3'),
        registersAgain(43, 'nomad-client-3'),
        isStopped(100.99, 'hog'),
        dies(127, 'nomad-client-1'),
      ]),
  ],
];

let shapes: RecordedShapes = new Map();

beforeAll(() => {
  shapes = recordedShapes();
});

/** How much earlier or later than the recorded servers a face may answer: enough to see that it waited or did not. */
const TOLERANCE_MS = 1000;

function faultsOf(replayed: readonly Replayed[]): readonly string[] {
  return replayed.flatMap(({ call, lateMs, differences }) => {
    const timing = Math.abs(lateMs) > TOLERANCE_MS ? [`${lateMs} ms late`] : [];
    return [...timing, ...differences].map((text) => `${call.t} ${kindOf(call)}: ${text}`);
  });
}

describe('the recorded calls of the Go agents', () => {
  test.each(RUNS)('of %s get answers of the same status and shape', async (run, atLeast, situation) => {
    const { replayed, unknown } = await replay(run, situation(), shapes);
    expect(unknown).toEqual([]);
    expect(faultsOf(replayed)).toEqual([]);
    expect(replayed.length).toBeGreaterThanOrEqual(atLeast);
  });
});

const JSON_TYPE = { 'Content-Type': 'application/json' };

/** A call of `head-jobs-broken-renew` by what its path and length are, and an answer that is not like the recorded one. */
const WRONG: readonly (readonly [
  what: string,
  path: RegExp,
  bytes: number,
  given: FaceResponse,
  fault: RegExp,
])[] = [
  ['another status', /leader\?release/, 30, { status: 500, headers: {}, body: '' }, /^status: 200/],
  [
    'true for false',
    /leader\?release/,
    30,
    { status: 200, headers: JSON_TYPE, body: 'true' },
    /^body: false/,
  ],
  [
    'another content type',
    /leader\?acquire/,
    29,
    { status: 200, headers: {}, body: 'true' },
    /^content type/,
  ],
  ['a session that is not there any more', /session\/info/, 27, session('x'), /^body: \[\]/],
  ['no session', /session\/info/, 231, { ...session('x'), body: '[]' }, /^body: something/],
  ['a session without a field', /session\/info/, 231, session('x'), /TTL: missing/],
  ['no index', /session\/info/, 231, { ...session('x'), headers: JSON_TYPE }, /^index: true/],
  ['a lock without its holder', /config\/leader$/, 181, key({}), /^holder: true/],
  ['no deployment', /job\/hot\/deployment/, 356, json({ 'X-Nomad-Index': '7' }, null), /^body: something/],
  [
    'a job with a word for a count',
    /jobs\?index=1&/,
    514,
    json({ 'X-Nomad-Index': '7' }, [{ Priority: 'x' }]),
    /Priority: number recorded, string given/,
  ],
  [
    'a field that Nomad does not have',
    /jobs\?index=1&/,
    514,
    json({ 'X-Nomad-Index': '7' }, [{ Surplus: 1 }]),
    /Surplus: not recorded/,
  ],
  ['a lock with a holder too many', /config\/leader$/, 140, key({ Session: 'x' }), /^holder: false/],
];

function json(headers: Readonly<Record<string, string>>, body: unknown): FaceResponse {
  return { status: 200, headers: { ...JSON_TYPE, ...headers }, body: JSON.stringify(body) };
}

function indexed(body: unknown): FaceResponse {
  return json({ 'X-Consul-Index': '7' }, body);
}

function session(id: string): FaceResponse {
  return indexed([{ ID: id, Name: 'replicator_leader_lock', Node: 'consul-1', Checks: ['serfHealth'] }]);
}

function key(more: object): FaceResponse {
  const entry = { CreateIndex: 1, ModifyIndex: 1, LockIndex: 1, Key: 'k', Flags: 0, Value: null };
  return indexed([{ ...entry, ...more }]);
}

describe('the comparison', () => {
  test('notices a cluster that is not the recorded one', async () => {
    const { replayed, unknown } = await replay('head-jobs', poolSituation(2, true), shapes);
    expect(faultsOf(replayed)).toContainEqual(expect.stringContaining('status: 200 recorded, 404 given'));
    expect(unknown).toContainEqual(expect.stringMatching(/^allocation /));
  });

  test('notices a cluster in which nothing happens', async () => {
    const { replayed } = await replay('head-worker-pool', poolSituation(2, true), shapes);
    expect(faultsOf(replayed)).toContainEqual(expect.stringMatching(/GET \/v1\/nodes: Infinity ms late/));
  });

  test.each(WRONG)('notices %s', (_what, path, bytes, given, fault) => {
    const calls = recordedCalls('head-jobs-broken-renew');
    const call = calls.find((one) => path.test(one.path) && one.bytes === bytes);
    expect(call).toBeDefined();
    expect(call ? differences(call, given, shapes) : []).toContainEqual(expect.stringMatching(fault));
  });
});
