import type { AgentEvent } from '../../src/agent/events.ts';
import type { AgentSettings } from '../../src/agent/settings.ts';
import { type Keys, keysBelow } from '../../src/domain/keys.ts';
import type { GroupRef } from '../../src/domain/snapshot.ts';
import type { ObserveRequest } from '../../src/ports/metrics.ts';
import { createAwsFace } from '../../src/simulator/aws/aws-face.ts';
import { type CloudPools, createCloudPools } from '../../src/simulator/aws/cloud-pools.ts';
import { type ConsulFace, createConsulFace } from '../../src/simulator/consul/consul-face.ts';
import type { Face } from '../../src/simulator/face.ts';
import type { Policy } from '../../src/simulator/nomad/acl.ts';
import { createNomadFace, type NomadFaceOptions } from '../../src/simulator/nomad/face.ts';
import { Random } from '../../src/simulator/random.ts';
import { VirtualClock } from '../../src/simulator/virtual-clock.ts';
import { buildWorld, parseWorldFile, type WorldDescription } from '../../src/simulator/world-file.ts';
import type { GroupLoad } from '../../src/simulator/world/load.ts';
import type { Timing } from '../../src/simulator/world/timing.ts';
import type { World } from '../../src/simulator/world/world.ts';
import { narrateCloud, recordAws } from './virtual-cloud.ts';
import { startVirtualAgent, type VirtualAgent, type VirtualMember } from './virtual-agent.ts';
import { narrateWorld, recordWrites, type ServedWrite } from './virtual-servers.ts';
import { Transcript } from './virtual-transcript.ts';

/** Everything takes the same time each time: a transcript then depends on no draw of a random number. */
export const STEADY_TIMING: Partial<Timing> = {
  evaluationMs: [100, 100],
  receiveMs: [50, 50],
  startMs: [2_000, 2_000],
  stopMs: [500, 500],
  deploymentWatchMs: [500, 500],
  drainWatchMs: [500, 500],
  heartbeatMs: [16_000, 16_000],
};

export interface VirtualClusterOptions {
  /** Nodes and jobs as in a world file. */
  readonly nodes?: readonly object[];
  readonly jobs?: readonly object[];
  /** Worker pools as in a world file; with any, `nodes` is none where it is not given. */
  readonly pools?: readonly object[];
  readonly seed?: number | string;
  readonly timing?: Partial<Timing>;
  readonly settings?: Partial<AgentSettings>;
  readonly keyRoot?: string;
  /** False: agents' events are not kept, which a long run could not. */
  readonly keepsEvents?: boolean;
  /** Told of every event of every agent. */
  readonly heard?: (event: AgentEvent) => void;
  /** What the Nomad servers call themselves: from 1.4 on counts are set by the scale endpoint. */
  readonly nomadVersion?: string;
  /** What the agents' Nomad token may do; everything, without access control, where it is not given. */
  readonly nomadPolicy?: Policy;
}

/** The agents' Nomad token where there is access control. */
const AGENTS_TOKEN = 'c0000000-0000-0000-0000-000000000001';

function nomadOptions({ nomadVersion, nomadPolicy }: VirtualClusterOptions): NomadFaceOptions {
  return {
    ...(nomadVersion !== undefined && { identity: { version: nomadVersion } }),
    ...(nomadPolicy && { acl: { tokens: { [AGENTS_TOKEN]: nomadPolicy } } }),
  };
}

/** Hears of one agent. */
export interface Ear {
  readonly heard?: (event: AgentEvent) => void;
  readonly observe?: ObserveRequest;
}

const SETTINGS: AgentSettings = {
  jobScalingIntervalMs: 10_000,
  jobScalingDisabled: false,
  clusterScalingIntervalMs: 10_000,
  clusterScalingDisabled: true,
  drainDeadlineMs: 900_000,
  scalingConcurrency: 10,
  usageDeadlineMs: 8_000,
};

/** Servers and agents in one process and on one clock that moves only when told to. */
export class VirtualCluster {
  readonly clock = new VirtualClock();
  readonly transcript = new Transcript(this.clock);
  readonly world: World;
  readonly consul: ConsulFace;
  readonly keys: Keys;
  /** Mutating requests that reached Nomad, in order. */
  readonly writes: ServedWrite[] = [];
  /** The same of AWS; `path` is the action. */
  readonly awsWrites: ServedWrite[] = [];
  readonly pools: CloudPools;
  readonly agents: VirtualAgent[] = [];
  private readonly nomadFace: Face;
  private readonly awsFace: Face;
  private readonly seed: number | string;
  private readonly settings: AgentSettings;
  private readonly heard: (event: AgentEvent) => void;
  private readonly keepsEvents: boolean;

  constructor(options: VirtualClusterOptions = {}) {
    this.seed = options.seed ?? 1;
    const clusterScalingDisabled = (options.pools ?? []).length === 0;
    this.settings = { ...SETTINGS, clusterScalingDisabled, ...options.settings };
    this.heard = options.heard ?? (() => undefined);
    this.keepsEvents = options.keepsEvents ?? true;
    this.keys = keysBelow(options.keyRoot ?? 'replicator/config');
    const { pools = [], jobs = [] } = options;
    const nodes = options.nodes ?? (pools.length > 0 ? [] : [{ count: 3 }]);
    const description = readWorld({ nodes, jobs, pools });
    const timing = options.timing ?? STEADY_TIMING;
    this.world = buildWorld({ ...description, seed: this.seed, timing }, this.clock);
    this.consul = createConsulFace({ clock: this.clock, random: new Random(`${this.seed}/consul`) });
    this.nomadFace = createNomadFace(this.world, nomadOptions(options));
    narrateWorld(this.world, this.transcript);
    this.pools = createCloudPools(this.world, description.pools, this.seed);
    this.awsFace = createAwsFace(this.pools.cloud);
    if (pools.length > 0) narrateCloud(this.world, this.pools, this.transcript);
  }

  /** An agent that is a member of a group, by its service id. */
  startMember(serviceId: string, member: Partial<VirtualMember> = {}): VirtualAgent {
    return this.startAgent(serviceId, '', { group: { name: 'blue', serviceId, ...member } });
  }

  /** `allocationId`: the allocation it runs in; '' for none. `ear` hears of this agent only. */
  startAgent(
    name = `agent-${this.agents.length + 1}`,
    allocationId = '',
    ear: Ear & { readonly group?: VirtualMember } = {},
  ): VirtualAgent {
    const { clock, transcript } = this;
    const agent = startVirtualAgent({
      name,
      clock,
      transcript,
      nomadFace: this.recorded(name),
      consulFace: this.consul,
      awsFace: recordAws(this.awsFace, { who: name, clock, transcript, kept: this.awsWrites }),
      allocationId,
      settings: this.settings,
      keyRoot: this.keys.root,
      nomadToken: AGENTS_TOKEN,
      seed: this.seed,
      heard: (event) => {
        this.heard(event);
        ear.heard?.(event);
      },
      observe: ear.observe,
      keepsEvents: this.keepsEvents,
      group: ear.group,
    });
    this.agents.push(agent);
    return agent;
  }

  /** Lets time pass. */
  run(ms: number): Promise<void> {
    return this.clock.advance(ms);
  }

  /** Lets time pass until a line that fits has been written, in steps of a tenth of a second. */
  async until(pattern: RegExp, limitMs = 600_000): Promise<void> {
    const from = this.transcript.lines.length;
    for (let spentMs = 0; spentMs < limitMs; spentMs += 100) {
      if (this.transcript.lines.slice(from).some((line) => pattern.test(line))) return;
      await this.clock.advance(100);
    }
    throw new Error(`no line like ${pattern.source} within ${limitMs} ms`);
  }

  /** The script's own line. */
  say(sentence: string): void {
    this.transcript.add('*', sentence);
  }

  /** A user's request to Nomad. */
  async request(method: 'PUT' | 'DELETE', target: string, body: unknown = {}): Promise<string> {
    const [path = '', search = ''] = target.split('?');
    const { signal } = new AbortController();
    const sent = { method, path, query: new URLSearchParams(search), headers: {}, signal };
    const answer = await this.recorded('a user').handle({ ...sent, body: JSON.stringify(body) });
    return answer.body;
  }

  /** A user registers a job, written as in a world file, load included. */
  async register(job: object): Promise<void> {
    for (const one of readWorld({ jobs: [job] }).jobs) {
      await this.request('PUT', `/v1/jobs?namespace=${one.namespace}`, { Job: one.spec });
      const { namespace, id: jobId } = one;
      for (const { group, load } of one.loads) this.setLoad({ namespace, jobId, group }, load);
    }
  }

  /** The same, whatever is wrong with the servers: no request is made. */
  registerNow(job: object): void {
    for (const { spec, namespace, id: jobId, loads } of readWorld({ jobs: [job] }).jobs) {
      this.world.jobs.register(spec);
      for (const { group, load } of loads) this.setLoad({ namespace, jobId, group }, load);
    }
  }

  setLoad(ref: Omit<GroupRef, 'namespace'> & { readonly namespace?: string }, load: GroupLoad): void {
    this.world.statistics.setLoad({ namespace: 'default', ...ref }, { noise: 0, ...load });
  }

  /** From now on things take another time, e.g. images that cannot be had. */
  setTiming(timing: Partial<Timing>): void {
    Object.assign(this.world.context.timing, timing);
  }

  /** The count of the first, or the named, group of a job. */
  count(jobId: string, group?: string, namespace = 'default'): number | undefined {
    const groups = this.world.store.job(namespace, jobId)?.spec.groups;
    return (group === undefined ? groups?.[0] : groups?.find((one) => one.name === group))?.count;
  }

  /** An operator sets or lifts one of the two global flags. */
  setFlag(flag: 'failsafe' | 'paused', set: boolean): void {
    this.say(`an operator ${set ? 'sets' : 'lifts'} ${flag}`);
    const value = { set, by: 'operator', at: new Date(this.clock.now()).toISOString(), reason: 'scenario' };
    this.consul.putKey(this.keys[flag], JSON.stringify(value));
  }

  /** A stored document, parsed; undefined when there is none. */
  document(key: string): Readonly<Record<string, unknown>> | undefined {
    const found = this.consul.key(key);
    return found && (JSON.parse(found.text) as Record<string, unknown>);
  }

  /** An operator changes members of a stored document, as the command line would. */
  editDocument(key: string, members: Readonly<Record<string, unknown>>): void {
    this.consul.putKey(key, JSON.stringify({ ...this.document(key), ...members }));
  }

  /** An operator deletes a key. */
  async deleteKey(key: string): Promise<void> {
    const { signal } = new AbortController();
    const query = new URLSearchParams();
    await this.consul.handle({
      method: 'DELETE',
      path: `/v1/kv/${key}`,
      query,
      headers: {},
      body: '',
      signal,
    });
  }

  /** Ends every session an agent holds of the lock's key. */
  destroyLeaderSession(): void {
    const session = this.consul.key(this.keys.leader)?.entry.session ?? '';
    if (session === '') throw new Error('nobody leads');
    this.say(`the leader's session ${session} is destroyed`);
    this.consul.endSession(session);
  }

  /** Stops every agent and the world's own timers. */
  async stop(): Promise<void> {
    for (const agent of this.agents) await agent.stop();
    this.pools.stop();
    this.world.stop();
  }

  private recorded(who: string): Face {
    const { world, transcript, writes: kept } = this;
    return recordWrites(this.nomadFace, { who, world, transcript, kept });
  }
}

function readWorld(world: object): WorldDescription {
  const parsed = parseWorldFile(JSON.stringify(world));
  if (parsed.ok) return parsed.description;
  throw new Error(`the world cannot be read: ${parsed.faults.join('; ')}`);
}
