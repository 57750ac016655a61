import { distinctHosts, filterReason } from './feasibility.ts';
import { jobKey, keyOfJob } from './job-types.ts';
import { addToUsage, emptyUsage, groupKey, portKey } from './node-usage.ts';
import { fitScore, isBetter, normalized } from './scores.ts';
import type { Random } from '../random.ts';
import type { GroupSpec, Job } from './job-types.ts';
import type { NodeUsage, Usage } from './node-usage.ts';
import type { Allocation, AllocationMetrics, Node, NodeScore } from './types.ts';

const MAX_SKIPPED = 3;
const SERVICE_MIN_OPTIONS = 2;

/** The outcome of looking for a node: where to, or nothing, and what was seen on the way. */
export interface Selection {
  readonly node: Node | undefined;
  readonly metrics: AllocationMetrics;
}

export interface SelectionRequest {
  readonly job: Job;
  readonly group: GroupSpec;
  /** Nodes that are avoided because the allocation failed there. */
  readonly penaltyNodes: ReadonlySet<string>;
}

interface Counts {
  evaluated: number;
  filtered: number;
  exhausted: number;
  readonly classFiltered: Record<string, number>;
  readonly constraintFiltered: Record<string, number>;
  readonly classExhausted: Record<string, number>;
  readonly dimensionExhausted: Record<string, number>;
  readonly scores: NodeScore[];
}

/** Looks for nodes within one plan: what the plan stops is free, what it places is taken. */
export class Placer {
  private readonly usage: NodeUsage;
  private readonly random: Random;
  private readonly deltas = new Map<string, Usage>();
  private readonly nodes: readonly Node[];
  private readonly available: Readonly<Record<string, number>>;
  private next = 0;

  constructor(nodes: readonly Node[], usage: NodeUsage, random: Random) {
    this.usage = usage;
    this.random = random;
    this.nodes = random.shuffled(nodes);
    const available: Record<string, number> = {};
    for (const node of nodes) available[node.datacenter] = (available[node.datacenter] ?? 0) + 1;
    this.available = available;
  }

  /** Counts an allocation of the plan as gone (−1) or placed (+1). */
  account(allocation: Allocation, sign: 1 | -1): void {
    const delta = this.deltas.get(allocation.nodeId) ?? emptyUsage();
    addToUsage(delta, allocation, sign);
    this.deltas.set(allocation.nodeId, delta);
  }

  /** The best of a few suitable nodes, in random order as the servers do it. */
  select(request: SelectionRequest): Selection {
    const counts = newCounts();
    const options = this.options(request, counts);
    const best = options.reduce<Option | undefined>((a, b) => (isBetter(b, a) ? b : a), undefined);
    return { node: best?.node, metrics: this.metricsOf(counts) };
  }

  /** Whether one node can take it: for system jobs. */
  tryNode(node: Node, request: SelectionRequest): Selection {
    const counts = newCounts();
    const option = this.consider(node, request, counts);
    return { node: option?.node, metrics: this.metricsOf(counts) };
  }

  private options(request: SelectionRequest, counts: Counts): readonly Option[] {
    const isBatch = request.job.spec.type === 'batch';
    const logarithm = Math.ceil(Math.log2(Math.max(1, this.nodes.length)));
    const wanted = isBatch ? SERVICE_MIN_OPTIONS : Math.max(SERVICE_MIN_OPTIONS, logarithm);
    const found: Option[] = [];
    const skipped: Option[] = [];
    for (let seen = 0; seen < this.nodes.length && found.length < wanted; seen += 1) {
      const node = this.nodes[this.next % this.nodes.length];
      this.next += 1;
      const option = node && this.consider(node, request, counts);
      if (!option) continue;
      if (option.score <= 0 && skipped.length < MAX_SKIPPED) skipped.push(option);
      else found.push(option);
    }
    return [...found, ...skipped.slice(0, Math.max(0, wanted - found.length))];
  }

  private consider(node: Node, request: SelectionRequest, counts: Counts): Option | undefined {
    counts.evaluated += 1;
    const reason = filterReason(node, request.job, request.group) ?? this.hostTaken(node, request);
    if (reason !== undefined) {
      counts.filtered += 1;
      bump(counts.constraintFiltered, reason);
      if (node.nodeClass !== '') bump(counts.classFiltered, node.nodeClass);
      return undefined;
    }
    const used = this.used(node, request.group);
    const dimension = this.portTaken(node, request.group) ?? exhausted(node, used);
    if (dimension !== undefined) {
      counts.exhausted += 1;
      bump(counts.dimensionExhausted, dimension);
      if (node.nodeClass !== '') bump(counts.classExhausted, node.nodeClass);
      return undefined;
    }
    return this.scored(node, request, { used, counts });
  }

  private scored(node: Node, request: SelectionRequest, seen: { used: Usage; counts: Counts }): Option {
    const { group, job, penaltyNodes } = request;
    const collisions = this.count(node, groupKey(keyOfJob(job), group.name));
    const scores = {
      binpack: fitScore(node, seen.used),
      'job-anti-affinity': collisions > 0 ? -(collisions + 1) / Math.max(1, group.count) : 0,
      'node-affinity': 0,
      'node-reschedule-penalty': penaltyNodes.has(node.id) ? -1 : 0,
    };
    const score = normalized(scores);
    seen.counts.scores.push({ nodeId: node.id, normScore: score, scores });
    return { node, score };
  }

  private hostTaken(node: Node, { job, group }: SelectionRequest): string | undefined {
    const scope = distinctHosts(job, group);
    if (scope === null) return undefined;
    const key = jobKey(job.spec.namespace, job.spec.id);
    return this.count(node, scope === 'job' ? key : groupKey(key, group.name)) > 0
      ? 'distinct_hosts'
      : undefined;
  }

  private portTaken(node: Node, group: GroupSpec): string | undefined {
    const taken = group.staticPorts.find(({ port }) => this.count(node, portKey(port)) > 0);
    return taken && `network: reserved port collision ${taken.label}=${taken.port}`;
  }

  private count(node: Node, key: string): number {
    return (this.usage.of(node.id).counts.get(key) ?? 0) + (this.deltas.get(node.id)?.counts.get(key) ?? 0);
  }

  private used(node: Node, group: GroupSpec): Usage {
    const placed = this.usage.of(node.id);
    const delta = this.deltas.get(node.id);
    return {
      cpuMhz: placed.cpuMhz + (delta?.cpuMhz ?? 0) + group.cpuMhz,
      memoryMb: placed.memoryMb + (delta?.memoryMb ?? 0) + group.memoryMb,
      diskMb: placed.diskMb + (delta?.diskMb ?? 0) + group.diskMb,
      counts: placed.counts,
    };
  }

  private metricsOf(counts: Counts): AllocationMetrics {
    return {
      nodesEvaluated: counts.evaluated,
      nodesFiltered: counts.filtered,
      nodesExhausted: counts.exhausted,
      coalescedFailures: 0,
      nodesAvailable: this.available,
      classFiltered: counts.classFiltered,
      constraintFiltered: counts.constraintFiltered,
      classExhausted: counts.classExhausted,
      dimensionExhausted: counts.dimensionExhausted,
      scores: counts.scores.toSorted((a, b) => b.normScore - a.normScore),
      allocationTimeNs: this.random.int(15_000, 90_000),
    };
  }
}

interface Option {
  readonly node: Node;
  readonly score: number;
}

function newCounts(): Counts {
  return {
    evaluated: 0,
    filtered: 0,
    exhausted: 0,
    classFiltered: {},
    constraintFiltered: {},
    classExhausted: {},
    dimensionExhausted: {},
    scores: [],
  };
}

function bump(counts: Record<string, number>, key: string): void {
  counts[key] = (counts[key] ?? 0) + 1;
}

function exhausted(node: Node, used: Usage): string | undefined {
  if (used.cpuMhz > node.cpuMhz - node.reservedCpuMhz) return 'cpu';
  if (used.memoryMb > node.memoryMb - node.reservedMemoryMb) return 'memory';
  if (used.diskMb > node.diskMb - node.reservedDiskMb) return 'disk';
  return undefined;
}
