import { describe, expect, test } from 'vitest';
import { barTop, drawBar } from '../../../cmd/demo/bar.ts';
import { shortSpan, timeOfDay } from '../../../cmd/demo/clock-text.ts';
import { drawFrame } from '../../../cmd/demo/frame.ts';
import type { FrameModel, GroupView } from '../../../cmd/demo/frame-model.ts';
import { ASCII, lookFor, paint, UNICODE } from '../../../cmd/demo/look.ts';
import { openScreen } from '../../../cmd/demo/screen.ts';
import { drawSparkline } from '../../../cmd/demo/sparkline.ts';
import { fit, type Line, span, spread, widthOf } from '../../../cmd/demo/text.ts';

const textOf = (line: Line): string => line.map(({ text }) => text).join('');

describe('a bar', () => {
  const limits = { scaleIn: 30, scaleOut: 70 };

  test.each([
    { value: undefined, drawn: '...|...|..' },
    { value: 0, drawn: '...|...|..' },
    { value: 29, drawn: '###|...|..' },
    { value: 55, drawn: '###|##.|..' },
    { value: 100, drawn: '###|###|##' },
    { value: 400, drawn: '###|###|##' },
  ])('of $value % has a mark at each threshold', ({ value, drawn }) => {
    expect(textOf(drawBar({ value, limits }, 10, ASCII))).toBe(drawn);
  });

  test('is filled by eighths of a cell', () => {
    const far = { scaleIn: 70, scaleOut: 80 };
    const drawn = [1.25, 2.5, 5, 8.75].map(
      (value) => textOf(drawBar({ value, limits: far }, 10, UNICODE))[0],
    );
    expect(drawn).toEqual(['▏', '▎', '▌', '▉']);
  });

  test.each([
    { value: 20, style: 'low' },
    { value: 50, style: 'good' },
    { value: 71, style: 'high' },
  ])('of $value % is $style', ({ value, style }) => {
    expect(drawBar({ value, limits }, 10, ASCII)[0]?.style).toBe(style);
  });

  test('ends at 100 %, or a quarter beyond a scale-out threshold that is near it or above', () => {
    expect([barTop(limits), barTop({ scaleIn: 50, scaleOut: 200 })]).toEqual([100, 250]);
  });

  test.each([1, 2, 7, 40])('of %d columns is as wide as it is asked to be', (width) => {
    expect(textOf(drawBar({ value: 66, limits }, width, UNICODE))).toHaveLength(width);
  });
});

describe('a sparkline', () => {
  const range = { low: 1, high: 8 };

  test.each([
    { values: [], drawn: '        ' },
    { values: [1, 8], drawn: '      ▁█' },
    { values: [1, 2, 3, 4, 5, 6, 7, 8], drawn: '▁▂▃▄▅▆▇█' },
    { values: [8, 8, 1, 2, 3, 4, 5, 6, 7, 8], drawn: '▁▂▃▄▅▆▇█' },
    { values: [0, 99], drawn: '      ▁█' },
  ])('of $values shows the last ones between the bounds', ({ values, drawn }) => {
    expect(drawSparkline(values, { range, width: 8, levels: UNICODE.levels })).toBe(drawn);
  });

  test('has its highest level where both bounds are one and the count is there', () => {
    const drawn = drawSparkline([2, 3], { range: { low: 3, high: 3 }, width: 2, levels: UNICODE.levels });
    expect(drawn).toBe('▁█');
  });
});

describe('a line', () => {
  const line = [span('abc'), span('defg', 'good')];

  test.each([
    { width: 9, text: 'abcdefg  ' },
    { width: 7, text: 'abcdefg' },
    { width: 5, text: 'abcd~' },
    { width: 1, text: '~' },
    { width: 0, text: '' },
  ])('is fitted to $width columns', ({ width, text }) => {
    expect(textOf(fit(line, width, '~'))).toBe(text);
  });

  test('keeps its right end when it has to be cut, unless there is hardly room', () => {
    const left = [span('a long sentence')];
    const drawn = [20, 16, 9].map((width) => textOf(spread(left, [span('end')], { width, ellipsis: '~' })));
    expect(drawn).toEqual(['a long sentence  end', 'a long sen~  end', 'a long s~']);
  });

  test('cannot move the cursor', () => {
    expect(span('a\u001B[2Jb\nc').text).toBe('a [2Jb c');
  });
});

describe('the look', () => {
  test.each([
    { environment: {}, glyphs: UNICODE, isColoured: true },
    { environment: { LANG: 'en_GB.UTF-8', NO_COLOR: '' }, glyphs: UNICODE, isColoured: true },
    { environment: { LANG: 'C', NO_COLOR: '1' }, glyphs: ASCII, isColoured: false },
    { environment: { LC_ALL: 'C.utf8', LANG: 'C' }, glyphs: UNICODE, isColoured: true },
  ])('of $environment', ({ environment, ...look }) => {
    expect(lookFor(environment)).toEqual(look);
  });

  test('writes no colour without colours', () => {
    const line = [span('a', 'high'), span('b')];
    expect(paint(line, { glyphs: ASCII, isColoured: false })).toBe('ab');
    expect(paint(line, { glyphs: ASCII, isColoured: true })).toBe('\u001B[31ma\u001B[0mb');
  });
});

test('times are short', () => {
  const spans = [0, 59_000, 61_000, 119 * 60_000, 3 * 3_600_000].map(shortSpan);
  expect(spans).toEqual(['0 s', '59 s', '1 min', '119 min', '3 h']);
  expect(timeOfDay(Date.UTC(2026, 0, 5, 8, 9, 10))).toBe('08:09:10');
});

function group(id: string): GroupView {
  const limits = { scaleIn: 30, scaleOut: 70 };
  return {
    id,
    count: 3,
    running: 2,
    bounds: { low: 1, high: 5 },
    cpu: { value: 91, limits },
    mem: { value: undefined, limits },
    history: [1, 2, 3],
    verdict: 'hold: steady, usage is between the thresholds',
    mood: 'hold',
    lastChange: { atMs: 0, group: id, direction: 'out', from: 2, to: 3, reason: 'above', numbers: undefined },
  };
}

const model: FrameModel = {
  scenario: 'wave',
  summary: 'load comes and goes in waves',
  seed: 7,
  speed: 20,
  nowMs: 90_000,
  startedMs: 0,
  leader: { session: '3fa85f64-5717-4562-b3fc-2c963f66afa6', renewedAgoMs: 1_500 },
  rates: { nomad: 41.6, consul: 3, aws: undefined },
  pools: [],
  groups: [group('shop/web'), group('reports/worker')],
  news: [{ atMs: 30_000, text: 'a policy was added', kind: 'info' }],
  addresses: { nomad: 'http://127.0.0.1:4646', consul: 'http://127.0.0.1:8500', aws: '' },
  columnMs: 30_000,
};

describe('a picture', () => {
  const draw = (width: number, height: number, of: FrameModel = model): string[] =>
    drawFrame(of, { width, height, glyphs: ASCII }).map(textOf);

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

  test('of 80 by 24 shows everything there is to know', () => {
    expect(draw(80, 24).map((line) => line.trimEnd())).toMatchInlineSnapshot(`
      [
        "replicator demo  wave: load comes and goes in waves        00:01:30  +2 min, 20x",
        "leader 3fa85f64  lease ok, renewed 1 s ago                Nomad 42/s  Consul 3/s",
        "",
        "group           count bounds cpu               memory             last 7 min",
        "shop/web          2/3 1..5   ###|###|##.  91 % ...|...|...     ?            _:=",
        "  hold: steady, usage is between the thresholds                out 2>3 2 min ago",
        "",
        "reports/worker    2/3 1..5   ###|###|##.  91 % ...|...|...     ?            _:=",
        "  hold: steady, usage is between the thresholds                out 2>3 2 min ago",
        "",
        "",
        "what happened ------------------------------------------------------------------",
        "00:00:30 a policy was added",
        "",
        "",
        "",
        "",
        "",
        "",
        "",
        "",
        "--------------------------------------------------------------------------------",
        "export NOMAD_ADDR=http://127.0.0.1:4646 CONSUL_HTTP_ADDR=127.0.0.1:8500",
        "curl $NOMAD_ADDR/v1/jobs   nomad status   consul kv get -recurse         q: quit",
      ]
    `);
  });

  test('tells that nobody leads, and that a lease is over', () => {
    const old = { session: 'x', renewedAgoMs: 12_000 };
    expect(draw(80, 24, { ...model, leader: undefined })[1]).toMatch(/^nobody leads /);
    expect(draw(80, 24, { ...model, leader: old })[1]).toMatch(/^leader x {2}lease over, renewed 12 s ago/);
  });

  test('leaves out the sentences before it leaves out groups', () => {
    const groups = Array.from({ length: 12 }, (_, number) => group(`job-${number}/app`));
    const text = draw(80, 24, { ...model, groups }).join('\n');
    expect(text).toContain('job-11/app');
    expect(text).not.toContain('hold: steady');
    expect(draw(80, 40, { ...model, groups }).join('\n')).toContain('hold: steady');
  });
});

describe('the screen', () => {
  function fakeStream() {
    const state = { written: [] as string[], resize: (): void => undefined };
    return {
      state,
      columns: 10,
      rows: 2,
      write: (text: string) => state.written.push(text),
      on: (_event: 'resize', listener: () => void) => (state.resize = listener),
      off: (_event: 'resize', _listener: () => void) => (state.resize = () => undefined),
    };
  }
  const look = { glyphs: ASCII, isColoured: false };

  test('writes only the lines that have changed, and all of them after a resize', () => {
    const stream = fakeStream();
    const screen = openScreen(stream, look);
    const sent = (): string => stream.state.written.splice(0).join('');
    sent();
    screen.show([[span('one')], [span('two')]]);
    expect(sent()).toBe('\u001B[?2026h\u001B[1;1Hone\u001B[2;1Htwo\u001B[?2026l');
    screen.show([[span('one')], [span('new')]]);
    expect(sent()).toBe('\u001B[?2026h\u001B[2;1Hnew\u001B[?2026l');
    screen.show([[span('one')], [span('new')]]);
    expect(sent()).toBe('');
    stream.state.resize();
    screen.show([[span('one')], [span('new')]]);
    expect(sent()).toContain('\u001B[1;1Hone');
    screen.close();
  });

  test('gives the cursor back, once', () => {
    const stream = fakeStream();
    const screen = openScreen(stream, look);
    screen.close();
    screen.close();
    screen.show([[span('late')]]);
    const all = stream.state.written.join('');
    expect(all.startsWith('\u001B[?1049h\u001B[?25l')).toBe(true);
    expect(all.endsWith('\u001B[?25h\u001B[?1049l')).toBe(true);
    expect(all.split('?25h')).toHaveLength(2);
  });
});
