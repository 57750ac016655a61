import { numberOf, type Parameter, textOf } from './query.ts';
import { type Answer, shaped } from './answer.ts';
import { operate } from './operate.ts';
import type { Route, RouteAnswer, RouteRequest, Served } from './route.ts';
import { health, leader, liveness, members, self } from './shapes/agent-shapes.ts';
import { decisionPage } from './shapes/decision-shapes.ts';
import { groupPage } from './shapes/group-shapes.ts';
import { failsafeBody, flagStatus, pauseBody, turned } from './shapes/operator-shapes.ts';
import { poolPage } from './shapes/pool-shapes.ts';
import type { PageQuery, StatusView } from '../ports/status-view.ts';
import type { Shape } from './shape.ts';

const MOST = 500;
const USUAL = 100;

const LIMIT: Parameter = {
  name: 'limit',
  schema: { type: 'integer', minimum: 1, maximum: MOST },
  description: `how many at most; ${USUAL} where nothing is given`,
};

const AFTER: Parameter = {
  name: 'after',
  schema: { type: 'string' },
  description: '`next_after` of the answer before: what follows it',
};

const idOf = (what: string): Parameter => ({
  name: 'id',
  schema: { type: 'string' },
  description: `only the ${what} of this id`,
});

/** Answers a value of the view. */
function show<Value, Wire>(
  shape: Shape<Value, Wire>,
  read: (view: StatusView, request: RouteRequest) => Value,
): Pick<Route, 'answers' | 'run'> {
  return {
    answers: [{ status: 200, meaning: 'as it is now', schema: shape.schema }],
    run: ({ view }, request) => shaped(shape, read(view, request)),
  };
}

const pageQuery = ({ query }: RouteRequest): PageQuery => ({
  id: textOf(query, 'id'),
  after: textOf(query, 'after') ?? '',
  limit: numberOf(query, 'limit') ?? USUAL,
});

/** What the routes that change something have in common. */
const CHANGING = {
  isGuarded: true,
  answers: [
    { status: 200, meaning: 'so it is now, or was already', schema: turned.schema },
    { status: 404, meaning: 'there is nothing of that name' },
    {
      status: 409,
      meaning: 'the key in Consul cannot be read and is left as it is, or was turned back meanwhile',
    },
  ],
} as const;

/** Only a pause is acknowledged. */
const LATE: RouteAnswer = {
  status: 202,
  meaning: 'so it is now, but the members in `missing` have not acknowledged it within 10 s',
  schema: turned.schema,
};

/** THE table of routes, in the order of the documentation. */
export const ROUTES: readonly Route[] = [
  {
    method: 'GET',
    path: '/v1/status/leader',
    summary: 'Who holds the lock, as the Go releases tell it',
    ...show(leader, (view) => view.leader()),
  },
  {
    method: 'GET',
    path: '/v1/status/members',
    summary: 'The agents that are known: this one, and whoever holds the lock',
    ...show(members, (view) => view.members()),
  },
  {
    method: 'GET',
    path: '/v1/health',
    summary: 'Whether the agent does what it should, as leader or as follower',
    parameters: [
      {
        name: 'live',
        schema: { type: 'boolean' },
        description: 'whether the process lives, whatever Nomad and Consul do',
      },
    ],
    answers: [
      { status: 200, meaning: 'it does', schema: { anyOf: [health.schema, liveness.schema] } },
      { status: 503, meaning: 'it does not: why', schema: { anyOf: [health.schema, liveness.schema] } },
    ],
    run: runHealth,
  },
  {
    method: 'GET',
    path: '/v1/groups',
    summary: 'Task groups that have a policy, with their state, operation and last decision',
    parameters: [idOf('task group'), LIMIT, AFTER],
    ...show(groupPage, (view, request) => view.groups(pageQuery(request))),
  },
  {
    method: 'GET',
    path: '/v1/pools',
    summary: 'Worker pools, with their state, operation and last decision',
    parameters: [idOf('pool'), LIMIT, AFTER],
    ...show(poolPage, (view, request) => view.pools(pageQuery(request))),
  },
  {
    method: 'GET',
    path: '/v1/decisions',
    summary: 'The last decisions of this agent, with every number',
    parameters: [
      {
        name: 'since',
        schema: { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER },
        description:
          '`next_since` of the answer before: only later ones, the oldest first; without it the newest',
      },
      {
        name: 'type',
        schema: { type: 'string', enum: ['job_group', 'worker_pool'] },
        description: 'only about task groups, or about worker pools',
      },
      idOf('resource'),
      LIMIT,
    ],
    ...show(decisionPage, (view, { query }) => {
      const type = textOf(query, 'type');
      return view.decisions({
        since: numberOf(query, 'since'),
        type: type === 'job_group' || type === 'worker_pool' ? type : undefined,
        id: textOf(query, 'id'),
        limit: numberOf(query, 'limit') ?? USUAL,
      });
    }),
  },
  {
    method: 'GET',
    path: '/v1/metrics',
    summary: 'Figures in the text format of Prometheus',
    answers: [{ status: 200, meaning: 'the figures of telemetry.md' }],
    run: async ({ page }) => ({ status: 200, contentType: page.contentType, body: await page.text() }),
  },
  {
    method: 'GET',
    path: '/v1/agent/self',
    summary: 'This agent: version, what it does not do, and every option without secrets',
    ...show(self, (view) => view.self()),
  },
  {
    method: 'GET',
    path: '/v1/failsafe',
    summary: 'Failsafe for everything',
    ...show(flagStatus, (view) => view.failsafe()),
  },
  {
    method: 'PUT',
    path: '/v1/failsafe',
    summary: 'Set or reset failsafe, for everything, a task group, a job or a worker pool',
    body: failsafeBody,
    ...CHANGING,
    run: (served, request) => operate(served, 'failsafe', request),
  },
  {
    method: 'GET',
    path: '/v1/pause',
    summary: 'The pause, which is for everything',
    ...show(flagStatus, (view) => view.paused()),
  },
  {
    method: 'PUT',
    path: '/v1/pause',
    summary: 'Pause everything, or let it go on',
    body: pauseBody,
    ...CHANGING,
    answers: [...CHANGING.answers, LATE],
    run: (served, request) => operate(served, 'paused', request),
  },
];

function runHealth({ view }: Served, { query }: RouteRequest): Answer {
  if (query.get('live') === true) {
    const isAlive = view.isAlive();
    return shaped(liveness, { isAlive }, isAlive ? 200 : 503);
  }
  const now = view.health();
  return shaped(health, now, now.faults.length === 0 ? 200 : 503);
}
