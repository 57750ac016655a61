import type { Clock } from '../../ports/clock.ts';
import type { ConsulAcl } from './acl.ts';
import { ConsulState } from './consul-state.ts';
import { Leader } from './leader.ts';

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

  constructor(options: ConsulOptions) {
    this.clock = options.clock;
    this.random = options.random;
    this.nodeName = options.nodeName ?? 'consul-1';
    this.acl = options.acl;
    this.sessionTtlMinMs = options.sessionTtlMinMs ?? 10_000;
    this.leader = new Leader(options.clock);
    this.nodeId = options.random.uuid();
    this.state = new ConsulState(options.clock);
  }

  /** Dies and comes back with nothing: no keys, sessions or lock-delays, a small index; reads that wait are cut off. */
  restartEmpty(): void {
    this.state.stop();
    this.nodeId = this.random.uuid();
    this.state = new ConsulState(this.clock);
  }

  /** A server without a leader times no session; a new leader gives each its whole TTL again. */
  setNoLeader(isLost: boolean): void {
    const sessions = this.state.sessions.list();
    if (isLost) for (const session of sessions) this.state.stopTtl(session.id);
    else if (!this.leader.isThere) for (const session of sessions) this.state.startTtl(session);
    if (isLost) this.leader.lose();
    else this.leader.gain();
  }
}
