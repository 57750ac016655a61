import type { AgentSettings } from '../../src/agent/settings.ts';

/** What the agent's process is to do. */
export interface AgentOrder {
  /** As on the command line of `replicator agent`. */
  readonly flags: readonly string[];
  readonly settings: AgentSettings;
  /** Groups and pools that there are: a tick is complete when each has been decided on. */
  readonly resources: number;
  /** Of the event loop's clock; subtracted from what it shows. */
  readonly resolutionMs: number;
}

/** What the agent's process saw of itself since it was last told to begin anew. */
export interface AgentReport {
  readonly seconds: number;
  /** User and system, all threads. */
  readonly cpuSeconds: number;
  /** Rounds of groups and pools that ended. */
  readonly rounds: number;
  /** Rounds that failed, and services that did not answer. */
  readonly failures: number;
  /** Decisions by their reason. */
  readonly verdicts: Readonly<Record<string, number>>;
  readonly lateP50Ms: number;
  readonly lateP99Ms: number;
  readonly lateMaxMs: number;
  readonly tookP50Ms: number;
  readonly tookP99Ms: number;
  readonly tookMaxMs: number;
  /** How long the event loop was held up. */
  readonly loopP99Ms: number;
  readonly loopMaxMs: number;
  readonly peakRssMb: number;
  /** Since the process began. */
  readonly everRssMb: number;
  readonly heapMb: number;
  /** From the process's start to the first complete tick; 0 while there was none. */
  readonly completeMs: number;
  readonly completeCpuS: number;
  /** Sockets, timers and the like that are open. */
  readonly handles: number;
}
