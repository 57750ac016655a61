import type { AllocationVersion } from './cluster-watch.ts';
import type { KeySpace } from './group-cast.ts';
import type { KeyVersion } from './key-watch.ts';
import type { Still } from './operator.ts';
import type { Passage } from './passage.ts';
import type { Injected } from './playing.ts';
import type { Lag, Vital } from './vitals.ts';
import type { Cast } from './world.ts';

/** Everything that was noted of a run, for the rules to judge. Times are `performance.now()`. */
export interface RunRecord extends Cast, KeySpace {
  readonly seed: string;
  readonly beganMs: number;
  readonly endedMs: number;
  /** Every request of every agent and of the operator's tools. */
  readonly passages: readonly Passage[];
  /** What Consul itself told of its keys. */
  readonly keyVersions: readonly KeyVersion[];
  readonly allocations: ReadonlyMap<string, readonly AllocationVersion[]>;
  readonly deployments: ReadonlyMap<string, { readonly namespace: string; readonly jobId: string }>;
  readonly injected: readonly Injected[];
  /** When agents were stopped by SIGSTOP. */
  readonly pauses: readonly Pause[];
  readonly stops: readonly {
    readonly agent: number;
    readonly atMs: number;
    readonly code: number | null;
    readonly tookMs: number;
  }[];
  readonly crashes: readonly string[];
  readonly countChanges: readonly {
    readonly group: string;
    readonly fromMs: number;
    readonly toMs: number;
  }[];
  /** Failsafe was set, and the command had said that nothing is sent any more. */
  readonly stills: readonly Still[];
  readonly lags: readonly Lag[];
  readonly vitals: readonly Vital[];
  /** The simulated servers' own history. */
  readonly inside: Inside;
  /** What was not as it should be when everything had been well for its time; empty: converged. */
  readonly unsettled: readonly string[];
}

/** A process that stood still. */
export interface Pause {
  readonly agent: number;
  readonly fromMs: number;
  readonly toMs: number;
}

/** Something that must never happen. */
export interface Violation {
  readonly rule: string;
  readonly atMs: number;
  readonly text: string;
}

/** What the simulated servers kept of themselves. */
export interface Inside {
  readonly pools: readonly PoolState[];
  readonly terminations: readonly TerminationRow[];
  readonly cloud: readonly CloudRow[];
  readonly nomadLog: readonly ServedRow[];
  readonly awsLog: readonly ServedRow[];
}

/** A pool at the end. */
export interface PoolState {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly desired: number;
  readonly instances: readonly {
    readonly id: string;
    readonly state: string;
    /** '' for one that is no member. */
    readonly lifecycle: string;
    readonly node: {
      readonly name: string;
      readonly status: string;
      readonly eligible: boolean;
      readonly draining: boolean;
    } | null;
  }[];
}

/** An instance that was shut down, and the work that was there. */
export interface TerminationRow {
  readonly instanceId: string;
  readonly pool: string;
  readonly by: string;
  readonly node: string;
  readonly isEligible: boolean;
  readonly allocations: readonly { readonly jobId: string; readonly clientStatus: string }[];
}

/** A change of the simulated AWS; `by` names the call. */
export interface CloudRow {
  readonly seq: number;
  readonly kind: 'desired' | 'member' | 'instance' | 'activity';
  readonly group?: string;
  readonly from?: number;
  readonly to?: number;
  readonly by?: string;
  readonly instanceId?: string;
  readonly lifecycle?: string;
  readonly state?: string;
}

/** A request as the simulated server served it. */
export interface ServedRow {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly body?: string;
}
