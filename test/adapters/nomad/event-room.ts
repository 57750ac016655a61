import { onTestFinished } from 'vitest';
import { createNomad } from '../../../src/adapters/nomad/nomad.ts';
import { createWriteAgent } from '../../../src/adapters/system/write-agent.ts';
import type { ClusterView, Nomad } from '../../../src/ports/nomad.ts';
import type { Face, FaceRequest, FaceResponse } from '../../../src/simulator/face.ts';
import { axiosAdapterFor } from '../../../src/simulator/in-memory.ts';
import { createNomadFace } from '../../../src/simulator/nomad/face.ts';
import { Random } from '../../../src/simulator/random.ts';
import { VirtualClock } from '../../../src/simulator/virtual-clock.ts';
import { buildWorld, parseWorldFile } from '../../../src/simulator/world-file.ts';
import { keyOfJob } from '../../../src/simulator/world/job-types.ts';
import { isActive } from '../../../src/simulator/world/types.ts';
import type { World } from '../../../src/simulator/world/world.ts';
import { STEADY_TIMING } from '../../support/virtual-cluster.ts';
import { scenarioJob } from '../../support/virtual-jobs.ts';
import { Heard } from './cluster-world.ts';

/** A line of the stream on its way to the follower: what arrives of it, undefined for nothing. */
export type Tamper = (line: string) => string | undefined;

type Answering = (request: FaceRequest) => FaceResponse | undefined;

/** Resolves when a request may be answered. */
export type Hold = (request: FaceRequest) => Promise<void> | undefined;

/** `answer`: as the member of the room, from the beginning. */
export interface RoomOptions {
  readonly jobs?: number;
  readonly seed?: number;
  readonly answer?: Answering;
}

/** A simulated Nomad that is followed, with a hand on the wire between them. */
export class EventRoom {
  readonly clock = new VirtualClock();
  readonly heard = new Heard();
  readonly world: World;
  /** Requests so far: method, path and query. */
  readonly requests: string[] = [];
  /** Answers in the server's place. */
  answer: Answering;
  /** What becomes of each line of the stream. */
  tamper: Tamper = (line) => line;
  /** Keeps answers, made at once, back. */
  hold: Hold = () => undefined;
  readonly nomad: Nomad;
  readonly stop: () => Promise<void>;
  private cutting = new AbortController();

  constructor(options: RoomOptions = {}) {
    const { jobs = 2, seed = 1, answer = () => undefined } = options;
    this.answer = answer;
    const parsed = parseWorldFile(
      JSON.stringify({
        nodes: [{ count: 3, cpuMhz: 8_000, memoryMb: 16_384 }],
        jobs: Array.from({ length: jobs }, (_none, at) => scenarioJob({ id: `job-${at}`, count: 2 })),
      }),
    );
    if (!parsed.ok) throw new Error(parsed.faults.join('\n'));
    this.world = buildWorld({ ...parsed.description, seed, timing: STEADY_TIMING }, this.clock);
    const random = new Random(`${seed}/room`);
    const nomad = createNomad({
      address: 'http://nomad.test',
      namespace: '*',
      tls: {},
      clock: this.clock,
      random: () => random.next(),
      writeAgent: createWriteAgent,
      adapter: axiosAdapterFor(this.wire(createNomadFace(this.world)), {
        clock: this.clock,
        activity: () => this.clock.activity(),
      }),
    });
    this.nomad = nomad;
    this.stop = nomad.follow(this.heard, { nodes: true });
    onTestFinished(() => nomad.close());
  }

  get view(): ClusterView {
    const view = this.heard.views.at(-1);
    if (!view) throw new Error('no view yet');
    return view;
  }

  /** Requests since the last call that fit. */
  asked(pattern: RegExp): readonly string[] {
    return this.requests.filter((line) => pattern.test(line));
  }

  /** Breaks the connection of the stream. */
  cut(): void {
    this.cutting.abort();
    this.cutting = new AbortController();
  }

  run(ms: number): Promise<void> {
    return this.clock.advance(ms);
  }

  /** True when the count was changed: servers of 1.0 corrupt their memory when they refuse that in a deployment. */
  tryScale(jobId: string, count: number): boolean {
    const { store } = this.world;
    const job = store.job('default', jobId);
    const deployment = job && store.latestDeployment(keyOfJob(job));
    if (!job || job.stop || (deployment && isActive(deployment))) return false;
    this.scale(jobId, count);
    return true;
  }

  scale(jobId: string, count: number): void {
    const request = {
      namespace: 'default',
      jobId,
      group: 'api',
      count,
      message: '',
      error: false,
      meta: null,
    };
    this.world.scale(request);
  }

  register(jobId: string): void {
    const parsed = parseWorldFile(JSON.stringify({ jobs: [scenarioJob({ id: jobId, count: 2 })] }));
    if (parsed.ok) for (const { spec } of parsed.description.jobs) this.world.jobs.register(spec);
  }

  /** What the view shows of jobs, allocations and nodes. */
  shown(): readonly string[] {
    const { view } = this;
    const jobs = view.jobs.map((job) => `job ${job.jobId}@${job.modifyIndex} = ${job.groups[0]?.count}`);
    const nodes = (view.nodes?.all ?? []).map((node) => `node ${node.id} ${node.status} ${node.eligible}`);
    const refs = this.world.store.tables.jobs.all().map(({ spec }) => spec.id);
    const work = refs.flatMap((jobId) =>
      view.allocations({ namespace: 'default', jobId, group: 'api' }).map(textOf),
    );
    return [...jobs, ...nodes, ...work].toSorted();
  }

  /** What there is. */
  truth(): readonly string[] {
    const { jobs, nodes, allocations } = this.world.store.tables;
    const running = jobs.all().filter(({ stop }) => !stop);
    return [
      ...running.map(
        ({ spec, jobModifyIndex }) => `job ${spec.id}@${jobModifyIndex} = ${spec.groups[0]?.count}`,
      ),
      ...nodes.all().map((node) => `node ${node.id} ${node.status} ${node.eligible}`),
      ...allocations
        .all()
        .filter(({ jobId }) => jobs.all().some(({ spec }) => spec.id === jobId))
        .map((one) => textOf({ ...one, jobType: one.job.spec.type })),
    ].toSorted();
  }

  private wire(face: Face): Face {
    return {
      handle: async (request) => {
        this.requests.push(`${request.method} ${request.path}?${request.query.toString()}`);
        const answer = this.answer(request) ?? (await face.handle(request));
        await this.hold(request);
        return answer.stream ? { ...answer, stream: this.lines(answer.stream) } : answer;
      },
    };
  }

  private async *lines(stream: AsyncIterable<string>): AsyncGenerator<string, void, undefined> {
    const { signal } = this.cutting;
    const broken = new Promise<'broken'>((resolve) => {
      signal.addEventListener('abort', () => resolve('broken'), { once: true });
    });
    const iterator = stream[Symbol.asyncIterator]();
    for (;;) {
      const next = await Promise.race([iterator.next(), broken]);
      if (next === 'broken') throw Object.assign(new Error('cut'), { code: 'ECONNRESET' });
      if (next.done === true) return;
      const line = this.tamper(next.value);
      if (line !== undefined) yield line;
    }
  }
}

function textOf(one: {
  readonly id: string;
  readonly jobId: string;
  readonly nodeId: string;
  readonly desiredStatus: string;
  readonly clientStatus: string;
  readonly jobType: string;
}): string {
  return `${one.jobId} ${one.jobType} ${one.id} on ${one.nodeId}: ${one.desiredStatus} ${one.clientStatus}`;
}

/** The whole list, not the empty one that only tells its index. */
export const LIST = /^GET \/v1\/allocations\?(?!.*(?:prefix|wait)=).*resources=true/;
export const INDEX = /^GET \/v1\/allocations\?.*prefix=/;
export const STREAM = /^GET \/v1\/event\/stream/;
export const BODIES = /^GET \/v1\/(?:job|node)\//;
