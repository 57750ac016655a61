import { clockAheadBy } from '../../ports/inspection.ts';
import type { NomadAccess, NomadInspector, RefusableWrite, ServerFacts } from '../../ports/inspection.ts';
import { isPortError } from '../../ports/port-error.ts';
import type { WritePermit } from '../../ports/write-permit.ts';
import { TOKEN_UNKNOWN } from './errors.ts';
import type { Answer } from './exchange.ts';
import { fieldsOf, listOf, needList, parseAnswer, textOf, type Fields } from './json.ts';
import { createLink } from './link.ts';
import type { NomadOptions } from './options.ts';
import { type Question, Reader } from './reader.ts';
import { lowestBuildText } from './server-version.ts';
import { Writer } from './writer.ts';

/** Looks into the Nomad that an adapter of the same options would use. */
export function createNomadInspector(options: NomadOptions): NomadInspector & { close(): Promise<void> } {
  const link = createLink(options);
  const reader = new Reader(link);
  const writer = new Writer(link);
  const ask = (path: string, permission: string, signal: AbortSignal): Promise<Asked> =>
    askOnce(reader, { doing: `ask for ${path}`, permission, path, query: {}, stale: false }, signal);
  return {
    about: (signal) => about(ask, () => link.clock.now(), signal),
    access: (signal) => access(ask, signal),
    namespaces: (signal) => namespaces(ask, signal),
    isDenied: (write, namespace, signal) => isDenied(writer, ORDERS[write](namespace), signal),
    close: () => {
      link.closing.abort(new Error('closed'));
      link.connections.destroy();
      return Promise.resolve();
    },
  };
}

interface Asked {
  readonly answer: Answer;
  /** The answer's JSON, as `read` makes it. Throws PortError `invalid`. */
  parse<T>(read: (value: unknown) => T): T;
}

type Ask = (path: string, permission: string, signal: AbortSignal) => Promise<Asked>;

async function askOnce(reader: Reader, question: Question, signal: AbortSignal): Promise<Asked> {
  const answer = await reader.ask(question, signal);
  return { answer, parse: (read) => parseAnswer(answer.text, { ...question, mutating: false }, read) };
}

/** The leader may be asked by anybody; the servers' versions by whoever may read nodes, one's own by agents' readers. */
async function about(ask: Ask, now: () => number, signal: AbortSignal): Promise<ServerFacts> {
  const beganMs = now();
  const { answer } = await ask('/v1/status/leader', '', signal);
  const middleMs = (beganMs + now()) / 2;
  return {
    version: await tryVersion(ask, signal),
    clockAheadMs: clockAheadBy(answer.header('date'), middleMs),
  };
}

async function tryVersion(ask: Ask, signal: AbortSignal): Promise<string> {
  try {
    const members = await ask('/v1/agent/members', 'node:read', signal);
    const lowest = members.parse(lowestBuildText);
    if (lowest !== undefined) return lowest;
    const self = await ask('/v1/agent/self', 'agent:read', signal);
    return self.parse((value) => textOf(fieldsOf(fieldsOf(fieldsOf(value)['config'])['Version']), 'Version'));
  } catch (error) {
    if (isPortError(error, 'denied') || isPortError(error, 'invalid')) return '';
    throw error;
  }
}

const OFF = /ACL support disabled/;
const ANONYMOUS = /missing secret id/;

async function access(ask: Ask, signal: AbortSignal): Promise<NomadAccess> {
  try {
    const own = (await ask('/v1/acl/token/self', '', signal)).parse(fieldsOf);
    if (textOf(own, 'Type') === 'management') return { kind: 'all', why: 'a management token' };
    return await rulesOf(ask, await policyNames(ask, signal), signal);
  } catch (error) {
    return accessAfter(ask, error, signal);
  }
}

/** What a refusal to tell about the token tells all the same. A token that is not known is an error. */
function accessAfter(ask: Ask, error: unknown, signal: AbortSignal): Promise<NomadAccess> | NomadAccess {
  if (!isPortError(error)) throw error;
  const { kind, detail } = error;
  if (OFF.test(detail.text)) return { kind: 'all', why: 'ACLs are off' };
  if (ANONYMOUS.test(detail.text)) return rulesOf(ask, ['anonymous'], signal);
  const isUnknownToken = kind === 'denied' && detail.permission === TOKEN_UNKNOWN;
  if (isUnknownToken || kind === 'unavailable' || kind === 'timeout') throw error;
  return { kind: 'unknown', why: detail.text };
}

/** A token sees the policies that are its own, by name or by a role. */
async function policyNames(ask: Ask, signal: AbortSignal): Promise<readonly string[]> {
  const listed = await ask('/v1/acl/policies', '', signal);
  return listed.parse((value) => listOf(value, 'the policies').map((one) => textOf(fieldsOf(one), 'Name')));
}

async function rulesOf(ask: Ask, names: readonly string[], signal: AbortSignal): Promise<NomadAccess> {
  const policies = await Promise.all(names.map((name) => rulesOfOne(ask, name, signal)));
  return { kind: 'rules', policies };
}

/** A policy that a token names need not be there. */
async function rulesOfOne(
  ask: Ask,
  name: string,
  signal: AbortSignal,
): Promise<{ readonly name: string; readonly rules: string }> {
  try {
    const policy = await ask(`/v1/acl/policy/${encodeURIComponent(name)}`, '', signal);
    return { name, rules: policy.parse((value) => textOf(fieldsOf(value), 'Rules')) };
  } catch (error) {
    if (isPortError(error, 'not-found')) return { name, rules: '' };
    throw error;
  }
}

/** Servers without namespaces (before 1.0, unless they are bought) know no such path. */
async function namespaces(ask: Ask, signal: AbortSignal): Promise<readonly string[]> {
  try {
    const listed = await ask('/v1/namespaces', '', signal);
    return listed.parse((value) => needList(value, 'the namespaces').map(nameOf));
  } catch (error) {
    if (isPortError(error, 'unavailable') || isPortError(error, 'timeout')) throw error;
    return ['default'];
  }
}

function nameOf(value: unknown): string {
  const fields: Fields = fieldsOf(value);
  return textOf(fields, 'Name');
}

interface RefusableOrder {
  readonly path: string;
  readonly namespace: string | undefined;
  readonly permission: string;
  readonly body: object;
}

const NO_JOB = 'replicator-check-of-permissions';
const NO_NODE = '00000000-0000-0000-0000-000000000000';

/** None of these can be carried out: there is no such job and no such node, and a plan only tells. */
const ORDERS: Readonly<Record<RefusableWrite, (namespace: string) => RefusableOrder>> = {
  'scale-job': (namespace) => ({
    path: `/v1/job/${NO_JOB}/scale`,
    namespace,
    permission: 'namespace:scale-job',
    body: { Count: 0, Target: { Group: 'none' }, Message: 'replicator check' },
  }),
  'submit-job': (namespace) => ({
    path: `/v1/job/${NO_JOB}/plan`,
    namespace,
    permission: 'namespace:submit-job',
    body: { Diff: false, Job: plannedJob(namespace) },
  }),
  'node-write': () => ({
    path: `/v1/node/${NO_NODE}/eligibility`,
    namespace: undefined,
    permission: 'node:write',
    body: { NodeID: NO_NODE, Eligibility: 'eligible' },
  }),
};

function plannedJob(namespace: string): object {
  const task = { Name: 'none', Driver: 'exec', Config: { command: '/bin/true' } };
  const group = { Name: 'none', Count: 0, Tasks: [task] };
  const named = { ID: NO_JOB, Name: NO_JOB, Namespace: namespace };
  return { ...named, Type: 'batch', Datacenters: ['dc1'], TaskGroups: [group] };
}

async function isDenied(writer: Writer, order: RefusableOrder, signal: AbortSignal): Promise<boolean> {
  const { path, namespace, permission, body } = order;
  const permit: WritePermit = { signal, assertHeld: () => signal.throwIfAborted() };
  const doing = `try what ${permission} is needed for`;
  try {
    await writer.write({ doing, permission, path, query: { namespace }, body: JSON.stringify(body) }, permit);
    return false;
  } catch (error) {
    if (isPortError(error, 'denied')) return true;
    if (isPortError(error) && error.detail.status !== undefined && !isAway(error.detail.text)) return false;
    throw error;
  }
}

function isAway(text: string): boolean {
  return /No cluster leader|knows no leader/.test(text);
}
