import type { JobFacts, JobRef } from '../../domain/snapshot.ts';
import { groupId, isActiveDeployment, jobName } from '../../domain/snapshot.ts';
import type { ScaleAccepted, ScaleRequest } from '../../ports/nomad.ts';
import { isPortError } from '../../ports/port-error.ts';
import type { ConflictKind } from '../../ports/port-error.ts';
import type { WritePermit } from '../../ports/write-permit.ts';
import { portError } from './errors.ts';
import type { Attempt } from './errors.ts';
import type { Answer } from './exchange.ts';
import { FairQueue } from './fair-queue.ts';
import { fieldsOf, needFields, needNumber, parseAnswer, textOf } from './json.ts';
import type { Question, Reader } from './reader.ts';
import { registerBody } from './register-body.ts';
import { readJobFacts } from './wire-job.ts';
import { readDeployment } from './wire-rollout.ts';
import type { Order, Writer } from './writer.ts';

/** Scalings under way at once: more would only wait for their connections with what they read ageing. */
const SCALINGS = 2;

interface JobAsRead {
  readonly text: string;
  readonly facts: JobFacts;
}

/** Sets counts, each after a look at the job as the leader has it. */
export class Scaler {
  private readonly reader: Reader;
  private readonly writer: Writer;
  private readonly turns = new FairQueue(SCALINGS, () => SCALINGS);

  constructor(reader: Reader, writer: Writer) {
    this.reader = reader;
    this.writer = writer;
  }

  /** As Nomad.scale. */
  async scale(request: ScaleRequest, permit: WritePermit): Promise<ScaleAccepted> {
    const place = { lane: jobName(request), counts: [] };
    try {
      return await this.turns.run(place, permit.signal, () => this.scaleNow(request, permit));
    } catch (error) {
      if (isPortError(error)) throw error;
      throw portError('cancelled', attemptOf(request), {
        text: 'stopped before it was sent',
        outcomeUnknown: false,
      });
    }
  }

  private async scaleNow(request: ScaleRequest, permit: WritePermit): Promise<ScaleAccepted> {
    const job = await this.readUnchanged(request, permit.signal);
    if (job.facts.type === 'service') await this.refuseDuringDeployment(request, permit.signal);
    if (!request.deploys) return this.register(request, job, permit);
    try {
      return await this.scaleGroup(request, permit);
    } catch (error) {
      if (!(await this.isUnsupported(error, request, permit.signal))) throw error;
      return this.register(request, job, permit);
    }
  }

  private async readUnchanged(request: ScaleRequest, signal: AbortSignal): Promise<JobAsRead> {
    const question = jobQuestion(request);
    const { text } = await this.reader.ask(question, signal);
    const facts = parseAnswer(text, { ...question, mutating: false }, readJobFacts);
    const count = facts.groups.find((group) => group.name === request.group)?.count;
    const changed = whatChanged(request, facts, count);
    if (changed !== undefined) throw conflict(request, 'job-changed', changed);
    return { text, facts };
  }

  /**
   * Registering would cancel a user's deployment. And Nomad before 1.4 sets the count in its leader's
   * memory although it refuses a scale request because of a running deployment, and its next evaluation
   * obeys that count: so it is not asked while one is seen.
   */
  private async refuseDuringDeployment(request: ScaleRequest, signal: AbortSignal): Promise<void> {
    const question = {
      ...jobQuestion(request, '/deployment'),
      doing: `read deployment of ${jobName(request)}`,
    };
    const { text } = await this.reader.ask(question, signal);
    const deployment = parseAnswer(text, { ...question, mutating: false }, (value) =>
      value === null ? undefined : readDeployment(value),
    );
    if (deployment === undefined || !isActiveDeployment(deployment)) return;
    throw conflict(request, 'deployment-active', `deployment ${deployment.id} is ${deployment.status}`);
  }

  /** JobModifyIndex is honoured by Nomad 1.9 and later, and ignored by older ones. */
  private async scaleGroup(request: ScaleRequest, permit: WritePermit): Promise<ScaleAccepted> {
    const order = {
      ...orderOf(request, `${jobPath(request)}/scale`, 'namespace:scale-job'),
      body: JSON.stringify({
        Count: request.to,
        Target: { Group: request.group },
        Message: request.message,
        Meta: request.numbers,
        JobModifyIndex: request.modifyIndex,
      }),
    };
    return readAccepted(order, await this.writer.write(order, permit));
  }

  private async register(request: ScaleRequest, job: JobAsRead, permit: WritePermit): Promise<ScaleAccepted> {
    const order = {
      ...orderOf(request, '/v1/jobs', 'namespace:submit-job'),
      body: registerBody(job.text, request.group, request.to),
    };
    return readAccepted(order, await this.writer.write(order, permit));
  }

  /** True when the server has no scale endpoint (before 0.11): it knows nothing by that name, but the job. */
  private async isUnsupported(error: unknown, ref: JobRef, signal: AbortSignal): Promise<boolean> {
    if (!isPortError(error) || ![400, 404, 405].includes(error.detail.status ?? 0)) return false;
    if (error.kind === 'conflict' || error.kind === 'denied') return false;
    try {
      await this.reader.ask(jobQuestion(ref, '/scale'), signal);
      return false;
    } catch (missing) {
      if (!isPortError(missing, 'not-found')) throw error;
      return (await this.reader.ask(jobQuestion(ref), signal)).status === 200;
    }
  }
}

/** A question for the job as the leader has it, or for what it has at `below`. */
export function jobQuestion(ref: JobRef, below = ''): Question {
  return {
    doing: `read job ${jobName(ref)}`,
    permission: 'namespace:read-job',
    path: `${jobPath(ref)}${below}`,
    query: { namespace: ref.namespace },
    stale: false,
  };
}

function jobPath(ref: JobRef): string {
  return `/v1/job/${encodeURIComponent(ref.jobId)}`;
}

function whatChanged(request: ScaleRequest, job: JobFacts, count: number | undefined): string | undefined {
  if (job.stopped) return 'the job has been stopped';
  if (job.modifyIndex !== request.modifyIndex) {
    return `the job's index is ${job.modifyIndex}, not ${request.modifyIndex}`;
  }
  if (count === undefined) return `the job has no group ${request.group}`;
  if (count !== request.from) return `the count is ${count}, not ${request.from}`;
  return count === request.to ? `the count is ${count} already` : undefined;
}

function orderOf(request: ScaleRequest, path: string, permission: string): Omit<Order, 'body'> {
  const doing = `scale ${groupId(request)} from ${request.from} to ${request.to}`;
  return { doing, permission, path, query: { namespace: request.namespace } };
}

function attemptOf(request: ScaleRequest): Attempt {
  return { ...orderOf(request, '', ''), mutating: true };
}

function conflict(request: ScaleRequest, kind: ConflictKind, text: string): Error {
  return portError('conflict', attemptOf(request), { text, conflict: kind, outcomeUnknown: false });
}

function readAccepted(order: Order, answer: Answer): ScaleAccepted {
  return parseAnswer(answer.text, { ...order, mutating: true }, (value) => {
    const accepted = needFields(value, 'the answer');
    return {
      modifyIndex: needNumber(accepted, 'JobModifyIndex', 'the answer'),
      evaluationId: textOf(fieldsOf(value), 'EvalID'),
    };
  });
}
