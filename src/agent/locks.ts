import type { Term } from './term.ts';

/** The locks an agent acts under: one alone, one a partition in a group. */
export interface Locks {
  /** The term under which a resource may be acted on now, e.g. `job_group:web/api`. */
  termFor(resource: string): Term | undefined;
  /** True while this agent holds the leader's lock. */
  leading(): boolean;
  /** Consul's id of the session the locks are held by; '' without one. */
  session(): string;
  /** Numbers of the partitions whose locks are held. */
  held(): readonly number[];
  /** Milliseconds the session's lease has left; 0 or less without one. */
  leaseLeftMs(): number;
  /** The members of the group as they are known; none standalone. */
  members(): readonly MemberReading[];
  /** What is known here of Nomad or of the key root has changed: who stands for what may change too. */
  reconsider(): void;
  /** Ends every term: what is in flight is aborted. */
  endTerms(why: string): void;
  /** Stops standing and renewing. The session and its locks are left to `giveBack`. */
  stop(): Promise<void>;
  /**
   * Destroys the session; before it gives back every lock but those of partitions that are busy, so that others have
   * them at once.
   */
  tryGiveBack(busy: ReadonlySet<number>, signal: AbortSignal): Promise<void>;
}

/** A member of the agents' group. */
export interface MemberReading {
  readonly id: string;
  readonly name: string;
  readonly address: string;
  /** 0: it has no HTTP API. */
  readonly port: number;
  readonly allocationId: string;
  readonly isAlive: boolean;
  readonly isReady: boolean;
  readonly isLeader: boolean;
  /** Partitions that it holds. */
  readonly partitions: readonly number[];
}

/** What the locks tell and ask of the agent. */
export interface LockUse {
  /** A term has begun. */
  readonly began: (term: Term) => void;
  /** Resolves once no step of a partition is under way. */
  readonly quiet: (partition: number) => Promise<void>;
  /** Resolves once the steps that are under way now have ended. */
  readonly settled: () => Promise<void>;
  /** True once something complete has been heard of Nomad. */
  readonly isHeard: () => boolean;
  /** How long nothing complete was heard of Nomad, milliseconds, and from when on that is too long. */
  readonly unheardMs: () => number;
  readonly unheardLimitMs: () => number;
}
