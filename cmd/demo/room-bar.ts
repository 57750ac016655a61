import type { ScalingMetric } from '../../src/domain/decision/pool-judgement.ts';
import type { Glyphs } from './look.ts';
import { cut, type Line, type Style, span } from './text.ts';

/** What a pool's capacity is taken by, in percent of it, in the metric it is scaled by. */
export interface Room {
  readonly metric: ScalingMetric;
  readonly used: number;
  /** Kept for one more of each group, or of the largest. */
  readonly reserve: number;
  /** Kept for nodes that are lost. */
  readonly tolerance: number;
}

/** The parts in their order, what is free included, with their words. */
export function roomParts(room: Room, glyphs: Glyphs): readonly RoomPart[] {
  const { used, reserve, tolerance } = room;
  return [
    { word: 'used', percent: used, glyph: glyphs.fill.slice(-1), style: isFull(room) ? 'high' : 'good' },
    { word: 'reserve', percent: reserve, glyph: glyphs.reserve, style: 'low' },
    { word: 'fault tolerance', percent: tolerance, glyph: glyphs.tolerance, style: 'warn' },
    { word: 'free', percent: 100, glyph: glyphs.empty, style: 'faint' },
  ];
}

interface RoomPart {
  readonly word: string;
  readonly percent: number;
  readonly glyph: string;
  readonly style: Style;
}

/** True when nothing is free: the pool asks for more nodes. */
export function isFull({ used, reserve, tolerance }: Room): boolean {
  return used + reserve + tolerance >= 100;
}

/** The capacity as a bar of `width` columns, each part from where the one before it ends. */
export function drawRoom(room: Room, width: number, glyphs: Glyphs): Line {
  const ends = { percent: 0, column: 0 };
  const parts = roomParts(room, glyphs).map(({ percent, glyph, style }) => {
    const from = ends.column;
    ends.percent += percent;
    ends.column = Math.max(from, Math.min(width, Math.round((ends.percent / 100) * width)));
    return span(glyph.repeat(ends.column - from), style);
  });
  return cut(parts, width);
}

/** What the parts' characters stand for. */
export function drawLegend(glyphs: Glyphs): Line {
  const parts = roomParts({ metric: 'cpu', used: 0, reserve: 0, tolerance: 0 }, glyphs);
  return parts.flatMap(({ word, glyph, style }) => [span(glyph, style), span(` ${word}  `, 'faint')]);
}
