import { createCoordination } from '../../src/adapters/consul/coordination.ts';
import { createNomad } from '../../src/adapters/nomad/nomad.ts';
import { createWriteAgent } from '../../src/adapters/system/write-agent.ts';
import { type Agent, startAgent } from '../../src/agent/agent.ts';
import { describeEvent } from '../../src/agent/describe-event.ts';
import type { AgentEvent } from '../../src/agent/events.ts';
import type { GroupIdentity } from '../../src/agent/group/group-identity.ts';
import type { MemberReading } from '../../src/agent/locks.ts';
import type { AgentSettings } from '../../src/agent/settings.ts';
import type { StatusSources } from '../../src/agent/status-sources.ts';
import { LEASE_TIMINGS } from '../../src/domain/lease.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { ObserveRequest } from '../../src/ports/metrics.ts';
import type { Coordination } from '../../src/ports/coordination.ts';
import type { Face } from '../../src/simulator/face.ts';
import { agentFor, axiosAdapterFor } from '../../src/simulator/in-memory.ts';
import { Random } from '../../src/simulator/random.ts';
import type { VirtualClock } from '../../src/simulator/virtual-clock.ts';
import { providerOver } from './virtual-cloud.ts';
import type { Transcript } from './virtual-transcript.ts';
import { Wire } from './virtual-wire.ts';

/** An event and when it was told, monotonic milliseconds. */
export interface TimedEvent {
  readonly atMs: number;
  readonly event: AgentEvent;
}

/** An agent inside this process, its ways to the servers, and what it has told. */
export interface VirtualAgent {
  readonly name: string;
  readonly nomad: Wire;
  readonly consul: Wire;
  readonly aws: Wire;
  readonly events: readonly TimedEvent[];
  leading(): boolean;
  /** The members of its group as it knows them. */
  members(): readonly MemberReading[];
  /** Why it could not be a member. */
  readonly refusals: readonly string[];
  /** What its state is shown from. */
  readonly sources: StatusSources;
  readonly coordination: Coordination;
  /** This machine's. */
  readonly clock: Clock;
  /** True once it has been killed. */
  isDead(): boolean;
  /** What the next rounds go by. */
  settings: AgentSettings;
  /** Sets this machine's wall clock so much ahead of the cluster's. */
  setWallAheadMs(ms: number): void;
  /** Dies as by kill -9: nothing it sends arrives any more, and nothing it tells is heard. */
  kill(): void;
  /** Stops as by SIGTERM; a dead one is only cleared away. */
  stop(): Promise<void>;
}

export interface VirtualAgentOptions {
  readonly name: string;
  readonly clock: VirtualClock;
  readonly transcript: Transcript;
  readonly nomadFace: Face;
  readonly consulFace: Face;
  readonly awsFace: Face;
  /** The allocation it runs in, as NOMAD_ALLOC_ID tells it; '' for none. */
  readonly allocationId: string;
  readonly settings: AgentSettings;
  readonly keyRoot: string;
  readonly nomadToken: string;
  readonly seed: number | string;
  readonly heard: (event: AgentEvent) => void;
  readonly keepsEvents: boolean;
  readonly observe?: ObserveRequest | undefined;
  /** What it is as a member of a group; standalone without it. */
  readonly group?: VirtualMember | undefined;
}

/** An agent as a member of a group. */
export interface VirtualMember extends Pick<GroupIdentity, 'name' | 'serviceId'> {
  readonly partitions?: number;
  readonly takeOptions?: GroupIdentity['takeOptions'];
}

interface State {
  isDead: boolean;
  settings: AgentSettings;
  aheadMs: number;
  ended?: Promise<void>;
  readonly refusals: string[];
}

/** Starts an agent on the adapters of production; only sockets and time are in memory. */
export function startVirtualAgent(options: VirtualAgentOptions): VirtualAgent {
  const { name, clock } = options;
  const state: State = {
    isDead: false,
    refusals: [],
    settings: options.settings,
    aheadMs: 0,
  };
  const [nomad, consul, aws] = [new Wire(), new Wire(), new Wire()];
  const events: TimedEvent[] = [];
  const activity = (): void => clock.activity();
  const machine = machineClock(clock, () => state.aheadMs);
  const ports = wirePorts(options, { machine, nomad, consul, aws, activity });
  const agent: Agent = startAgent({
    nomad: ports.nomad,
    coordination: ports.coordination,
    provider: ports.provider,
    clock: machine,
    leaseClock: machine,
    identity: { keyRoot: options.keyRoot, name, lease: LEASE_TIMINGS, allocationId: options.allocationId },
    settings: () => state.settings,
    group: options.group && {
      address: '127.0.0.1',
      port: 0,
      version: 'test',
      partitions: 16,
      takeOptions: () => [],
      ...options.group,
      membership: ports.membership,
      refused: (why) => void state.refusals.push(why),
    },
    emit: (event) => {
      if (state.isDead) return;
      options.heard(event);
      if (options.keepsEvents) events.push({ atMs: clock.monotonicMs(), event });
      tell(options.transcript, name, event);
    },
  });
  const shutDown = async (): Promise<void> => {
    await agent.stop();
    await ports.close();
  };
  return {
    name,
    nomad,
    consul,
    aws,
    events,
    leading: () => !state.isDead && agent.leading(),
    members: () => agent.answers.members(),
    refusals: state.refusals,
    sources: agent.sources,
    coordination: ports.coordination,
    clock: machine,
    isDead: () => state.isDead,
    get settings() {
      return state.settings;
    },
    set settings(next) {
      state.settings = next;
    },
    setWallAheadMs: (ms) => {
      state.aheadMs = ms;
    },
    kill: () => {
      state.isDead = true;
      nomad.cut();
      consul.cut();
      aws.cut();
      state.ended ??= shutDown();
    },
    stop: () => {
      state.ended ??= shutDown();
      return drive(clock, state.ended);
    },
  };
}

function wirePorts(
  options: VirtualAgentOptions,
  of: {
    readonly machine: Clock;
    readonly nomad: Wire;
    readonly consul: Wire;
    readonly aws: Wire;
    readonly activity: () => void;
  },
) {
  const random = new Random(`${options.seed}/${options.name}`);
  const nomad = createNomad({
    address: 'http://nomad.test:4646',
    token: options.nomadToken,
    namespace: '*',
    tls: {},
    clock: of.machine,
    random: () => random.next(),
    observe: options.observe,
    writeAgent: createWriteAgent,
    adapter: axiosAdapterFor(of.nomad.through(options.nomadFace), {
      clock: of.machine,
      activity: of.activity,
    }),
  });
  const agent = agentFor(of.consul.through(options.consulFace), { activity: of.activity });
  const coordination = createCoordination({
    address: 'http://consul.test:8500',
    clock: of.machine,
    agent,
    observe: options.observe,
    random: () => random.next(),
  });
  const provider = providerOver(of.aws.through(options.awsFace), {
    clock: of.machine,
    activity: of.activity,
  });
  const close = async (): Promise<void> => {
    await Promise.all([nomad.close(), coordination.close(), provider.close()]);
    agent.destroy();
  };
  return { nomad, coordination, provider, membership: coordination.membership, close };
}

/** The cluster's time with a wall clock of its own. */
function machineClock(clock: VirtualClock, aheadMs: () => number): Clock {
  return {
    now: () => clock.now() + aheadMs(),
    monotonicMs: () => clock.monotonicMs(),
    sleep: (ms, signal) => clock.sleep(ms, signal),
    after: (ms, run) => clock.after(ms, run),
  };
}

/** INFO and above, and every change of a hold's reason. */
function tell(transcript: Transcript, name: string, event: AgentEvent): void {
  const { level, message } = describeEvent(event);
  const isNewHold =
    (event.kind === 'decided' || event.kind === 'pool-decided') &&
    event.decision.verdict.kind === 'hold' &&
    event.decision.verdict.reason !== event.before;
  if ((level === 'debug' || level === 'trace') && !isNewHold) return;
  const mark = level === 'warn' || level === 'error' ? `${level.toUpperCase()} ` : '';
  transcript.add(name, `${mark}${message}`);
}

/** Moves time on until the promise has settled. */
export async function drive<T>(clock: VirtualClock, promise: Promise<T>, limitMs = 60_000): Promise<T> {
  const state = { isSettled: false };
  const done = promise.finally(() => {
    state.isSettled = true;
  });
  done.catch(() => undefined);
  for (let spentMs = 0; spentMs < limitMs; spentMs += 10) {
    await clock.settle();
    if (state.isSettled) return done;
    await clock.advance(10);
  }
  throw new Error(`not over within ${limitMs} ms of virtual time`);
}
