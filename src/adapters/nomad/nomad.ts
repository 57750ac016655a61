import type { JobFacts, JobRef } from '../../domain/snapshot.ts';
import { jobName } from '../../domain/snapshot.ts';
import type { Nomad, ScaleAccepted, ScaleRequest } from '../../ports/nomad.ts';
import { isPortError } from '../../ports/port-error.ts';
import type { WritePermit } from '../../ports/write-permit.ts';
import { Followers } from './follow.ts';
import { parseAnswer } from './json.ts';
import { createLink } from './link.ts';
import { NodeUsage } from './node-usage.ts';
import { drainNode, readNode, readNodeAllocations, undrainNode } from './nodes.ts';
import type { NomadOptions } from './options.ts';
import { Reader } from './reader.ts';
import { RolloutReader } from './rollout.ts';
import { jobQuestion, Scaler } from './scaler.ts';
import { readUsages } from './usage.ts';
import { ServerVersion } from './server-version.ts';
import { StatisticsReader } from './statistics.ts';
import { readJobFacts } from './wire-job.ts';
import { Writer } from './writer.ts';

/**
 * The Nomad port over HTTP. At most 5 connections beside those for statistics. Throws TypeError at
 * once for an address that is no URL. `close` stops following and aborts what is under way.
 */
export function createNomad(options: NomadOptions): Nomad & { close(): Promise<void> } {
  const link = createLink(options);
  const reader = new Reader(link);
  const statistics = new StatisticsReader(link);
  const nodes = options.usageSource === 'node' ? new NodeUsage(link, reader) : undefined;
  const usage = { reader: statistics, nodes };
  const writer = new Writer(link);
  const version = new ServerVersion(reader, link.clock);
  const scaler = new Scaler(reader, writer, version);
  const rollouts = new RolloutReader(reader, link.clock, link.closing.signal);
  const followers = new Followers(link, reader);
  return {
    follow: (listener, scope) => followers.start(listener, scope),
    readUsage: (allocations, deadlineMs, signal) =>
      readUsages({ allocations, deadlineMs, signal }, usage, link.clock),
    readRollout: (ref, signal) => rollouts.read(ref, signal),
    readJob: (ref, signal) => readJob(reader, ref, signal),
    readVersion: (signal) => version.lowestText(signal),
    scale: (request, permit) => scale(scaler, followers, { request, permit }),
    failDeployment: (ref, deploymentId, permit) => failDeployment(writer, ref, { deploymentId, permit }),
    readNode: (nodeId, signal) => readNode(reader, nodeId, signal),
    readNodeAllocations: (nodeId, signal) => readNodeAllocations(reader, nodeId, signal),
    drain: (nodeId, permit) => drainNode(writer, nodeId, permit),
    undrain: (nodeId, permit) => undrainNode(writer, nodeId, permit),
    close: async () => {
      await followers.stop();
      link.closing.abort(new Error('closed'));
      link.connections.destroy();
      statistics.destroy();
    },
  };
}

async function readJob(reader: Reader, ref: JobRef, signal: AbortSignal): Promise<JobFacts | undefined> {
  const question = jobQuestion(ref);
  try {
    const { text } = await reader.ask(question, signal);
    return parseAnswer(text, { ...question, mutating: false }, readJobFacts);
  } catch (error) {
    if (isPortError(error, 'not-found')) return undefined;
    throw error;
  }
}

interface Scaling {
  readonly request: ScaleRequest;
  readonly permit: WritePermit;
}

/** A job that is not as it was decided upon is read again: the view may be behind. */
async function scale(
  scaler: Scaler,
  followers: Followers,
  { request, permit }: Scaling,
): Promise<ScaleAccepted> {
  try {
    return await scaler.scale(request, permit);
  } catch (error) {
    if (isPortError(error, 'conflict') || isPortError(error, 'not-found')) followers.recheck(request);
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
