import type { NodeFacts } from '../../domain/node.ts';
import type { AllocationFacts, JobFacts, JobRef } from '../../domain/snapshot.ts';
import type { ClusterListener, FollowScope } from '../../ports/nomad.ts';
import { isPortError } from '../../ports/port-error.ts';
import { slept } from './backoff.ts';
import { createBlockingFeed } from './blocking-feed.ts';
import type { FeedTools, ListSource } from './blocking-feed.ts';
import type { ReadBody, ReadMode } from './bodies.ts';
import { ClusterFollower } from './cluster-follower.ts';
import { createEventFeed } from './event-feed.ts';
import { parseAnswer } from './json.ts';
import type { Link } from './link.ts';
import type { FeedSink, ListFeed } from './list-feed.ts';
import { nodeQuestion } from './nodes.ts';
import type { Question, Reader, ReadLane } from './reader.ts';
import { jobQuestion } from './scaler.ts';
import { needSeenNamespace } from './seen-namespaces.ts';
import { readAllocation } from './wire-allocation.ts';
import { readJobFacts, readJobStub } from './wire-job.ts';
import type { JobStub } from './wire-job.ts';
import { readNodeFacts, readNodeStub } from './wire-node.ts';
import type { NodeStub } from './wire-node.ts';

/**
 * Least time between two requests for one list: a busy list is not fetched for each of its changes. Longer lists
 * may wait while each change is told at once.
 */
const GAP_MS = { asked: 1_000, told: 5_000 };
const FEW_ITEMS = 100;
/** What has changed is told whole so soon that it need not be read. */
const TOLD_WITHIN_MS = 400;

/** Those who follow the lists of one Nomad. */
export class Followers {
  private readonly link: Link;
  private readonly reader: Reader;
  private readonly followers = new Set<ClusterFollower>();

  constructor(link: Link, reader: Reader) {
    this.link = link;
    this.reader = reader;
  }

  /** As Nomad.follow. */
  start(listener: ClusterListener, scope: FollowScope): () => Promise<void> {
    const { clock, random, options } = this.link;
    const { namespace } = options;
    const pace = { isStreaming: false };
    const gapMs = (items: number): number =>
      pace.isStreaming && items > FEW_ITEMS ? GAP_MS.told : GAP_MS.asked;
    const tools = { reader: this.reader, clock, random, gapMs };
    const follower = new ClusterFollower(
      {
        clock,
        random,
        later: options.adapter === undefined ? setImmediate : undefined,
        jobs: jobsFeed(tools, namespace),
        readJob: this.unlessTold(pace, (stub, mode, signal) => this.readJob(stub, mode, signal)),
        allocations: createEventFeed({
          ...tools,
          link: this.link,
          source: allocationsSource(tools, namespace),
          nodes: scope.nodes,
          streaming: (isOn) => (pace.isStreaming = isOn),
        }),
        ...(scope.nodes && { nodes: nodesFeed(tools, this.link) }),
        readNode: this.unlessTold(pace, (stub, mode, signal) => this.readNode(stub, mode, signal)),
      },
      listener,
    );
    this.followers.add(follower);
    return async () => {
      this.followers.delete(follower);
      await follower.stop();
    };
  }

  /** Reads a job again that was found to differ from what the views show. */
  recheck(ref: JobRef): void {
    for (const follower of this.followers) follower.recheck(ref);
  }

  async stop(): Promise<void> {
    await Promise.all([...this.followers].map((follower) => follower.stop()));
  }

  /** What a stream tells need not be read: reading waits for it a moment. */
  private unlessTold<S, F>(pace: { readonly isStreaming: boolean }, read: ReadBody<S, F>): ReadBody<S, F> {
    return async (stub, mode, signal) => {
      const isTold = pace.isStreaming && mode === 'listed';
      if (isTold && !(await slept(this.link.clock, TOLD_WITHIN_MS, signal))) return undefined;
      return read(stub, mode, signal);
    };
  }

  private readJob(ref: JobRef, mode: ReadMode, signal: AbortSignal): Promise<JobFacts | undefined> {
    const question = { ...jobQuestion(ref), stale: mode === 'listed' };
    const lane = mode === 'again' ? 'retry' : 'follow';
    return this.read(question, { lane, signal }, readJobFacts);
  }

  private readNode(stub: NodeStub, mode: ReadMode, signal: AbortSignal): Promise<NodeFacts | undefined> {
    const question = { ...nodeQuestion(stub.id), stale: mode === 'listed' };
    const lane = mode === 'again' ? 'retry' : 'node';
    return this.read(question, { lane, signal }, readNodeFacts);
  }

  private async read<T>(
    question: Question,
    { lane, signal }: { readonly lane: ReadLane; readonly signal: AbortSignal },
    readValue: (value: unknown) => T,
  ): Promise<T | undefined> {
    try {
      const answer = await this.reader.askOnce(question, lane, signal);
      return parseAnswer(answer.text, { ...question, mutating: false }, readValue);
    } catch (error) {
      if (isPortError(error, 'not-found')) return undefined;
      throw error;
    }
  }
}

function jobsFeed(tools: FeedTools, namespace: string): ListFeed<JobStub> {
  const source = {
    list: 'jobs',
    permission: 'namespace:list-jobs',
    path: '/v1/jobs',
    query: { namespace },
    readItem: readJobStub,
  };
  return createBlockingFeed(namespace === '*' ? confirming(source, tools) : source, tools);
}

function allocationsSource(tools: FeedTools, namespace: string): ListSource<AllocationFacts> {
  const source = {
    list: 'allocations',
    permission: 'namespace:read-job',
    path: '/v1/allocations',
    query: { namespace, resources: 'true' },
    readItem: readAllocation,
  };
  return namespace === '*' ? confirming(source, tools) : source;
}

/** An empty list of all namespaces is believed only where the token may list something. */
function confirming<T>(source: ListSource<T>, { reader }: FeedTools): ListSource<T> {
  return { ...source, confirmEmpty: (signal) => needSeenNamespace(source, reader, signal) };
}

/** A third blocking query: its connection is one of those that are otherwise for writes. */
function nodesFeed(tools: FeedTools, { connections, short }: Link): ListFeed<NodeStub> {
  const source = {
    list: 'nodes',
    permission: 'node:read',
    path: '/v1/nodes',
    query: { resources: 'true' },
    readItem: readNodeStub,
  };
  const feed = createBlockingFeed(source, tools);
  const place = { lane: 'list', counts: ['list'], urgent: true };
  return async (sink: FeedSink<NodeStub>, signal: AbortSignal): Promise<void> => {
    const run = async (): Promise<void> => {
      await connections.makeRoom(short.underWay('write') + short.underWay('list'));
      await feed(sink, signal);
    };
    await short.run(place, signal, run).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
  };
}
