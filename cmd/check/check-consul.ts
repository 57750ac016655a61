import type { ConsulConfig } from '../../src/config/config.ts';
import { LEASE_TIMINGS } from '../../src/domain/lease.ts';
import { decodeFlag } from '../../src/domain/flag-document.ts';
import { type Keys, keysBelow } from '../../src/domain/keys.ts';
import type { Coordination, TreeRead } from '../../src/ports/coordination.ts';
import type { ConsulInspector, ConsulRight } from '../../src/ports/inspection.ts';
import { SERVICE_NAME } from '../../src/ports/membership.ts';
import { isPortError } from '../../src/ports/port-error.ts';
import { type CheckItem, Items } from './item.ts';
import { tellClock, tellVersion, type VersionRow } from './check-server.ts';

const VERSIONS: readonly VersionRow[] = [
  {
    before: '1.0',
    outcome: 'fault',
    text: 'Replicator needs Consul 1.0 or later: its transactions check the lock',
  },
];

/** What Consul is looked into with. */
export interface ConsulCheck {
  readonly config: ConsulConfig;
  readonly inspector: ConsulInspector;
  readonly coordination: Coordination;
  /** Makes a session and a key, and takes both away again, where that is the only way to see. */
  readonly mayWrite: boolean;
  /** True for a member of a group, which registers a service besides. */
  readonly isMember: boolean;
  /** The name that agents give their sessions. */
  readonly sessionName: string;
  /** Part of the name of a key that nobody else has. */
  readonly unique: string;
  readonly signal: AbortSignal;
}

/** What was found out about Consul, and what lies below the key root; undefined where that cannot be read. */
export interface ConsulFound {
  readonly items: readonly CheckItem[];
  readonly tree: TreeRead | undefined;
}

/** Looks at Consul: whether it is there, what the token may do, and what operators have set. */
export async function checkConsul(check: ConsulCheck): Promise<ConsulFound> {
  const items = new Items('Consul');
  const { inspector, coordination, config, signal } = check;
  const keys = keysBelow(config.keyRoot);
  const facts = await items.look('connection', () => inspector.about(signal));
  if (!facts) return { items: items.list, tree: undefined };
  items.add('ok', 'connection', config.url);
  tellVersion(items, facts, VERSIONS);
  tellClock(items, facts);
  await checkRights(items, check, facts.node);
  const tree = await items.look(`key:read ${keys.root}/`, () =>
    coordination.readTree(`${keys.root}/`, 0, signal),
  );
  if (tree) tellFlags(items, keys, tree);
  await tellAgents(items, check, tree?.entries.find(({ key }) => key === keys.leader)?.session ?? '');
  return { items: items.list, tree };
}

interface Right {
  readonly what: string;
  /** The rule that gives it. */
  readonly rule: string;
  readonly right: ConsulRight;
}

const SERVICE_RIGHT: Right = {
  what: `service:write ${SERVICE_NAME}`,
  rule: `service "${SERVICE_NAME}" { policy = "write" }`,
  right: { resource: 'service', access: 'write', segment: SERVICE_NAME },
};

/** The keys stand for all below the root: a rule for the root alone, as in older documentation, is not enough. */
function rightsFor(root: string, node: string, isMember: boolean): readonly Right[] {
  const rule = `key_prefix "${root}" { policy = "write" }`;
  const key = (access: 'write' | 'list', name: string): Right => ({
    what: `key:${access} ${root}/${name}`,
    rule,
    right: { resource: 'key', access, segment: `${root}/${name}` },
  });
  const session: Right = {
    what: `session:write${node === '' ? '' : ` ${node}`}`,
    rule: 'session_prefix "" { policy = "write" }',
    right: { resource: 'session', access: 'write', segment: node },
  };
  return [
    session,
    key('write', 'leader'),
    key('write', 'state/jobs/job/group'),
    key('write', 'operations/x'),
    ...(isMember ? [SERVICE_RIGHT] : []),
  ];
}

async function checkRights(items: Items, check: ConsulCheck, node: string): Promise<void> {
  const { inspector, config, signal, mayWrite, isMember } = check;
  const rights = rightsFor(config.keyRoot, node, isMember);
  const asked = rights.map(({ right }) => right);
  const allowed = await items.look(
    'permissions',
    async () => (await inspector.allowed(asked, signal)) ?? 'untold',
  );
  if (allowed === undefined) return;
  if (allowed !== 'untold') {
    for (const [index, { what, rule }] of rights.entries()) {
      if (allowed[index] === true) items.add('ok', what);
      else items.missing(what, rule);
    }
    return;
  }
  if (mayWrite) await tryWrites(items, check);
  else items.add('unknown', 'session:write, key:write', 'this Consul does not tell; -write tries it');
  if (isMember) items.add('unknown', SERVICE_RIGHT.what, 'this Consul does not tell; a member needs it');
}

/** A session that is gone at once, and a key of our own. */
async function tryWrites(items: Items, { coordination, config, unique, signal }: ConsulCheck): Promise<void> {
  const { ttlMs, lockDelayMs } = LEASE_TIMINGS;
  await attempt(items, 'session:write', async () => {
    const spec = { name: 'replicator_check', ttlMs, lockDelayMs };
    await coordination.closeSession(await coordination.openSession(spec, signal), signal);
  });
  const key = `${config.keyRoot}/check-${unique}`;
  await attempt(items, `key:write ${config.keyRoot}/`, async () => {
    const indexes = await coordination.checkAndSet([{ kind: 'set', key, value: '', index: 0 }], signal);
    await coordination.checkAndSet([{ kind: 'delete', key, index: indexes.get(key) ?? 0 }], signal);
  });
}

async function attempt(items: Items, what: string, run: () => Promise<void>): Promise<void> {
  const done = await items.look(what, async () => {
    await run();
    return true;
  });
  if (done) items.add('ok', what, 'tried');
}

function tellFlags(items: Items, keys: Keys, { entries }: TreeRead): void {
  const flagAt = (key: string) => decodeFlag(entries.find((entry) => entry.key === key)?.value);
  const [failsafe, paused] = [flagAt(keys.failsafe), flagAt(keys.paused)];
  if (failsafe.set) items.add('warning', 'failsafe', `set for everything${by(failsafe)}: nothing is scaled`);
  else items.add('ok', 'failsafe', 'not set for everything');
  if (paused.set) items.add('warning', 'paused', `scaling is paused${by(paused)}`);
}

function by({ by: who, at }: { readonly by: string; readonly at: string }): string {
  return `${who === '' ? '' : ` by ${who}`}${at === '' ? '' : ` at ${at}`}`;
}

/** Sessions are not below the key root: those of agents on another one are among them. */
async function tellAgents(items: Items, check: ConsulCheck, leaderSession: string): Promise<void> {
  const { inspector, sessionName, signal } = check;
  const leads = leaderSession === '' ? 'nobody leads' : `one leads (session ${leaderSession})`;
  try {
    const nodes = await inspector.sessionNodes(sessionName, signal);
    const where = nodes.length === 0 ? '' : ` on ${[...new Set(nodes)].toSorted().join(', ')}`;
    const count = `${nodes.length} ${nodes.length === 1 ? 'session' : 'sessions'} of agents${where}`;
    items.add('ok', 'agents', `${count}; ${leads} at this key root`);
  } catch (error) {
    if (!isPortError(error)) throw error;
    items.add('ok', 'agents', `${leads} at this key root`);
  }
}
