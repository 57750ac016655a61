import { describe, expect, test } from 'vitest';
import { drawFrame } from '../../../cmd/demo/frame.ts';
import type { FrameModel, PoolView } from '../../../cmd/demo/frame-model.ts';
import { ASCII, UNICODE } from '../../../cmd/demo/look.ts';
import type { PoolStory } from '../../../cmd/demo/pool-journal.ts';
import { type PoolRecord, viewPool } from '../../../cmd/demo/pool-views.ts';
import { drawRoom, isFull, type Room } from '../../../cmd/demo/room-bar.ts';
import { type Line, widthOf } from '../../../cmd/demo/text.ts';
import type { WorldInstance, WorldPool } from '../../../cmd/demo/world-pools.ts';
import type { PoolDecision, PoolNumbers } from '../../../src/domain/decision/pool-judgement.ts';
import { beginIn, beginOut } from '../../../src/domain/pool-operation.ts';

const textOf = (line: Line): string => line.map(({ text }) => text).join('');

describe('a bar of a pool', () => {
  const room = (used: number, reserve: number, tolerance: number): Room => ({
    metric: 'cpu',
    used,
    reserve,
    tolerance,
  });

  test.each([
    { of: room(0, 0, 0), drawn: '..........', full: false },
    { of: room(50, 10, 20), drawn: '#####+==..', full: false },
    { of: room(54, 10, 20), drawn: '#####+==..', full: false },
    { of: room(60, 10, 30), drawn: '######+===', full: true },
    { of: room(80, 10, 50), drawn: '########+=', full: true },
    { of: room(99, 10, 50), drawn: '##########', full: true },
    { of: room(40, 90, 50), drawn: '####++++++', full: true },
  ])(
    'with $of.used % used, $of.reserve % reserve, $of.tolerance % fault tolerance',
    ({ of, drawn, full }) => {
      expect([textOf(drawRoom(of, 10, ASCII)), isFull(of)]).toEqual([drawn, full]);
    },
  );

  test.each([1, 3, 7, 100])('of %d columns is as wide as it is asked to be', (width) => {
    expect(widthOf(drawRoom(room(33, 33, 33), width, UNICODE))).toBe(width);
  });
});

const size = (cpuMhz: number) => ({ cpuMhz, memoryMb: 8192, diskMb: 40_000 });

function instance(number: number, part: Partial<WorldInstance> = {}): WorldInstance {
  const node = {
    name: `workers-${number}`,
    status: 'ready',
    isEligible: true,
    isDraining: false,
    capacity: size(4000),
    used: { cpuMhz: 1000, memoryMb: 512, diskMb: 300 },
  };
  return { id: `i-0000000000000000${number}`, state: 'running', lifecycle: 'InService', node, ...part };
}

const numbers: PoolNumbers = {
  nodes: 3,
  desired: 3,
  min: 2,
  max: 6,
  metric: 'cpu',
  capacity: size(12_000),
  used: size(6000),
  percent: { cpu: 50, memory: 10, disk: 3 },
  averageNode: 4000,
  reserve: { cpuMhz: 1200, memoryMb: 600, diskMb: 0 },
  overhead: 1200,
  faultTolerance: 1,
  maxAllowed: 6800,
  maxAllowedWithout: 2800,
  unjoined: 0,
  unbound: 0,
  readyMembers: 3,
  joining: [],
  lost: [],
  pending: [],
  pendingNodes: 0,
  candidates: [],
};

const decision: PoolDecision = {
  verdict: { kind: 'hold', reason: 'threshold' },
  ask: { kind: 'out', nodes: 1, because: 'above' },
  numbers,
  detail: '',
  cooldownLeftMs: 0,
  backoffLeftMs: 0,
  asked: 1,
  threshold: 3,
};

const story: PoolStory = { decision, lastChange: undefined, step: '' };
const nothing: PoolRecord = { failures: 0, isFailsafe: false, operation: undefined };

function pool(...instances: readonly WorldInstance[]): WorldPool {
  return { name: 'workers', min: 1, max: 9, desired: 3, instances };
}

describe('the view of a pool', () => {
  const node = instance(1).node;

  test.each<[string, Partial<WorldInstance>]>([
    ['', {}],
    ['launches', { state: 'pending', lifecycle: 'Pending', node: undefined }],
    ['no node yet', { node: undefined }],
    ['drains', { node: node && { ...node, isDraining: true, isEligible: false } }],
    ['ineligible', { node: node && { ...node, isEligible: false } }],
    ['down', { node: node && { ...node, status: 'down' } }],
    ['leaves', { lifecycle: 'Detaching', node: node && { ...node, isEligible: false } }],
    ['detached', { lifecycle: '', node: node && { ...node, isEligible: false } }],
    ['ends', { state: 'shutting-down', lifecycle: '' }],
  ])('tells %j of a node', (state, part) => {
    const view = viewPool(pool(instance(1, part)), story, nothing);
    expect(view.nodes.map((one) => one.state)).toEqual([state]);
    expect(view.ready).toBe(state === '' ? 1 : 0);
  });

  test('names a node by its number, an instance without one by the end of its id, and tells how full it is', () => {
    const view = viewPool(pool(instance(3), instance(4, { node: undefined })), story, nothing);
    expect(view.nodes.map(({ label, share }) => [label, share])).toEqual([
      ['3', 0.25],
      ['0004', undefined],
    ]);
  });

  test('has the numbers of the last decision in percent of the capacity', () => {
    const view = viewPool(pool(), story, nothing);
    expect(view.room).toEqual({ metric: 'cpu', used: 50, reserve: 10, tolerance: expect.closeTo(33.33, 1) });
    expect([view.bounds, view.asked]).toEqual([
      { low: 2, high: 6 },
      { count: 1, of: 3 },
    ]);
  });

  test("has the group's bounds and no bar before the first decision", () => {
    const view = viewPool(pool(), undefined, nothing);
    expect(view).toMatchObject({ bounds: { low: 1, high: 9 }, room: undefined, verdict: '', mood: 'none' });
  });

  test('tells first what waits for room, and why it does not count', () => {
    const ref = { namespace: 'default', jobId: 'giant', group: 'solver' };
    const pending = [{ ...ref, queued: 2, counted: 0, why: 'too large' }];
    const verdict = { kind: 'hold', reason: 'cooldown' } as const;
    const waiting = { ...decision, verdict, cooldownLeftMs: 30_500, numbers: { ...numbers, pending } };
    expect(viewPool(pool(), { ...story, decision: waiting }, nothing).verdict).toBe(
      '2 of giant/solver wait (too large); hold: cooldown, waiting after the last scaling event ' +
        '(would add 1: above), 31 s left',
    );
  });
});

const ref = { pool: 'workers', region: 'us-east-1', provider: 'aws', message: '', retryThreshold: 3 };

function pictureOf(pools: readonly PoolView[], part: Partial<FrameModel> = {}): FrameModel {
  return {
    scenario: 'pool-wave',
    summary: 'jobs, and the nodes they run on, follow waves of load',
    seed: 1,
    speed: 20,
    nowMs: 90_000,
    startedMs: 0,
    leader: { session: '3fa85f64-5717-4562-b3fc-2c963f66afa6', renewedAgoMs: 1_500 },
    rates: { nomad: 21, consul: 3, aws: 2.4 },
    pools,
    groups: [],
    news: [{ atMs: 30_000, text: 'workers: scale out: the desired capacity is 4', kind: 'info' }],
    addresses: {
      nomad: 'http://127.0.0.1:4646',
      consul: 'http://127.0.0.1:8500',
      aws: 'http://127.0.0.1:4566',
    },
    columnMs: 30_000,
    ...part,
  };
}

function draw(model: FrameModel, width: number, height: number): string[] {
  return drawFrame(model, { width, height, glyphs: ASCII }).map((line) => textOf(line).trimEnd());
}

describe('a picture with a pool', () => {
  const out = beginOut({ ...ref, because: 'above', from: 3, to: 4, members: [] }, [], 30_000);
  const joining = { ...out, phase: 'joining', phaseMs: 48_000 } as const;
  const steps = { ...story, step: 'waiting for i-0000000000000000a to become ready nodes' };
  const growing = viewPool(
    { ...pool(instance(1), instance(2), instance(3), instance(4, { node: undefined })), desired: 4 },
    steps,
    { failures: 1, isFailsafe: false, operation: joining },
  );

  test('shows its size, its room, its nodes, the decision and the operation with its phase', () => {
    expect(draw(pictureOf([growing]), 80, 20)).toMatchInlineSnapshot(`
      [
        "replicator demo  pool-wave: jobs, and the nodes they run~  00:01:30  +2 min, 20x",
        "leader 3fa85f64  lease ok, renewed 1 s ago       Nomad 21/s  Consul 3/s  AWS 2/s",
        "",
        "pool     nodes bounds # used  + reserve  = fault tolerance  . free",
        "workers    3/4 2..6   #######################++++===============...  50 % cpu",
        "  1:  2:  3:  0004 no node yet",
        "  hold: threshold, too few evaluations in a row have asked for it~  asked 1 of 3",
        "  out 3>4  joining 42 s: waiting for i-0000000000000000a to become ~  failures 1",
        "",
        "group  count bounds cpu                   memory                 last 8 min",
        "",
        "what happened ------------------------------------------------------------------",
        "00:00:30 workers: scale out: the desired capacity is 4",
        "",
        "",
        "",
        "--------------------------------------------------------------------------------",
        "export NOMAD_ADDR=http://127.0.0.1:4646 CONSUL_HTTP_ADDR=127.0.0.1:8500",
        "export AWS_ENDPOINT_URL=http://127.0.0.1:4566 AWS_REGION=us-east-1",
        "curl $NOMAD_ADDR/v1/jobs   nomad status   consul kv get -recurse         q: quit",
      ]
    `);
  });

  test('shows a drain, and the last change with failures and failsafe where nothing is under way', () => {
    const bound = { nodeId: 'n', nodeName: 'workers-3', instanceId: 'i-3', drainDeadlineMs: 240_000 };
    const draining = { ...beginIn({ ...ref, ...bound }, 30_000), frozen: 'failsafe is set' };
    const lastChange = {
      atMs: 0,
      pool: 'workers',
      direction: 'out',
      from: 3,
      to: 4,
      reason: 'above',
      node: '',
      numbers: undefined,
      outcome: 'failure',
      why: 'i-1 never became a ready node',
    } as const;
    const pools = [
      viewPool(
        pool(instance(1)),
        { ...story, step: 'crunch still runs there' },
        {
          failures: 0,
          isFailsafe: true,
          operation: draining,
        },
      ),
      viewPool(pool(), { ...story, lastChange }, { ...nothing, failures: 3, isFailsafe: true }),
    ];
    const lines = draw(pictureOf(pools), 80, 24).slice(4, 12);
    expect(lines).toMatchInlineSnapshot(`
      [
        "workers    1/3 2..6   #######################++++===============...  50 % cpu",
        "  1:",
        "  hold: threshold, too few evaluations in a row have asked for it~  asked 1 of 3",
        "  in workers-3  draining 1 min, frozen: crunch still runs there         FAILSAFE",
        "workers    0/3 2..6   #######################++++===============...  50 % cpu",
        "",
        "  hold: threshold, too few evaluations in a row have asked for it~  asked 1 of 3",
        "  out 3>4 2 min ago, failure: i-1 never became a ready no~  failures 3  FAILSAFE",
      ]
    `);
  });

  test.each([
    [80, 24],
    [140, 40],
    [60, 12],
    [38, 8],
    [20, 3],
    [300, 90],
  ])('of %d by %d fills the terminal exactly', (width, height) => {
    const lines = drawFrame(pictureOf([growing, growing]), { width, height, glyphs: UNICODE });
    expect(lines.map(widthOf)).toEqual(Array.from({ length: height }, () => width));
  });

  test('leaves out all but the size of pools where there is little room', () => {
    const text = draw(pictureOf([growing, growing, growing]), 80, 16).join('\n');
    expect(text.match(/^workers {4}3\/4/gm)).toHaveLength(3);
    expect(text).not.toContain('joining');
  });
});
