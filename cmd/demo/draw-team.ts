import type { Canvas } from './frame.ts';
import type { MemberView, TeamView } from './frame-model.ts';
import { alignRight, fit, type Line, span, spread, type Style } from './text.ts';

/** Columns of the state, of the number of partitions and of the number of task groups. */
const STATE = 19;
const COUNT = 11;
const GROUPS = 8;
/** The most that one partition takes. */
const WIDEST_CELL = 3;

/** The members of a team, one a line with a cell for each partition, and how partitions pass on. */
export function drawTeam(team: TeamView | undefined, canvas: Canvas, room: number): readonly Line[] {
  if (!team) return [];
  const id = Math.max(6, ...team.members.map((member) => member.id.length));
  const left = canvas.width - id - STATE - COUNT - GROUPS - 2;
  const cell = Math.max(1, Math.min(WIDEST_CELL, Math.floor(left / Math.max(1, team.partitions))));
  const lines = [
    drawHeading(team, { id, cell }),
    ...team.members.map((member) => drawMember(member, team, { id, cell, canvas })),
    drawNote(team, canvas),
  ];
  const blank = lines.length < room ? [[]] : [];
  return [...lines, ...blank].slice(0, Math.max(0, room));
}

interface Widths {
  readonly id: number;
  readonly cell: number;
}

/** The numbers of the partitions are written where there is room for them. */
function drawHeading({ partitions }: TeamView, { id, cell }: Widths): Line {
  const numbers = Array.from({ length: partitions }, (_, number) =>
    cell < WIDEST_CELL ? '' : String(number).padEnd(cell),
  ).join('');
  const head = `${'member'.padEnd(id)}  ${'state'.padEnd(STATE)}${'partitions'.padEnd(COUNT)}`;
  return [span(`${head}${numbers.padEnd(cell * partitions)}${alignRight('groups', GROUPS)}`, 'faint')];
}

const MOODS: Readonly<Record<MemberView['mood'], Style>> = { good: 'good', trouble: 'warn', gone: 'alarm' };

function drawMember(
  { id, state, mood, holds, groups }: MemberView,
  { partitions }: TeamView,
  widths: Widths & { readonly canvas: Canvas },
): Line {
  const { glyphs } = widths.canvas;
  const held = new Set(holds);
  const cells = Array.from({ length: partitions }, (_, number) => {
    const glyph = held.has(number) ? glyphs.fill.at(-1) : glyphs.empty;
    const text = (glyph ?? '').repeat(Math.max(1, widths.cell - 1)).padEnd(widths.cell);
    return span(text, held.has(number) ? MOODS[mood] : 'faint');
  });
  return [
    span(`${id.padEnd(widths.id)}  `, 'strong'),
    ...fit([span(state, MOODS[mood])], STATE, glyphs.ellipsis),
    span(`${alignRight(String(holds.length), COUNT - 2)}  `, holds.length > 0 ? 'strong' : 'faint'),
    ...cells,
    span(alignRight(String(groups), GROUPS), groups > 0 ? 'plain' : 'faint'),
  ];
}

function drawNote({ note, isWaiting, last }: TeamView, { width, glyphs }: Canvas): Line {
  const right = isWaiting || last === '' ? [] : [span(last, 'good')];
  return spread([span(note, isWaiting ? 'warn' : 'faint')], right, { width, ellipsis: glyphs.ellipsis });
}
