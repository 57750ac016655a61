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
    }
  /** `missing`: there is nothing of that name. `unreadable`: a key is left as it is. `failed`: Consul. */
  | { readonly kind: 'missing' | 'unreadable' | 'failed'; readonly text: string };

/** Carries out what operators command, as the command line does. */
export interface OperatorDesk {
  /** Resolves after setting only when no agent is about to send anything for what was stopped. */
  carryOut(command: OperatorCommand, signal: AbortSignal): Promise<OperatorOutcome>;
}
