import { shortSpan } from './clock-text.ts';
import type { Canvas } from './frame.ts';
import type { FrameModel, Mood, NodeView, OperationView, PoolView } from './frame-model.ts';
import { drawLegend, drawRoom, isFull } from './room-bar.ts';
import { alignRight, fit, type Line, type Span, span, spread, type Style } from './text.ts';

/** Columns that everything but name and bar take: count, bounds, gap, and the percentage with its metric. */
const COUNT_AND_BOUNDS = 14;
const PERCENT = 6;
const METRIC = 7;
const LONGEST_BAR = 100;

/** The pools: each its size, what its capacity is taken by, its nodes, the last decision and the operation. */
export function drawPools(model: FrameModel, canvas: Canvas, room: number): readonly Line[] {
  const { pools, nowMs } = model;
  if (pools.length === 0) return [];
  const widths = divide(canvas.width, pools);
  const blocks = pools.map((pool) => [
    drawSize(pool, widths, canvas),
    drawNodes(pool, canvas),
    drawDecision(pool, canvas),
    drawOperation(pool, nowMs, canvas),
  ]);
  const isTight = pools.length * 4 + 2 > room;
  const lines = blocks.flatMap((block) => (isTight ? block.slice(0, 1) : block));
  return [drawHeading(widths, canvas), ...lines, []].slice(0, Math.max(0, room));
}

interface Widths {
  readonly id: number;
  readonly bar: number;
}

function divide(width: number, pools: readonly PoolView[]): Widths {
  const longest = Math.max(5, ...pools.map(({ id }) => id.length));
  const id = Math.min(longest, Math.max(8, Math.floor(width * 0.3)));
  const bar = width - id - COUNT_AND_BOUNDS - PERCENT - METRIC - 1;
  return { id, bar: Math.max(5, Math.min(LONGEST_BAR, bar)) };
}

function drawHeading({ id }: Widths, { glyphs }: Canvas): Line {
  return [
    span(`${'pool'.padEnd(id)}${alignRight('nodes', 7)} ${'bounds'.padEnd(6)} `, 'faint'),
    ...drawLegend(glyphs),
  ];
}

function drawSize({ id, ready, desired, bounds, room }: PoolView, widths: Widths, { glyphs }: Canvas): Line {
  const isMoving = ready !== desired;
  const size = [
    ...fit([span(id, 'strong')], widths.id, glyphs.ellipsis),
    span(alignRight(isMoving ? `${ready}/${desired}` : `${desired}`, 7), isMoving ? 'warn' : 'strong'),
    span(` ${`${bounds.low}..${bounds.high}`.padEnd(6)} `, 'faint'),
  ];
  if (!room) return size;
  const percent = span(alignRight(`${room.used.toFixed(0)} %`, PERCENT), isFull(room) ? 'high' : 'good');
  const metric = span(` ${room.metric === 'none' ? 'cpu' : room.metric}`, 'faint');
  return [...size, ...drawRoom(room, widths.bar, glyphs), percent, metric];
}

function drawNodes({ nodes }: PoolView, { glyphs }: Canvas): Line {
  return nodes.flatMap((node): Line => [span('  '), ...drawNode(node, glyphs.levels)]);
}

/** `3▅` for a ready node that is half full, with its state for any other. */
function drawNode({ label, share, state }: NodeView, levels: string): readonly Span[] {
  const level =
    share === undefined ? '' : levels.charAt(Math.round(Math.min(1, share) * (levels.length - 1)));
  const isReady = state === '';
  return [
    span(label, isReady ? 'plain' : 'warn'),
    span(level, isReady ? 'good' : 'faint'),
    span(isReady ? '' : ` ${state}`, 'warn'),
  ];
}

export const MOODS: Readonly<Record<Mood, Style>> = {
  out: 'good',
  in: 'low',
  hold: 'plain',
  trouble: 'warn',
  none: 'faint',
};

function drawDecision({ verdict, mood, asked }: PoolView, { width, glyphs }: Canvas): Line {
  const text = verdict || 'not judged yet';
  const requests = asked ? [span(`asked ${asked.count} of ${asked.of}`, 'faint')] : [];
  return spread([span('  '), span(text, MOODS[mood])], requests, { width, ellipsis: glyphs.ellipsis });
}

function drawOperation(pool: PoolView, nowMs: number, { width, glyphs }: Canvas): Line {
  const { operation, lastChange } = pool;
  const left = operation
    ? describeOperation(operation, nowMs, glyphs.arrow)
    : lastChange && describeLast(lastChange, nowMs, glyphs.arrow);
  return spread([span('  '), ...(left ?? [])], drawFailures(pool), { width, ellipsis: glyphs.ellipsis });
}

function describeOperation(operation: OperationView, nowMs: number, arrow: string): Line {
  const { direction, from, to, phase, phaseMs, step, isFrozen } = operation;
  const what = to === '' ? `${direction} ${from}` : `${direction} ${from}${arrow}${to}`;
  return [
    span(what, MOODS[direction]),
    span(`  ${phase}`, 'strong'),
    span(` ${shortSpan(nowMs - phaseMs)}${isFrozen ? ', frozen' : ''}`, isFrozen ? 'warn' : 'faint'),
    span(step === '' ? '' : `: ${step}`),
  ];
}

type LastChange = NonNullable<PoolView['lastChange']>;

function describeLast(
  { direction, from, to, atMs, outcome = 'begun', why = '' }: LastChange,
  nowMs: number,
  arrow: string,
): Line {
  return [
    span(`${direction} ${from}${arrow}${to}`, MOODS[direction]),
    span(` ${shortSpan(nowMs - atMs)} ago, `, 'faint'),
    span(outcome, outcome === 'failure' ? 'warn' : 'plain'),
    span(why === '' ? '' : `: ${why}`, 'faint'),
  ];
}

function drawFailures({ failures, isFailsafe }: PoolView): Line {
  const count = failures > 0 ? [span(`failures ${failures}`, 'warn')] : [];
  if (!isFailsafe) return count;
  return [...count, span(count.length > 0 ? '  ' : ''), span('FAILSAFE', 'alarm')];
}
