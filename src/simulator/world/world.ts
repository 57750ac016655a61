import { Random } from '../random.ts';
import { BlockedEvaluations } from './blocked-evaluations.ts';
import { Clients } from './clients.ts';
import { DeploymentWatcher } from './deployment-watcher.ts';
import { Drainer } from './drainer.ts';
import { NO_FAULTS } from './faults.ts';
import { collectGarbage } from './garbage.ts';
import { Jobs } from './jobs.ts';
import { NodeUsage } from './node-usage.ts';
import { evaluationOf } from './new-rows.ts';
import { Nodes } from './nodes.ts';
import { rescaleIndexes } from './restore.ts';
import { scaleJob } from './scale.ts';
import { planFor, Scheduler } from './scheduler.ts';
import { Statistics } from './statistics.ts';
import { Store } from './store.ts';
import { DEFAULT_TIMING } from './timing.ts';
import type { Clock } from '../../ports/clock.ts';
import type { JsonObject } from '../json-text.ts';
import type { Context } from './context.ts';
import type { Faults } from './faults.ts';
import type { Job } from './job-types.ts';
import type { JobChange } from './jobs.ts';
import type { NodeInput } from './node-build.ts';
import type { Plan } from './plan.ts';
import type { ScaleRequest } from './scale.ts';
import type { Timing } from './timing.ts';
import type { Evaluation, Node } from './types.ts';

export interface WorldOptions {
  readonly clock: Clock;
  readonly seed?: number | string;
  readonly timing?: Partial<Timing>;
}

/** A Nomad cluster in memory: servers, scheduler and clients, moving with the clock it is given. */
export class World {
  readonly context: Context;
  readonly store: Store;
  readonly clock: Clock;
  readonly nodes: Nodes;
  readonly jobs: Jobs;
  readonly clients: Clients;
  readonly deployments: DeploymentWatcher;
  readonly statistics: Statistics;
  private readonly usage: NodeUsage;
  private currentFaults: Faults = NO_FAULTS;
  private cancelGarbage: () => void = () => undefined;

  constructor({ clock, seed = 1, timing = {} }: WorldOptions) {
    this.clock = clock;
    this.store = new Store();
    const random = new Random(seed);
    this.context = { clock, random, store: this.store, timing: { ...DEFAULT_TIMING, ...timing } };
    this.usage = new NodeUsage(this.store);
    this.clients = new Clients(this.context);
    this.nodes = new Nodes(this.context, this.clients);
    this.jobs = new Jobs(this.context);
    this.deployments = new DeploymentWatcher(this.context);
    this.statistics = new Statistics(this.context, this.clients);
    void new BlockedEvaluations(this.context, new Scheduler(this.context, this.usage));
    void new Drainer(this.context);
    this.collectLater();
  }

  get faults(): Faults {
    return this.currentFaults;
  }

  /** Changes what is wrong with the servers; what is left out stays as it is. */
  setFaults(faults: Partial<Faults>): void {
    this.currentFaults = { ...this.currentFaults, ...faults };
    if ('statistics' in faults) this.statistics.setFault(faults.statistics ?? null);
  }

  addNode(input: NodeInput): Node {
    return this.nodes.add(input);
  }

  scale(request: ScaleRequest): JobChange {
    return scaleJob(this.context, request);
  }

  /** What registering the job would do; nothing is changed. Throws a Refusal. */
  plan(sent: JsonObject): { readonly job: Job; readonly before: Job | undefined; readonly plan: Plan } {
    const spec = this.jobs.read(sent);
    const before = this.store.job(spec.namespace, spec.id);
    const isSame = before?.spec.text === spec.text && !before.stop;
    const next = this.jobs.nextVersion(spec, before, false);
    const jobModifyIndex = isSame ? before.jobModifyIndex : this.store.index + 1;
    const job = isSame
      ? before
      : { ...next, jobModifyIndex, createIndex: before?.createIndex ?? jobModifyIndex };
    const scope = { context: this.context, usage: this.usage };
    return { job, before, plan: planFor(scope, this.dryEvaluation(job), job) };
  }

  /** The servers come back from an older state: every index is lower, their order is kept. */
  restoreIndexes(factor: number): void {
    rescaleIndexes(this.store, factor);
  }

  /** Ends its own timers, as far as they repeat. */
  stop(): void {
    this.cancelGarbage();
  }

  private collectLater(): void {
    this.cancelGarbage = this.clock.after(this.context.timing.gcIntervalMs, () => {
      collectGarbage(this.context);
      this.collectLater();
    });
  }

  private dryEvaluation(job: Job): Evaluation {
    return evaluationOf(this.context, job, { triggeredBy: 'job-register' });
  }
}
