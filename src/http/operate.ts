import { plain } from '../domain/plain.ts';
import type { OperatorCommand } from '../ports/operator-desk.ts';
import { type Answer, shaped, told } from './answer.ts';
import type { RouteRequest, Served } from './route.ts';
import { turned } from './shapes/operator-shapes.ts';

/** The members of a body that its schema has let pass. */
interface Body {
  readonly set: boolean;
  readonly group?: string;
  readonly pool?: string;
  readonly by?: string;
  readonly reason?: string;
}

const STATUS = { missing: 404, unreadable: 409, overtaken: 409, failed: 503 } as const;

/** Sets or resets a flag, and tells the log who has. */
export async function operate(
  served: Served,
  flag: OperatorCommand['flag'],
  request: RouteRequest,
): Promise<Answer> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- checked against the route's schema
  const body = request.body as Body;
  if (body.group !== undefined && body.pool !== undefined) return told(400, 'give group or pool, not both');
  const command = commandOf(flag, body, request.remote);
  const outcome = await served.desk.carryOut(command, request.signal);
  if (outcome.kind !== 'done') return told(STATUS[outcome.kind], outcome.text);
  for (const label of outcome.changed) served.audit(lineOf(command, label));
  return shaped(turned, outcome, outcome.missing.length === 0 ? 200 : 202);
}

function commandOf(flag: OperatorCommand['flag'], body: Body, remote: string): OperatorCommand {
  const { set: enable, group, pool, by, reason } = body;
  const target = targetOf(group, pool);
  return {
    flag,
    enable,
    target,
    by: by === undefined || by === '' ? `HTTP ${remote}` : `${plain(by)} (HTTP ${remote})`,
    reason: plain(reason ?? 'over HTTP'),
  };
}

function targetOf(group: string | undefined, pool: string | undefined): OperatorCommand['target'] {
  if (group !== undefined) return { kind: 'group', id: group };
  return pool === undefined ? undefined : { kind: 'pool', id: pool };
}

function lineOf({ flag, enable, by, reason }: OperatorCommand, label: string): string {
  const what = flag === 'failsafe' ? 'failsafe' : 'a pause';
  return `${what} was ${enable ? 'set' : 'reset'} for ${label} by ${by}: ${reason}`;
}
