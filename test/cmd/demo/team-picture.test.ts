import { describe, expect, test } from 'vitest';
import { drawFrame } from '../../../cmd/demo/frame.ts';
import type { FrameModel, GroupView, TeamView } from '../../../cmd/demo/frame-model.ts';
import { ASCII, UNICODE } from '../../../cmd/demo/look.ts';
import { type Line, widthOf } from '../../../cmd/demo/text.ts';

const textOf = (line: Line): string => line.map(({ text }) => text).join('');

const team: TeamView = {
  group: 'demo',
  partitions: 16,
  members: [
    { id: 'agent-a', state: 'killed', mood: 'gone', holds: [], groups: 0 },
    { id: 'agent-b', state: 'ready, leads', mood: 'good', holds: [8, 9, 10, 11, 12], groups: 1 },
    { id: 'agent-c', state: 'not ready', mood: 'trouble', holds: [6, 7, 13, 14, 15], groups: 1 },
  ],
  note: 'agent-a killed 11 s ago: others have its 6 within 40 s by the clock on the wall',
  isWaiting: true,
  last: '5 handed over in 0.7 s',
};

function group(id: string, holder: string, by?: string): GroupView {
  return {
    id,
    count: 2,
    running: 2,
    bounds: { low: 1, high: 3 },
    cpu: { value: 47, limits: { scaleIn: 35, scaleOut: 75 } },
    mem: undefined,
    history: [1, 2],
    verdict: 'hold: steady, usage is between the thresholds',
    mood: 'hold',
    holder,
    lastChange: by
      ? { atMs: 0, group: id, by, direction: 'out', from: 1, to: 2, reason: 'above', numbers: undefined }
      : undefined,
  };
}

const model: FrameModel = {
  scenario: 'group',
  summary: 'three agents share the work',
  seed: 1,
  speed: 20,
  nowMs: 90_000,
  startedMs: 0,
  leader: undefined,
  rates: { nomad: 35, consul: 4, aws: undefined },
  pools: [],
  groups: [group('auth/login', 'agent-c', 'agent-a'), group('cart/api', ''), group('shop/web', 'agent-b')],
  team,
  news: [{ atMs: 30_000, text: 'agent-b: joined the group demo as agent-b', kind: 'info' }],
  addresses: { nomad: 'http://127.0.0.1:4646', consul: 'http://127.0.0.1:8500', aws: '' },
  columnMs: 30_000,
};

function draw(width: number, height: number, part: Partial<FrameModel> = {}): string[] {
  const lines = drawFrame({ ...model, ...part }, { width, height, glyphs: ASCII });
  return lines.map((line) => textOf(line).trimEnd());
}

describe('a picture with a team', () => {
  test('of 80 by 24 shows the members, their partitions, and for each group who may act and who last did', () => {
    expect(draw(80, 24)).toMatchInlineSnapshot(`
      [
        "replicator demo  group: three agents share the work        00:01:30  +2 min, 20x",
        "group of agents demo  1 of 3 ready                        Nomad 35/s  Consul 4/s",
        "",
        "member   state              partitions                                   groups",
        "agent-a  killed                     0  . . . . . . . . . . . . . . . .        0",
        "agent-b  ready, leads               5  . . . . . . . . # # # # # . . .        1",
        "agent-c  not ready                  5  . . . . . . # # . . . . . # # #        1",
        "agent-a killed 11 s ago: others have its 6 within 40 s by the clock on the wall",
        "",
        "group       count bounds member   last act  cpu",
        "auth/login      2 1..3   agent-c  agent-a   ##########|###........|.......  47 %",
        "  hold: steady, usage is between the thresholds                out 1>2 2 min ago",
        "cart/api        2 1..3   nobody             ##########|###........|.......  47 %",
        "  hold: steady, usage is between the thresholds",
        "shop/web        2 1..3   agent-b            ##########|###........|.......  47 %",
        "  hold: steady, usage is between the thresholds",
        "",
        "what happened ------------------------------------------------------------------",
        "00:00:30 agent-b: joined the group demo as agent-b",
        "",
        "",
        "--------------------------------------------------------------------------------",
        "export NOMAD_ADDR=http://127.0.0.1:4646 CONSUL_HTTP_ADDR=127.0.0.1:8500",
        "curl $NOMAD_ADDR/v1/jobs   nomad status   consul kv get -recurse         q: quit",
      ]
    `);
  });

  test('writes the numbers of the partitions where there is room for them', () => {
    expect(draw(100, 24).slice(3, 6)).toMatchInlineSnapshot(`
      [
        "member   state              partitions 0  1  2  3  4  5  6  7  8  9  10 11 12 13 14 15   groups",
        "agent-a  killed                     0  .. .. .. .. .. .. .. .. .. .. .. .. .. .. .. ..        0",
        "agent-b  ready, leads               5  .. .. .. .. .. .. .. .. ## ## ## ## ## .. .. ..        1",
      ]
    `);
  });

  test('tells how the last takeover or hand-over went while nobody is waited for', () => {
    const calm = {
      ...team,
      isWaiting: false,
      note: 'a takeover takes up to 40 s by the clock on the wall',
    };
    expect(draw(80, 24, { team: calm })[7]).toBe(
      'a takeover takes up to 40 s by the clock on the wall      5 handed over in 0.7 s',
    );
  });

  test('of 80 by 24 has room for a dozen groups', () => {
    const groups = Array.from({ length: 12 }, (_, number) =>
      group(`reporting-${number}/app`, 'agent-b', 'agent-c'),
    );
    const lines = draw(80, 24, { groups });
    expect(
      lines.filter((line) => /^reporting-\d+\/app +2 1\.\.3 +agent-b +agent-c .* 47 %$/.test(line)),
    ).toHaveLength(12);
  });

  test.each([
    [80, 24],
    [140, 40],
    [60, 12],
    [38, 8],
    [20, 3],
    [300, 90],
  ])('of %d by %d fills the terminal exactly', (width, height) => {
    const lines = drawFrame(model, { width, height, glyphs: UNICODE });
    expect(lines.map(widthOf)).toEqual(Array.from({ length: height }, () => width));
  });
});
