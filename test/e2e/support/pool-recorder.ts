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

type Operation = Readonly<Record<'direction' | 'phase' | 'instance', string>>;

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
  const instances = new Map<string, string[]>();
  const faults = new Set<string>();
  let isOver = false;
  const note = (moment: Moment): void => {
    addNew(desired, moment.desired);
    for (const one of moment.operations) if (one) addNew(phases, `${one.direction} ${one.phase}`);
    for (const [id, state] of moment.states) {
      const told = instances.get(id) ?? [];
      instances.set(id, told);
      addNew(told, textOf(moment, id, state));
    }
    for (const fault of faultsOf(moment, instances)) faults.add(fault);
  };
  const looking = (async () => {
    while (!isOver) {
      note(await look(watched));
      await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
    }
  })();
  return {
    desired,
    phases,
    instances,
    get faults() {
      return [...faults];
    },
    stop: () => {
      isOver = true;
      return looking;
    },
  };
}

function addNew<T>(to: T[], value: T): void {
  if (to.at(-1) !== value) to.push(value);
}

async function look({ world, wire, consul, pool }: Watched): Promise<Moment> {
  const before = await readOperation(consul, pool);
  const group = await wire.group(pool);
  const found = await wire.instances({});
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

/** What must not be, at any moment. */
function faultsOf(moment: Moment, known: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const { desired, members, states, views, operations } = moment;
  const faults: string[] = [];
  // This AWS launches and detaches at once.
  if (desired !== members.length) faults.push(`${members.length} members while ${desired} are desired`);
  for (const [id, state] of states) {
    const node = views.find((one) => one.id === id)?.node;
    const isMember = members.includes(id);
    const isOpen = node?.status === 'ready' && node.eligible;
    if (isMember && state !== 'running') faults.push(`the member ${id} is ${state}`);
    if (!isMember && known.has(id) && isOpen && state === 'running')
      faults.push(`${id} was detached while eligible`);
    if (!isMember && (node?.allocations ?? 0) > 0) faults.push(`${id} was detached with work`);
    const isSetAside = node?.status === 'ready' && !isOpen && state === 'running';
    if (isSetAside && !operations.some((one) => one?.instance === id)) {
      faults.push(`${id} is set aside, and no operation tells of it`);
    }
  }
  return faults;
}
