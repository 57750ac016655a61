import type { CallRefusal } from '../../src/domain/pool-call.ts';
import type { PoolCall } from '../../src/domain/pool-step.ts';
import type { NodeFacts } from '../../src/domain/node.ts';
import type { AllocationFacts } from '../../src/domain/snapshot.ts';
import type { InstanceFacts, PoolGroup } from '../../src/domain/worker-pool.ts';
import { anAllocation, NOW_MS } from './build.ts';
import { aNode, anInstance } from './build-pool.ts';
import { groupOf } from './build-pool-operation.ts';

/** Seconds that things take in this world. */
const LAUNCH_S = 20;
const BOOT_S = 40;
const LATE_BOOT_S = 420;
const SHUTDOWN_S = 45;
const SECOND_MS = 1000;

type Boot = 'soon' | 'late' | 'never';

interface Machine {
  readonly facts: InstanceFacts;
  readonly boot: Boot;
}

interface WorldNode {
  readonly facts: NodeFacts;
  /** Seconds until its work has stopped once it is drained; 0 for no work, Infinity for work that never stops. */
  readonly workS: number;
}

/** What AWS shows at one moment. */
export interface CloudView {
  readonly group: PoolGroup;
  readonly membership: ReadonlyMap<string, string>;
  readonly instances: ReadonlyMap<string, InstanceFacts>;
}

/** A group, its instances and their nodes, as small as they can be. Time passes in seconds. */
export class PoolWorld {
  nowMs = NOW_MS;
  desired: number;
  /** What went against a promise. */
  readonly broken: string[] = [];
  readonly detached: string[] = [];
  /** How instances boot that are launched from now on. */
  boots: Boot = 'soon';
  #members: readonly string[];
  readonly #machines = new Map<string, Machine>();
  readonly #nodes = new Map<string, WorldNode>();
  readonly #sinceMs = new Map<string, number>();
  #late: readonly { readonly atMs: number; readonly call: PoolCall }[] = [];
  #views: readonly CloudView[] = [];
  #launched = 0;
  #index = 50;

  constructor(size: number) {
    this.desired = size;
    this.#members = Array.from({ length: size }, () => this.#launch());
    for (const id of this.#members) this.#register(id);
    this.#views = [this.#cloud()];
  }

  get members(): readonly string[] {
    return this.#members;
  }

  get nodes(): readonly NodeFacts[] {
    return [...this.#nodes.values()].map((node) => node.facts);
  }

  get pendingCalls(): number {
    return this.#late.length;
  }

  /** Running instances of no group. */
  get strays(): readonly string[] {
    const running = [...this.#machines.values()].filter(({ facts }) => facts.state === 'running');
    return running.map(({ facts }) => facts.instanceId).filter((id) => !this.#members.includes(id));
  }

  /** AWS as it was some seconds ago, Nomad is always read from its leader. */
  look(staleS: number): CloudView {
    return this.#views[Math.max(0, this.#views.length - 1 - staleS)] ?? this.#cloud();
  }

  workOn(nodeId: string): readonly AllocationFacts[] {
    const node = this.#nodes.get(nodeId);
    if (!node || node.workS === 0) return [];
    return [anAllocation({ nodeId, desiredStatus: node.facts.draining ? 'stop' : 'run' })];
  }

  /** Work for a node, where it takes any. */
  giveWork(nodeId: string, workS: number): void {
    const node = this.#nodes.get(nodeId);
    if (node?.facts.eligible && node.facts.status === 'ready') this.#nodes.set(nodeId, { ...node, workS });
  }

  /** From now on no work takes long. */
  calm(): void {
    for (const [id, node] of this.#nodes) this.#nodes.set(id, { ...node, workS: Math.min(node.workS, 1) });
    this.boots = 'soon';
  }

  /** An operator ends the drain of a node. */
  makeEligible(nodeId: string): void {
    this.#change(nodeId, { eligible: true, draining: false });
  }

  /** A call arrives later, or never when it takes for ever. */
  delay(call: PoolCall, delayMs: number): void {
    if (Number.isFinite(delayMs)) this.#late = [...this.#late, { atMs: this.nowMs + delayMs, call }];
  }

  /** A call is sent by an operation that has just looked: the promises are checked here. */
  check(call: PoolCall): void {
    if (call.kind === 'set-desired' && call.to < this.desired) this.broken.push(`lowered to ${call.to}`);
    if (call.kind !== 'terminate' && call.kind !== 'detach') return;
    const node = this.nodes.find((one) => one.instanceId === call.instanceId);
    if (!node || node.status === 'down') return;
    if (this.workOn(node.id).length > 0) this.broken.push(`${call.kind} with work`);
    if (node.eligible) this.broken.push(`${call.kind} of an eligible node`);
  }

  /** A call arrives. */
  apply(call: PoolCall): CallRefusal | undefined {
    switch (call.kind) {
      case 'set-desired':
        if (call.to < this.desired) this.broken.push(`a late call lowered to ${call.to}`);
        this.desired = call.to;
        return undefined;
      case 'detach':
        return this.#detach(call.instanceId);
      case 'terminate':
        return this.#terminate(call.instanceId);
      case 'drain':
        return this.#change(call.nodeId, { eligible: false, draining: this.workOn(call.nodeId).length > 0 });
      case 'undrain':
        return this.#change(call.nodeId, { eligible: true, draining: false });
    }
  }

  pass(seconds: number): void {
    for (let second = 0; second < seconds; second += 1) this.#second();
  }

  #second(): void {
    this.nowMs += SECOND_MS;
    for (const { call } of this.#late.filter(({ atMs }) => atMs <= this.nowMs)) this.apply(call);
    this.#late = this.#late.filter(({ atMs }) => atMs > this.nowMs);
    this.#stopWork();
    this.#shutDown();
    this.#bootUp();
    this.#fillGroup();
    this.#views = [...this.#views.slice(-30), this.#cloud()];
  }

  #stopWork(): void {
    for (const [id, node] of this.#nodes) {
      if (!node.facts.draining) continue;
      const workS = Math.max(0, node.workS - 1);
      this.#nodes.set(id, { facts: { ...node.facts, draining: workS > 0 }, workS });
    }
  }

  #shutDown(): void {
    for (const [id, machine] of this.#machines) {
      const isOver = this.nowMs - (this.#sinceMs.get(`${id} down`) ?? this.nowMs) >= SHUTDOWN_S * SECOND_MS;
      if (machine.facts.state !== 'shutting-down' || !isOver) continue;
      this.#machines.set(id, { ...machine, facts: { ...machine.facts, state: 'terminated' } });
      this.#members = this.#members.filter((member) => member !== id);
      this.#change(`n-${id}`, { status: 'down' });
    }
  }

  #bootUp(): void {
    for (const { facts, boot } of this.#machines.values()) {
      const bootMs = (boot === 'soon' ? BOOT_S : LATE_BOOT_S) * SECOND_MS;
      const isDue = boot !== 'never' && this.nowMs - facts.launchedMs >= bootMs;
      if (isDue && facts.state === 'running' && !this.#nodes.has(`n-${facts.instanceId}`)) {
        this.#register(facts.instanceId);
      }
    }
  }

  /** The group launches what it lacks; it never takes one away by itself. */
  #fillGroup(): void {
    if (this.#members.length >= this.desired) {
      this.#sinceMs.delete('lacking');
      return;
    }
    const sinceMs = this.#sinceMs.get('lacking') ?? this.nowMs;
    this.#sinceMs.set('lacking', sinceMs);
    if (this.nowMs - sinceMs >= LAUNCH_S * SECOND_MS) this.#members = [...this.#members, this.#launch()];
  }

  #launch(): string {
    this.#launched += 1;
    const instanceId = `i-${this.#launched}`;
    const addresses = [`10.0.0.${this.#launched}`];
    const facts = anInstance({ instanceId, addresses, launchedMs: this.nowMs });
    this.#machines.set(instanceId, { facts, boot: this.boots });
    return instanceId;
  }

  #register(instanceId: string): void {
    this.#index += 1;
    const id = `n-${instanceId}`;
    const addresses = this.#machines.get(instanceId)?.facts.addresses ?? [];
    const facts = aNode({ id, instanceId, addresses, createIndex: this.#index });
    this.#nodes.set(id, { facts, workS: 0 });
  }

  #detach(instanceId: string): CallRefusal | undefined {
    if (!this.#members.includes(instanceId)) return 'not-a-member';
    this.#members = this.#members.filter((member) => member !== instanceId);
    this.desired -= 1;
    this.detached.push(instanceId);
    return undefined;
  }

  #terminate(instanceId: string): CallRefusal | undefined {
    const machine = this.#machines.get(instanceId);
    if (!machine) return 'not-found';
    if (machine.facts.state !== 'running') return undefined;
    this.#machines.set(instanceId, { ...machine, facts: { ...machine.facts, state: 'shutting-down' } });
    this.#sinceMs.set(`${instanceId} down`, this.nowMs);
    return undefined;
  }

  #change(nodeId: string, part: Partial<NodeFacts>): CallRefusal | undefined {
    const node = this.#nodes.get(nodeId);
    if (!node) return 'not-found';
    const workS = part.status === 'down' ? 0 : node.workS;
    this.#nodes.set(nodeId, { facts: { ...node.facts, ...part }, workS });
    return undefined;
  }

  #cloud(): CloudView {
    const group = groupOf(this.desired, this.#members);
    const membership = new Map(this.#members.map((id) => [id, 'pool-a']));
    const instances = new Map([...this.#machines].map(([id, { facts }]) => [id, facts]));
    return { group, membership, instances };
  }
}
