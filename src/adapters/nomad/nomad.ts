import type { JobFacts, JobRef } from '../../domain/snapshot.ts';
import { jobName } from '../../domain/snapshot.ts';
import type { ClusterListener, Nomad } from '../../ports/nomad.ts';
import { isPortError } from '../../ports/port-error.ts';
import type { WritePermit } from '../../ports/write-permit.ts';
import { createBlockingFeed } from './blocking-feed.ts';
import { ClusterFollower } from './cluster-follower.ts';
import type { ReadMode } from './job-bodies.ts';
import { parseAnswer } from './json.ts';
import { createLink } from './link.ts';
import type { Link } from './link.ts';
import type { NomadOptions } from './options.ts';
import { Reader } from './reader.ts';
import { RolloutReader } from './rollout.ts';
import { jobQuestion, Scaler } from './scaler.ts';
import { readUsages } from './usage.ts';
import { readAllocation } from './wire-allocation.ts';
import { ServerVersion } from './server-version.ts';
import { readJobFacts, readJobStub } from './wire-job.ts';
import { Writer } from './writer.ts';

/**
 * The Nomad port over HTTP. At most 5 connections beside those for statistics. Throws TypeError at
 * once for an address that is no URL. `close` stops following and aborts what is under way.
 */
export function createNomad(options: NomadOptions): Nomad & { close(): Promise<void> } {
  const link = createLink(options);
  const reader = new Reader(link);
  const writer = new Writer(link);
  const scaler = new Scaler(reader, writer, new ServerVersion(reader, link.clock));
  const rollouts = new RolloutReader(reader, link.clock, link.closing.signal);
  const followers = new Set<ClusterFollower>();
  const recheck = (ref: JobRef): void => followers.forEach((follower) => follower.recheck(ref));
  return {
    follow: (listener) => follow(link, reader, { listener, followers }),
    readUsage: (allocations, deadlineMs, signal) =>
      readUsages({ allocations, deadlineMs, signal }, reader, link.clock),
    readRollout: (ref, signal) => rollouts.read(ref, signal),
    readJob: (ref, signal) => readJob(reader, ref, signal),
    scale: async (request, permit) => {
      try {
        return await scaler.scale(request, permit);
      } catch (error) {
        if (isPortError(error, 'conflict') || isPortError(error, 'not-found')) recheck(request);
        throw error;
      }
    },
    failDeployment: (ref, deploymentId, permit) => failDeployment(writer, ref, { deploymentId, permit }),
    close: async () => {
      await Promise.all([...followers].map((follower) => follower.stop()));
      link.closing.abort(new Error('closed'));
      link.connections.destroy();
    },
  };
}

interface Following {
  readonly listener: ClusterListener;
  readonly followers: Set<ClusterFollower>;
}

function follow(link: Link, reader: Reader, { listener, followers }: Following): () => Promise<void> {
  const tools = { reader, clock: link.clock, random: link.random };
  const { namespace } = link.options;
  const jobs = {
    list: 'jobs',
    permission: 'namespace:list-jobs',
    path: '/v1/jobs',
    query: { namespace },
    readItem: readJobStub,
  };
  const allocations = {
    list: 'allocations',
    permission: 'namespace:read-job',
    path: '/v1/allocations',
    query: { namespace, resources: 'true' },
    readItem: readAllocation,
  };
  const parts = {
    clock: link.clock,
    random: link.random,
    jobs: createBlockingFeed(jobs, tools),
    allocations: createBlockingFeed(allocations, tools),
    readBody: (ref: JobRef, mode: ReadMode, signal: AbortSignal) => readBody(reader, { ref, mode, signal }),
  };
  const follower = new ClusterFollower(parts, listener);
  followers.add(follower);
  return async () => {
    followers.delete(follower);
    await follower.stop();
  };
}

interface BodyRead {
  readonly ref: JobRef;
  readonly mode: ReadMode;
  readonly signal: AbortSignal;
}

async function readBody(reader: Reader, { ref, mode, signal }: BodyRead): Promise<JobFacts | undefined> {
  const question = { ...jobQuestion(ref), stale: mode === 'listed' };
  const lane = mode === 'again' ? 'retry' : 'follow';
  return orNone(async () => {
    const answer = await reader.askOnce(question, lane, signal);
    return parseAnswer(answer.text, { ...question, mutating: false }, readJobFacts);
  });
}

function readJob(reader: Reader, ref: JobRef, signal: AbortSignal): Promise<JobFacts | undefined> {
  const question = jobQuestion(ref);
  return orNone(async () => {
    const answer = await reader.ask(question, signal);
    return parseAnswer(answer.text, { ...question, mutating: false }, readJobFacts);
  });
}

async function orNone(read: () => Promise<JobFacts>): Promise<JobFacts | undefined> {
  try {
    return await read();
  } catch (error) {
    if (isPortError(error, 'not-found')) return undefined;
    throw error;
  }
}

interface Failing {
  readonly deploymentId: string;
  readonly permit: WritePermit;
}

async function failDeployment(writer: Writer, ref: JobRef, { deploymentId, permit }: Failing): Promise<void> {
  const order = {
    doing: `fail deployment ${deploymentId} of job ${jobName(ref)}`,
    permission: 'namespace:submit-job',
    path: `/v1/deployment/fail/${encodeURIComponent(deploymentId)}`,
    query: { namespace: ref.namespace },
    body: '{}',
  };
  await writer.write(order, permit);
}
