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
import type { ServerVersion } from './server-version.ts';
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
  private readonly version: ServerVersion;
  private readonly turns = new FairQueue(SCALINGS, () => SCALINGS);

  constructor(reader: Reader, writer: Writer, version: ServerVersion) {
    this.reader = reader;
    this.writer = writer;
    this.version = version;
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
    permit.assertHeld();
    const hasEndpoint = request.deploys && (await this.version.refusesCleanly(permit.signal));
    const job = await this.readUnchanged(request, permit.signal);
    if (job.facts.type === 'service') await this.refuseDuringDeployment(request, permit.signal);
    return hasEndpoint ? this.scaleGroup(request, permit) : this.register(request, job, permit);
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

  /** Registering would cancel a user's deployment; one that begins after this look changes the job's index. */
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

  /** Whatever a user changes after our read moves the index: the request is then refused. */
  private async register(request: ScaleRequest, job: JobAsRead, permit: WritePermit): Promise<ScaleAccepted> {
    const order = {
      ...orderOf(request, '/v1/jobs', 'namespace:submit-job'),
      body: registerBody(job.text, request.group, request.to),
    };
    const accepted = readAccepted(order, await this.writer.write(order, permit));
    await this.tryTell(request, permit);
    return accepted;
  }

  /** Best effort: a scaling event without a count, so that the reason is found where people look for it. */
  private async tryTell(request: ScaleRequest, permit: WritePermit): Promise<void> {
    const { group, message, numbers } = request;
    const order = {
      ...orderOf(request, `${jobPath(request)}/scale`, 'namespace:scale-job'),
      body: JSON.stringify({ Target: { Group: group }, Message: message, Meta: numbers }),
    };
    try {
      await this.writer.write(order, permit);
    } catch {
      // The scaling itself was accepted; servers before 0.11 have no events.
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
