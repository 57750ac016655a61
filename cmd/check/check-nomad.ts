import { type Look, lookOnce } from '../../src/agent/look-once.ts';
import type { NomadConfig } from '../../src/config/config.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { NomadAccess, NomadInspector, RefusableWrite } from '../../src/ports/inspection.ts';
import type { Nomad } from '../../src/ports/nomad.ts';
import { isOlder, tellClock, tellVersion, type VersionRow } from './check-server.ts';
import { type CheckItem, Items } from './item.ts';
import { type NomadRules, readNomadRules } from './nomad-rules.ts';

/** What Nomad is looked into with. */
export interface NomadCheck {
  readonly config: NomadConfig;
  readonly inspector: NomadInspector;
  readonly nomad: Nomad;
  readonly clock: Clock;
  /** Worker pools are scaled: nodes are read, and drained. */
  readonly scalesPools: boolean;
  /** Sends changes that Nomad can only refuse, where that is the only way to see. */
  readonly mayWrite: boolean;
  readonly signal: AbortSignal;
}

/** What was found out about Nomad, and the cluster as an agent sees it; undefined where it does not. */
export interface NomadFound {
  readonly items: readonly CheckItem[];
  readonly look: Look | undefined;
}

/** Looks at Nomad: whether it is there, what it is too old for, and what the token may do. */
export async function checkNomad(check: NomadCheck): Promise<NomadFound> {
  const items = new Items('Nomad');
  const { inspector, config, nomad, clock, signal } = check;
  const facts = await items.look('connection', () => inspector.about(signal));
  if (!facts) return { items: items.list, look: undefined };
  items.add('ok', 'connection', config.url);
  tellVersion(items, facts, versionRows(config));
  tellClock(items, facts);
  const access = await items.look('token', () => inspector.access(signal));
  if (access) await checkRights(items, { ...check, version: facts.version }, access);
  const look = await items.look('lists', () =>
    lookOnce({ nomad, clock }, { nodes: check.scalesPools }, signal),
  );
  if (look) tellLists(items, check, look);
  return { items: items.list, look };
}

function versionRows({ namespace }: NomadConfig): readonly VersionRow[] {
  const again = 'counts are set by registering the jobs again, with their index enforced';
  return [
    { before: '0.8', outcome: 'fault', text: 'Replicator needs Nomad 0.8 or later' },
    ...(namespace === '*'
      ? [
          {
            before: '1.0',
            outcome: 'fault',
            text: 'set nomad_namespace = "default": it knows no "*"',
          } as const,
        ]
      : []),
    { before: '1.4', outcome: 'warning', text: `its scale endpoint is not relied upon: ${again}` },
  ];
}

/** One capability, whether it is needed everywhere, and what for. */
interface Need {
  readonly capability: string;
  readonly write?: RefusableWrite;
  readonly why: string;
}

/** Of a version that is not told yet everything is wanted: it will be, once nodes may be read. */
function needsFor(version: string): readonly Need[] {
  const scales = version === '' || !isOlder(version, '1.4');
  const submit = scales
    ? 'batch jobs, and jobs without update, are registered again'
    : 'jobs are registered again';
  return [
    { capability: 'list-jobs', why: 'jobs are not seen' },
    { capability: 'read-job', why: 'policies, allocations and statistics are not read' },
    ...(scales ? [{ capability: 'scale-job', write: 'scale-job', why: 'counts are set' } as const] : []),
    { capability: 'submit-job', write: 'submit-job', why: submit },
  ];
}

interface Rights extends NomadCheck {
  readonly version: string;
}

async function checkRights(items: Items, check: Rights, access: NomadAccess): Promise<void> {
  if (access.kind === 'all') return items.add('ok', 'permissions', `all: ${access.why}`);
  const rules = access.kind === 'rules' ? readNomadRules(access.policies.map((one) => one.rules)) : undefined;
  const namespaces = await items.look('namespaces', () => namespacesOf(check));
  if (!namespaces) return;
  if (rules) return tellRules(items, check, { rules, namespaces });
  const why = access.kind === 'unknown' ? access.why : 'the rules of its policies cannot be read';
  items.add('unknown', 'permissions', `the token does not tell what it may do (${why})`);
  if (check.mayWrite) await tryWrites(items, check, namespaces);
  else items.add('unknown', 'scale-job, submit-job, node:write', '-write tries them on what is not there');
}

/** Those that the token can see; one that can see none lacks rights in that which is always there. */
async function namespacesOf({ config, inspector, signal }: NomadCheck): Promise<readonly string[]> {
  if (config.namespace !== '*') return [config.namespace];
  const seen = await inspector.namespaces(signal);
  return seen.length === 0 ? ['default'] : seen;
}

function tellRules(
  items: Items,
  { version, scalesPools }: Rights,
  { rules, namespaces }: { readonly rules: NomadRules; readonly namespaces: readonly string[] },
): void {
  for (const { capability, why } of needsFor(version)) {
    const without = namespaces.filter((namespace) => !rules.allows(namespace, capability));
    const what = `namespace:${capability}`;
    if (namespaces.length > 0 && without.length === 0) items.add('ok', what, `in ${some(namespaces)}`);
    else if (without.length < namespaces.length)
      items.add('warning', what, `missing in ${some(without)}: ${why}`);
    else items.missing(what, `namespace "…" { capabilities = ["${capability}"] }`, why);
  }
  const canWrite = rules.node === 'write';
  const canRead = canWrite || rules.node === 'read';
  if (!scalesPools && !canRead)
    items.add('warning', 'node:read', 'missing: the servers’ versions are not known');
  else if (canRead) items.add('ok', 'node:read');
  else items.missing('node:read', 'node { policy = "write" }', 'nodes are not seen');
  if (scalesPools && canWrite) items.add('ok', 'node:write');
  else if (scalesPools) items.missing('node:write', 'node { policy = "write" }', 'nodes cannot be drained');
}

async function tryWrites(items: Items, check: NomadCheck, namespaces: readonly string[]): Promise<void> {
  const { inspector, scalesPools, signal } = check;
  const attempt = async (what: string, write: RefusableWrite, namespace: string): Promise<void> => {
    const denied = await items.look(what, () => inspector.isDenied(write, namespace, signal));
    if (denied === true) items.missing(what, what);
    if (denied === false) items.add('ok', what, 'tried');
  };
  for (const namespace of namespaces)
    for (const write of ['scale-job', 'submit-job'] as const)
      await attempt(`namespace:${write} ${namespace}`, write, namespace);
  if (scalesPools) await attempt('node:write', 'node-write', '');
}

function tellLists(items: Items, { scalesPools }: NomadCheck, { view, failures }: Look): void {
  const { jobs, nodes } = view();
  const groups = jobs.reduce((sum, job) => sum + job.groups.length, 0);
  items.add('ok', 'jobs', `${jobs.length} jobs of kinds that are scaled, ${groups} task groups`);
  if (scalesPools && nodes) items.add('ok', 'nodes', `${nodes.all.length} read`);
  for (const error of failures) items.failed('lists', error);
}

function some(names: readonly string[]): string {
  const left = names.length - 5;
  return left > 1 ? `${names.slice(0, 5).join(', ')} and ${left} more namespaces` : names.join(', ');
}
