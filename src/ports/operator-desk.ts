/** What somebody wants to be stopped, or to go on. */
export interface OperatorCommand {
  /** A pause is for everything. */
  readonly flag: 'failsafe' | 'paused';
  readonly enable: boolean;
  /** A task group or a job (all its groups), or a worker pool, by name; undefined: everything. */
  readonly target: { readonly kind: 'group' | 'pool'; readonly id: string } | undefined;
  readonly by: string;
  readonly reason: string;
}

export type OperatorOutcome =
  | {
      readonly kind: 'done';
      /** What was changed, and what was so already: `task group web/api`. */
      readonly changed: readonly string[];
      readonly unchanged: readonly string[];
      /** What holds resources back all the same, one sentence each. */
      readonly notes: readonly string[];
      /** Ids of the members of a group that heed a pause or its end, and of those that do not yet. */
      readonly acknowledged: readonly string[];
      readonly missing: readonly string[];
    }
  /**
   * `missing`: there is nothing of that name. `unreadable`: a key is left as it is. `overtaken`: somebody has turned
   * it back. `failed`: Consul.
   */
  | { readonly kind: 'missing' | 'unreadable' | 'overtaken' | 'failed'; readonly text: string };

/** Carries out what operators command, as the command line does. */
export interface OperatorDesk {
  /**
   * Resolves after setting only when no agent is about to send anything for what was stopped; a pause of a group when
   * every member has acknowledged it, or after 10 s.
   */
  carryOut(command: OperatorCommand, signal: AbortSignal): Promise<OperatorOutcome>;
}
