import type { DeploymentFacts, EvaluationFacts, JobRef, Rollout } from '../../domain/snapshot.ts';
import { jobName } from '../../domain/snapshot.ts';
import type { Clock } from '../../ports/clock.ts';
import { PortError } from '../../ports/port-error.ts';
import { needList, parseAnswer } from './json.ts';
import { onAbort } from './on-abort.ts';
import type { Question, Reader } from './reader.ts';
import { readDeployment, readEvaluation } from './wire-rollout.ts';

/** Calls that come within this time share their requests. */
const GATHER_MS = 50;
/** More jobs than this in one go, and their namespaces' whole lists are read instead. */
const MOST_SINGLE_JOBS = 4;

interface Caller {
  readonly ref: JobRef;
  resolve(rollout: Rollout): void;
  reject(error: unknown): void;
}

/** Reads deployments and evaluations; calls close together share requests. */
export class RolloutReader {
  private readonly reader: Reader;
  private readonly clock: Clock;
  private readonly closing: AbortSignal;
  private callers: Caller[] = [];

  constructor(reader: Reader, clock: Clock, closing: AbortSignal) {
    this.reader = reader;
    this.clock = clock;
    this.closing = closing;
  }

  /** Throws PortError. An aborted caller leaves; the others' requests go on. */
  read(ref: JobRef, signal: AbortSignal): Promise<Rollout> {
    return new Promise((resolve, reject) => {
      if (signal.aborted || this.closing.aborted) return reject(stopped(ref));
      const settle = onAbort(signal, () => reject(stopped(ref)));
      this.callers.push({
        ref,
        resolve: (rollout) => {
          settle();
          resolve(rollout);
        },
        reject: (error) => {
          settle();
          reject(error);
        },
      });
      if (this.callers.length === 1) this.clock.after(GATHER_MS, () => this.flush());
    });
  }

  private flush(): void {
    const callers = this.callers;
    this.callers = [];
    const byJob = groupBy(callers, (ref) => JSON.stringify([ref.namespace, ref.jobId]));
    if (byJob.length <= MOST_SINGLE_JOBS) {
      for (const group of byJob) this.serve(group, (ref) => this.readJob(ref));
      return;
    }
    for (const group of groupBy(callers, (ref) => ref.namespace)) {
      this.serve(group, (ref) => this.readNamespace(ref.namespace));
    }
  }

  /** Asks once for all of a group of callers; each is given what is its job's. */
  private serve(group: readonly Caller[], ask: (ref: JobRef) => Promise<Rollout>): void {
    const first = group[0];
    if (first === undefined) return;
    void ask(first.ref).then(
      (all) => group.forEach((caller) => caller.resolve(partOf(all, caller.ref))),
      (error: unknown) => group.forEach((caller) => caller.reject(error)),
    );
  }

  private async readJob(ref: JobRef): Promise<Rollout> {
    const path = `/v1/job/${encodeURIComponent(ref.jobId)}`;
    return this.readBoth(`of job ${jobName(ref)}`, path, ref.namespace);
  }

  private readNamespace(namespace: string): Promise<Rollout> {
    return this.readBoth(`in namespace ${namespace}`, '/v1', namespace);
  }

  private async readBoth(where: string, path: string, namespace: string): Promise<Rollout> {
    const question = (what: string): Question => ({
      doing: `read ${what} ${where}`,
      permission: 'namespace:read-job',
      path: `${path}/${what}`,
      query: { namespace },
      stale: true,
    });
    const [deployments, evaluations] = await Promise.all([
      this.readList(question('deployments'), readDeployment),
      this.readList(question('evaluations'), readEvaluation),
    ]);
    return { deployments, evaluations };
  }

  private async readList<T>(question: Question, readItem: (value: unknown) => T): Promise<readonly T[]> {
    const answer = await this.reader.ask(question, this.closing);
    return parseAnswer(answer.text, { ...question, mutating: false }, (value) =>
      needList(value, 'the answer').map(readItem),
    );
  }
}

function partOf(all: Rollout, ref: JobRef): Rollout {
  const isOf = (facts: DeploymentFacts | EvaluationFacts): boolean =>
    facts.jobId === ref.jobId && facts.namespace === ref.namespace;
  return { deployments: all.deployments.filter(isOf), evaluations: all.evaluations.filter(isOf) };
}

function groupBy(callers: readonly Caller[], keyOf: (ref: JobRef) => string): readonly (readonly Caller[])[] {
  const groups = new Map<string, Caller[]>();
  for (const caller of callers) {
    const key = keyOf(caller.ref);
    groups.set(key, [...(groups.get(key) ?? []), caller]);
  }
  return [...groups.values()];
}

function stopped(ref: JobRef): PortError {
  return new PortError('cancelled', {
    service: 'nomad',
    doing: `read deployments and evaluations of job ${jobName(ref)}`,
    text: 'stopped',
  });
}
