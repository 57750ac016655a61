import type { Term } from './term.ts';

/** The locks an agent acts under: one alone, one a partition in a group. */
export interface Locks {
  /** The term under which a resource may be acted on now, e.g. `job_group:web/api`. */
  termFor(resource: string): Term | undefined;
  /** True while this agent holds the leader's lock. */
  leading(): boolean;
  /** Milliseconds the session's lease has left; 0 or less without one. */
  leaseLeftMs(): number;
  /** What is known here of Nomad or of the key root has changed: who stands for what may change too. */
  reconsider(): void;
  /** Ends every term: what is in flight is aborted. */
  endTerms(why: string): void;
  /** Stops standing and renewing. The session and its locks are left to `giveBack`. */
  stop(): Promise<void>;
  /** Destroys the session; before it, if `release`, gives each lock back, so that others have it at once. */
  tryGiveBack(release: boolean, signal: AbortSignal): Promise<void>;
}

/** What the locks tell and ask of the agent. */
export interface LockUse {
  /** A term has begun. */
  readonly began: (term: Term) => void;
  /** Resolves once no step of a partition is under way. */
  readonly quiet: (partition: number) => Promise<void>;
  /** How long nothing complete was heard of Nomad, milliseconds, and from when on that is too long. */
  readonly unheardMs: () => number;
  readonly unheardLimitMs: () => number;
}
