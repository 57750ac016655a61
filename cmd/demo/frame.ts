import { type Gauge, drawBar, styleOf } from './bar.ts';
import { shortSpan, timeOfDay } from './clock-text.ts';
import { type Columns, divide } from './columns.ts';
import { drawPools, MOODS } from './draw-pools.ts';
import { drawTeam } from './draw-team.ts';
import type { FrameModel, GroupView, TeamView } from './frame-model.ts';
import type { News } from './journal.ts';
import type { Glyphs } from './look.ts';
import { REGION } from './scenario.ts';
import { drawSparkline } from './sparkline.ts';
import { type Line, type Style, alignRight, fit, span, spread } from './text.ts';

/** The room there is, and the characters to draw with. */
export interface Canvas {
  readonly width: number;
  readonly height: number;
  readonly glyphs: Glyphs;
}

/**
 * One picture: `height` lines of `width` columns. The team, pools and groups first; news fill what is left above the
 * footer.
 */
export function drawFrame(model: FrameModel, canvas: Canvas): readonly Line[] {
  const header = drawHeader(model, canvas);
  const footer = drawFooter(model, canvas);
  const room = canvas.height - header.length - footer.length;
  const team = drawTeam(model.team, canvas, room - linesOfGroups(model));
  const pools = drawPools(model, canvas, room - team.length - linesOfGroups(model));
  const groups = drawGroups(model, canvas, room - team.length - pools.length);
  const news = drawNews(model.news, canvas, room - team.length - pools.length - groups.length);
  const body = [...team, ...pools, ...groups, ...news];
  const blanks = Array.from({ length: Math.max(0, room - body.length) }, () => []);
  const lines: readonly Line[] = [...header, ...body, ...blanks, ...footer];
  return lines.slice(0, canvas.height).map((line) => fit(line, canvas.width, canvas.glyphs.ellipsis));
}

function drawHeader(model: FrameModel, canvas: Canvas): readonly Line[] {
  const { scenario, speed, seed, nowMs, startedMs, rates } = model;
  const room = { width: canvas.width, ellipsis: canvas.glyphs.ellipsis };
  const title = [
    span('replicator demo', 'strong'),
    span('  '),
    span(scenario, 'strong'),
    span(`: ${model.summary}`, 'faint'),
  ];
  const clock = [
    span(timeOfDay(nowMs), 'strong'),
    span(
      `  +${shortSpan(nowMs - startedMs)}, ${speed}x${canvas.width < 100 ? '' : `, seed ${seed}`}`,
      'faint',
    ),
  ];
  const aws = rates.aws === undefined ? '' : `  AWS ${rates.aws.toFixed(0)}/s`;
  const traffic = [
    span(`Nomad ${rates.nomad.toFixed(0)}/s  Consul ${rates.consul.toFixed(0)}/s${aws}`, 'plain'),
  ];
  return [spread(title, clock, room), spread(drawLeader(model), traffic, room), []];
}

/** The lease of the agent: ten seconds after the start of the last good renewal. */
const LEASE_MS = 10_000;

function drawLeader({ leader, team }: FrameModel): Line {
  if (team) return drawStrength(team);
  if (!leader) return [span('nobody leads', 'warn')];
  const isGood = leader.renewedAgoMs < LEASE_MS;
  const lease = isGood ? span('lease ok', 'good') : span('lease over', 'alarm');
  const ago = span(`, renewed ${Math.floor(leader.renewedAgoMs / 1000)} s ago`, 'faint');
  return [span('leader '), span(leader.session.slice(0, 8), 'strong'), span('  '), lease, ago];
}

function drawStrength({ group, members }: TeamView): Line {
  const ready = members.filter(({ mood }) => mood === 'good').length;
  const isWhole = ready === members.length;
  return [
    span('group of agents '),
    span(group, 'strong'),
    span(`  ${ready} of ${members.length} ready`, isWhole ? 'good' : 'warn'),
  ];
}

/** The heading and a line for each group. */
function linesOfGroups({ groups }: FrameModel): number {
  return groups.length + 1;
}

function drawGroups(model: FrameModel, canvas: Canvas, room: number): readonly Line[] {
  const columns = divide(canvas.width, model.groups);
  const heading = drawHeading(columns, model.columnMs);
  const isTight = model.groups.length * 2 + 1 > room;
  const blocks = model.groups.map((group) => {
    const row = drawRow(group, columns, canvas.glyphs);
    return isTight ? [row] : [row, drawVerdict(group, model.nowMs, canvas)];
  });
  const hasAir = model.groups.length * 3 + 8 <= room;
  const lines = blocks.flatMap((block) => (hasAir ? [...block, []] : block));
  const shown = lines.slice(0, Math.max(0, room - 1));
  return [heading, ...shown];
}

function drawHeading(columns: Columns, columnMs: number): Line {
  const bar = columns.cpu + (columns.hasLimits ? 15 : 7);
  const parts = [
    'group'.padEnd(columns.id),
    alignRight('count', 7),
    ` ${'bounds'.padEnd(6)}`,
    columns.member > 0 ? ` ${'member'.padEnd(columns.member)}${'last act'.padEnd(columns.member)}` : '',
    ` ${'cpu'.padEnd(bar - 1)}`,
    columns.mem > 0 ? ` ${'memory'.padEnd(bar - 1)}` : '',
    columns.history > 0 ? `  last ${shortSpan(columns.history * columnMs)}` : '',
  ];
  return [span(parts.join(''), 'faint')];
}

function drawRow(group: GroupView, columns: Columns, glyphs: Glyphs): Line {
  const { id, count, running, bounds, history } = group;
  const isMoving = running !== count;
  const range = bounds ?? { low: 0, high: Math.max(1, ...history) };
  return [
    ...fit([span(id, 'strong')], columns.id, glyphs.ellipsis),
    span(alignRight(isMoving ? `${running}/${count}` : `${count}`, 7), isMoving ? 'warn' : 'strong'),
    span(` ${(bounds ? `${bounds.low}..${bounds.high}` : '').padEnd(6)}`, 'faint'),
    ...drawHolder(group, columns.member),
    ...drawGauge(group.cpu, columns.cpu, { columns, glyphs }),
    ...(columns.mem > 0 ? drawGauge(group.mem, columns.mem, { columns, glyphs }) : []),
    span(columns.history > 0 ? '  ' : ''),
    span(drawSparkline(history, { range, width: columns.history, levels: glyphs.levels }), 'good'),
  ];
}

/** Who may act on it now, and who last did. */
function drawHolder({ holder, lastChange }: GroupView, width: number): Line {
  if (width === 0) return [];
  const isHeld = holder !== undefined && holder !== '';
  return [
    span(` ${(isHeld ? holder : 'nobody').padEnd(width)}`, isHeld ? 'strong' : 'warn'),
    span((lastChange?.by ?? '').padEnd(width), 'faint'),
  ];
}

function drawGauge(
  gauge: Gauge | undefined,
  width: number,
  { columns, glyphs }: { readonly columns: Columns; readonly glyphs: Glyphs },
): Line {
  const limits = gauge ? ` ${gauge.limits.scaleIn}/${gauge.limits.scaleOut}` : '';
  const tail = columns.hasLimits ? [span(limits.padEnd(8), 'faint')] : [];
  if (!gauge) return [span(' '.repeat(width + 7)), ...tail];
  const percent = gauge.value === undefined ? '?' : `${gauge.value.toFixed(0)} %`;
  return [span(' '), ...drawBar(gauge, width, glyphs), span(alignRight(percent, 6), styleOf(gauge)), ...tail];
}

function drawVerdict(group: GroupView, nowMs: number, { width, glyphs }: Canvas): Line {
  const { lastChange, verdict, mood, bounds } = group;
  const text = verdict || (bounds ? '' : 'the agent has seen no policy');
  const change = lastChange
    ? [
        span(
          `${lastChange.direction} ${lastChange.from}${glyphs.arrow}${lastChange.to}`,
          MOODS[lastChange.direction],
        ),
        span(` ${shortSpan(nowMs - lastChange.atMs)} ago`, 'faint'),
      ]
    : [];
  return spread([span('  '), span(text, MOODS[mood])], change, { width, ellipsis: glyphs.ellipsis });
}

const NEWS: Readonly<Record<News['kind'], Style>> = {
  story: 'strong',
  out: 'good',
  in: 'low',
  info: 'plain',
  warn: 'warn',
  error: 'alarm',
};

function drawNews(news: readonly News[], canvas: Canvas, room: number): readonly Line[] {
  if (room < 3) return [];
  const rows = news
    .slice(-(room - 2))
    .map(({ atMs, text, short = text, kind }): Line => [
      span(`${timeOfDay(atMs)} `, 'faint'),
      span(short, NEWS[kind]),
    ]);
  const rule = canvas.glyphs.rule.repeat(Math.max(0, canvas.width - 14));
  return [[], [span(`what happened ${rule}`, 'faint')], ...rows];
}

function drawFooter({ addresses }: FrameModel, { width, glyphs }: Canvas): readonly Line[] {
  const { nomad, aws } = addresses;
  const consul = addresses.consul.replace('http://', '');
  const awsLine = [span(`export AWS_ENDPOINT_URL=${aws} AWS_REGION=${REGION}`)];
  return [
    [span(glyphs.rule.repeat(width), 'faint')],
    [span(`export NOMAD_ADDR=${nomad} CONSUL_HTTP_ADDR=${consul}`)],
    ...(aws === '' ? [] : [awsLine]),
    spread(
      [span('curl $NOMAD_ADDR/v1/jobs   nomad status   consul kv get -recurse', 'faint')],
      [span('q: quit', 'faint')],
      { width, ellipsis: glyphs.ellipsis },
    ),
  ];
}
