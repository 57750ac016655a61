import type { Clock } from '../../ports/clock.ts';
import type { ConsulAcl } from './acl.ts';
import { ConsulState } from './consul-state.ts';
import { Leader } from './leader.ts';
import { LocalAgent } from './local-agent.ts';

/** Where ids and jitter come from. */
export interface ConsulRandom {
  /** In [0, 1). */
  next(): number;
  uuid(): string;
}

export interface ConsulOptions {
  readonly clock: Clock;
  readonly random: ConsulRandom;
  /** `consul-1` unless said. */
  readonly nodeName?: string;
  /** None: no access control. */
  readonly acl?: ConsulAcl;
  /** The smallest TTL a session may have, whole seconds; 10 s unless said, as Consul's session_ttl_min. */
  readonly sessionTtlMinMs?: number;
}

/** One server of one member: what the endpoints work on. */
export class ConsulServer {
  readonly clock: Clock;
  readonly random: ConsulRandom;
  readonly nodeName: string;
  readonly acl: ConsulAcl | undefined;
  readonly sessionTtlMinMs: number;
  readonly leader: Leader;
  nodeId: string;
  state: ConsulState;
  agent: LocalAgent;
  readonly #unsynced = new Set<string>();
  #isSyncing = true;

  constructor(options: ConsulOptions) {
    this.clock = options.clock;
    this.random = options.random;
    this.nodeName = options.nodeName ?? 'consul-1';
    this.acl = options.acl;
    this.sessionTtlMinMs = options.sessionTtlMinMs ?? 10_000;
    this.leader = new Leader(options.clock);
    this.nodeId = options.random.uuid();
    this.state = new ConsulState(options.clock);
    this.agent = this.#startAgent();
  }

  /** Dies and comes back with nothing: no keys, services, sessions or lock-delays, a small index; reads that wait are cut off. */
  restartEmpty(): void {
    this.state.stop();
    this.nodeId = this.random.uuid();
    this.state = new ConsulState(this.clock);
    this.agent.stop();
    this.agent = this.#startAgent();
    this.#unsynced.clear();
  }

  /** The agent brings no change of its services to the servers, or catches up. */
  setSyncing(isSyncing: boolean): void {
    this.#isSyncing = isSyncing;
    this.#sync();
  }

  /** A server without a leader times no session; a new leader gives each its whole TTL again. */
  setNoLeader(isLost: boolean): void {
    const sessions = this.state.sessions.list();
    if (isLost) for (const session of sessions) this.state.stopTtl(session.id);
    else if (!this.leader.isThere) for (const session of sessions) this.state.startTtl(session);
    if (isLost) this.leader.lose();
    else this.leader.gain();
    this.#sync();
  }

  #startAgent(): LocalAgent {
    return new LocalAgent(this.clock, (id) => {
      this.#unsynced.add(id);
      this.#sync();
    });
  }

  #sync(): void {
    if (!this.#isSyncing || !this.leader.isThere) return;
    for (const id of this.#unsynced) this.state.syncService(id, this.agent.get(id));
    this.#unsynced.clear();
  }
}
