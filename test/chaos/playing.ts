import type { AgentProcess } from './agent-process.ts';
import type { Operator } from './operator.ts';
import type { FaultKind } from './schedule.ts';
import type { Stage } from './stage.ts';

/** A fault that was injected; `hits` is how many requests, processes or things it met: 0 counts as none. */
export interface Injected {
  readonly kind: FaultKind;
  readonly fromMs: number;
  toMs: number;
  hits: number;
  detail: string;
}

/** A schedule while it is performed. */
export interface Playing {
  readonly stage: Stage;
  readonly operator: Operator;
  readonly injected: Injected[];
  readonly stops: { agent: number; atMs: number; code: number | null; tookMs: number }[];
  /** Agents whose process something is being done to. */
  readonly busy: Set<AgentProcess>;
  /** Agents that are cut off from Consul. */
  readonly cut: Set<AgentProcess>;
  readonly failed: string[];
  restarting: Promise<void>;
  /** The additional member of a group joins or leaves: one after the other. */
  changing: Promise<void>;
}

/** Notes that a fault begins. */
export function begin({ injected }: Playing, kind: FaultKind, detail: string): Injected {
  const fromMs = performance.now();
  const one = { kind, fromMs, toMs: Number.POSITIVE_INFINITY, hits: 0, detail };
  injected.push(one);
  return one;
}

/** Notes that it is over, and how much it has met. */
export function end(injected: Injected, hits = 1): void {
  injected.toMs = performance.now();
  injected.hits += hits;
}

/** Running, and nothing is being done to its process. */
export function isFree({ busy }: Playing, agent: AgentProcess | undefined): agent is AgentProcess {
  return agent !== undefined && agent.state() === 'running' && !busy.has(agent);
}

/** Resolves after so many milliseconds. */
export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, Math.max(0, ms));
  });
}
