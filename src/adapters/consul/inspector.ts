import { clockAheadBy } from '../../ports/inspection.ts';
import type { ConsulInspector, ConsulRight, ServerFacts } from '../../ports/inspection.ts';
import { isPortError } from '../../ports/port-error.ts';
import { UnreadableAnswer } from './answer.ts';
import { type Call, type Calls, createCalls } from './calls.ts';
import { toRefusal } from './errors.ts';
import type { CoordinationOptions } from './options.ts';
import { type PlainAnswer, type PlainRequest, sendPlain } from './plain-request.ts';
import { isRecord } from './record.ts';

const DEADLINE_MS = 10_000;

/** Looks into the Consul that an adapter of the same options would use. */
export function createConsulInspector(
  options: CoordinationOptions,
): ConsulInspector & { close(): Promise<void> } {
  const calls = createCalls(options.clock, options.observe);
  const asker = new Asker(options, calls);
  return {
    about: (signal) => about(asker, () => options.clock.now(), signal),
    allowed: (rights, signal) => allowed(asker, rights, signal),
    sessionNodes: (name, signal) => sessionNodes(asker, name, signal),
    close: () => calls.close(),
  };
}

interface Asking extends PlainRequest {
  readonly doing: string;
  readonly permission: string;
}

/** Asks once, under a deadline; what is not 2xx is a PortError. */
class Asker {
  private readonly options: CoordinationOptions;
  private readonly calls: Calls;

  constructor(options: CoordinationOptions, calls: Calls) {
    this.options = options;
    this.calls = calls;
  }

  ask(asking: Asking, signal: AbortSignal): Promise<PlainAnswer> {
    const call: Call = {
      kind: 'read',
      doing: asking.doing,
      permission: asking.permission,
      deadlineMs: DEADLINE_MS,
      mayHaveHappened: () => false,
      signal,
    };
    return this.calls.run(call, async ({ ctx }) => {
      const cancelled = new AbortController();
      ctx.once('cancel', () => cancelled.abort());
      const answer = await sendPlain(this.options, asking, cancelled.signal);
      if (answer.status < 200 || answer.status > 299) throw toRefusal(answer, call);
      return answer;
    });
  }
}

async function about(
  asker: Asker,
  now: () => number,
  signal: AbortSignal,
): Promise<ServerFacts & { readonly node: string }> {
  const beganMs = now();
  const asking = {
    method: 'GET',
    path: '/status/leader',
    doing: 'ask for the leader',
    permission: '',
  } as const;
  const { date } = await asker.ask(asking, signal);
  const middleMs = (beganMs + now()) / 2;
  return { ...(await self(asker, signal)), clockAheadMs: clockAheadBy(date, middleMs) };
}

async function self(
  asker: Asker,
  signal: AbortSignal,
): Promise<{ readonly version: string; readonly node: string }> {
  const asking = {
    method: 'GET',
    path: '/agent/self',
    doing: 'ask the agent',
    permission: 'agent:read',
  } as const;
  try {
    const { body } = await asker.ask(asking, signal);
    const config = isRecord(body) && isRecord(body['Config']) ? body['Config'] : {};
    return { version: textOf(config['Version']), node: textOf(config['NodeName']) };
  } catch (error) {
    if (isPortError(error, 'denied')) return { version: '', node: '' };
    throw error;
  }
}

/** Consul's own interface asks this (1.7 and later); it is no part of the documented API, and changes nothing. */
async function allowed(
  asker: Asker,
  rights: readonly ConsulRight[],
  signal: AbortSignal,
): Promise<readonly boolean[] | undefined> {
  const body = rights.map(({ resource, access, segment }) => ({
    Resource: resource,
    Access: access,
    Segment: segment,
  }));
  const asking = {
    method: 'POST',
    path: '/internal/acl/authorize',
    doing: 'ask what the token may do',
    permission: '',
    body: JSON.stringify(body),
  } as const;
  try {
    const answer = await asker.ask(asking, signal);
    if (!Array.isArray(answer.body) || answer.body.length !== rights.length) {
      throw new UnreadableAnswer('not a list of rights');
    }
    return answer.body.map((right: unknown) => isRecord(right) && right['Allow'] === true);
  } catch (error) {
    if (isPortError(error) && OFF.test(error.detail.text)) return rights.map(() => true);
    if (isPortError(error, 'not-found') || isPortError(error, 'invalid') || !isPortError(error))
      return undefined;
    throw error;
  }
}

const OFF = /ACL support disabled/;

async function sessionNodes(asker: Asker, name: string, signal: AbortSignal): Promise<readonly string[]> {
  const asking = {
    method: 'GET',
    path: '/session/list',
    doing: 'list the sessions',
    permission: 'session:read',
  } as const;
  const { body } = await asker.ask(asking, signal);
  const sessions = Array.isArray(body) ? body.filter((one) => isRecord(one)) : [];
  return sessions.filter((one) => one['Name'] === name).map((one) => textOf(one['Node']));
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
