import type { AwsWire } from '../../contract/aws/wire.ts';
import { all, textAt } from '../../contract/aws/xml.ts';
import type { ConsulProbe } from './consul.ts';
import type { InstanceView, PoolWorld } from './pools.ts';

/** Everything a pool went through, each state once, as AWS, Nomad and Consul themselves told it. */
export interface PoolRecord {
  /** Desired capacities. */
  readonly desired: readonly number[];
  /** Phases of operations: `out requested`. */
  readonly phases: readonly string[];
  /** The operation's document when each of these was first seen. */
  readonly documents: readonly Operation[];
  /** Of each instance: `member running eligible`. */
  readonly instances: ReadonlyMap<string, readonly string[]>;
  /** Rules that were broken at some moment. */
  readonly faults: readonly string[];
  /** Ends the recording. */
  stop(): Promise<void>;
}

interface Watched {
  readonly world: PoolWorld;
  readonly wire: AwsWire;
  readonly consul: ConsulProbe;
  readonly pool: string;
}

type Operation = Readonly<Record<'direction' | 'phase' | 'instance', string>> &
  Readonly<Record<string, unknown>>;

/** One moment. The operation was read before everything else, and after it. */
interface Moment {
  readonly operations: readonly (Operation | undefined)[];
  readonly desired: number;
  readonly members: readonly string[];
  /** Of every instance that EC2 tells of. */
  readonly states: ReadonlyMap<string, string>;
  readonly views: readonly InstanceView[];
}

const EVERY_MS = 100;

/** Looks ten times a second at what the agent looks at every two seconds. */
export function recordPool(watched: Watched): PoolRecord {
  const desired: number[] = [];
  const phases: string[] = [];
  const documents: Operation[] = [];
  const instances = new Map<string, string[]>();
  const faults = new Set<string>();
  const over = new AbortController();
  const note = (moment: Moment): void => {
    addNew(desired, moment.desired);
    for (const one of moment.operations) {
      if (one && addNew(phases, `${one.direction} ${one.phase}`)) documents.push(one);
    }
    for (const [id, state] of moment.states) {
      const told = instances.get(id) ?? [];
      instances.set(id, told);
      addNew(told, textOf(moment, id, state));
    }
    for (const fault of faultsOf(moment)) faults.add(fault);
  };
  const looking = (async () => {
    while (!over.signal.aborted) {
      note(await look(watched));
      await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
    }
  })();
  return {
    desired,
    phases,
    documents,
    instances,
    get faults() {
      return [...faults];
    },
    stop: () => {
      over.abort();
      return looking;
    },
  };
}

function addNew<T>(to: T[], value: T): boolean {
  if (to.at(-1) === value) return false;
  to.push(value);
  return true;
}

async function look({ world, wire, consul, pool }: Watched): Promise<Moment> {
  const before = await readOperation(consul, pool);
  const found = await wire.instances({});
  const group = await wire.group(pool);
  const { instances: views } = await world.pool(pool);
  const members = all(group, 'Instances', 'member').map((member) => textAt(member, 'InstanceId') ?? '');
  const state = (instance: (typeof found)[number]): [string, string] => [
    textAt(instance, 'instanceId') ?? '',
    textAt(instance, 'instanceState', 'name') ?? '',
  ];
  return {
    operations: [before, await readOperation(consul, pool)],
    desired: Number(textAt(group, 'DesiredCapacity')),
    members,
    states: new Map(found.map(state)),
    views,
  };
}

async function readOperation(consul: ConsulProbe, pool: string): Promise<Operation | undefined> {
  const key = `replicator/config/operations/nodes/${pool}`;
  const text = (await consul.keys(key))[key];
  return text === undefined ? undefined : (JSON.parse(text) as Operation);
}

function textOf(moment: Moment, id: string, state: string): string {
  const place = moment.members.includes(id) ? 'member' : 'detached';
  return state === 'running' ? `${place} running ${nodeText(moment, id)}` : `${place} ${state}`;
}

function nodeText({ views }: Moment, id: string): string {
  const node = views.find((one) => one.id === id)?.node;
  if (!node) return 'without a node';
  if (node.status !== 'ready') return node.status;
  if (node.draining) return 'draining';
  return node.eligible ? 'eligible' : 'ineligible';
}

/** An instance at one moment, and what is true of it. */
interface Fact {
  readonly isMember: boolean;
  readonly isRunning: boolean;
  readonly isOpen: boolean;
  readonly isSetAside: boolean;
  readonly hasWork: boolean;
  /** An operation tells of it. */
  readonly isMeant: boolean;
}

/** What must not be, at any moment. */
const MUST_NOT: readonly (readonly [what: string, isSo: (fact: Fact) => boolean])[] = [
  ['is a member and does not run', ({ isMember, isRunning }) => isMember && !isRunning],
  ['is detached and eligible', ({ isMember, isRunning, isOpen }) => !isMember && isRunning && isOpen],
  ['is detached with work', ({ isMember, hasWork }) => !isMember && hasWork],
  ['is set aside, and no operation tells of it', ({ isSetAside, isMeant }) => isSetAside && !isMeant],
];

function faultsOf(moment: Moment): readonly string[] {
  const { desired, members, states } = moment;
  const broken = [...states.keys()].flatMap((id) => {
    const fact = factOf(moment, id);
    return MUST_NOT.filter(([, isSo]) => isSo(fact)).map(([what]) => `${id} ${what}`);
  });
  // This AWS launches and detaches at once.
  const isEven = desired === members.length;
  return isEven ? broken : [...broken, `${members.length} members while ${desired} are desired`];
}

function factOf({ members, states, views, operations }: Moment, id: string): Fact {
  const node = views.find((one) => one.id === id)?.node;
  const isRunning = states.get(id) === 'running';
  const isReady = node?.status === 'ready';
  return {
    isMember: members.includes(id),
    isRunning,
    isOpen: isReady && node.eligible,
    isSetAside: isRunning && isReady && !node.eligible,
    hasWork: (node?.allocations ?? 0) > 0,
    isMeant: operations.some((one) => one?.instance === id),
  };
}
