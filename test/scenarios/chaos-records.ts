import type { AgentEvent } from '../../src/agent/events.ts';
import type { StatisticsFault } from '../../src/simulator/world/faults.ts';
import type { Change } from '../../src/simulator/world/store.ts';
import type { VirtualCluster } from '../support/virtual-cluster.ts';
import { BOUNDS } from './chaos.ts';

/** A change of a count as the world itself recorded it. */
export interface CountChange {
  readonly atMs: number;
  readonly jobId: string;
  readonly from: number;
  readonly to: number;
}

/** A round may go by a sample this old; one that stands still is believed for 30 s and a round. */
const LATE_MS = { error: 25_000, hang: 25_000, stale: 70_000 } as const;

/** Watches the world, not the agents, and notes whatever must never happen. */
export class ChaosRecords {
  readonly changes: CountChange[] = [];
  readonly violations: string[] = [];
  private readonly cluster: VirtualCluster;
  private readonly faults: { readonly fromMs: number; readonly fault: StatisticsFault | null }[] = [];
  private readonly flagSince = new Map<string, number>();
  /** When the last term began: who begins to look has to see for itself that a sample stands still. */
  private termFromMs = 0;

  constructor(cluster: VirtualCluster) {
    this.cluster = cluster;
    cluster.world.store.onChange((changes) => {
      for (const change of changes) this.see(change);
    });
    const { world } = cluster;
    const setFaults = world.setFaults.bind(world);
    world.setFaults = (faults) => {
      setFaults(faults);
      const fault = world.faults.statistics;
      if (fault !== this.faults.at(-1)?.fault) this.faults.push({ fromMs: this.nowMs(), fault });
    };
  }

  /** Called often: remembers since when a flag has been set. */
  look(): void {
    const { cluster } = this;
    const keys = cluster.consul.keys().map(({ key }) => key);
    for (const key of keys.filter((one) => one !== cluster.keys.leader))
      this.lookAt(key, isSet(cluster.document(key)));
    for (const key of this.flagSince.keys()) if (!keys.includes(key)) this.flagSince.delete(key);
    if (cluster.agents.filter((agent) => agent.leading()).length > 1) this.note('two agents lead');
  }

  /** Told of what agents tell. */
  hear(event: AgentEvent): void {
    if (event.kind === 'leading') this.termFromMs = this.nowMs();
  }

  private lookAt(key: string, set: boolean): void {
    if (!set) this.flagSince.delete(key);
    else if (!this.flagSince.has(key)) this.flagSince.set(key, this.nowMs());
  }

  private see(change: Change): void {
    if (change.table !== 'jobs' || !change.before || !change.after) return;
    const { id: jobId, groups } = change.after.spec;
    const [from, to] = [change.before.spec.groups[0]?.count ?? 0, groups[0]?.count ?? 0];
    if (from === to) return;
    const one = { atMs: this.nowMs(), jobId, from, to };
    this.changes.push(one);
    this.judge(one);
  }

  private judge(change: CountChange): void {
    const { jobId, from, to } = change;
    if (to < BOUNDS.min || to > BOUNDS.max) this.note(`${jobId}: ${from} → ${to} leaves the bounds`);
    if (Math.abs(to - from) !== 1) this.note(`${jobId}: ${from} → ${to} is more than one step`);
    const { root, failsafe, paused } = this.cluster.keys;
    const operation = this.cluster.document(`${root}/operations/jobs/${jobId}/api`);
    if (operation === undefined) return this.note(`${jobId}: ${from} → ${to} without an intent`);
    for (const key of [failsafe, paused, `${root}/state/jobs/${jobId}/api`]) {
      this.lookAt(key, isSet(this.cluster.document(key)));
      const sinceMs = this.flagSince.get(key);
      if (sinceMs !== undefined && this.nowMs() - sinceMs > 5_000) {
        this.note(`${jobId}: ${from} → ${to} although ${key} is set`);
      }
    }
    if (to < from && operation['phase'] !== 'reverting' && this.isBlind(jobId)) {
      this.note(`${jobId}: ${from} → ${to} without measurement`);
    }
  }

  /** Some allocation of the job has certainly not been measured in the last rounds. */
  private isBlind(jobId: string): boolean {
    const last = this.faults.at(-1);
    if (!last?.fault || last.fault.jobs?.includes(jobId) !== true || last.fault.fraction === 0) return false;
    const fromMs = last.fault.mode === 'stale' ? Math.max(last.fromMs, this.termFromMs) : last.fromMs;
    return this.nowMs() - fromMs > LATE_MS[last.fault.mode];
  }

  private note(what: string): void {
    this.violations.push(`+${Math.round(this.nowMs() / 1_000)} s ${what}`);
  }

  private nowMs(): number {
    return this.cluster.clock.monotonicMs();
  }
}

function isSet(document: Readonly<Record<string, unknown>> | undefined): boolean {
  return document?.['set'] === true || document?.['failsafe_mode'] === true;
}
