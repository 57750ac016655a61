import { parseJson } from './json-text.ts';
import { readLoad } from './load-reader.ts';
import { FieldReader } from './world-file-reader.ts';
import { readJob } from './world-file-job.ts';
import { readNodes } from './world-file-node.ts';
import { readPools } from './world-file-pool.ts';
import { DEFAULT_TIMING } from './world/timing.ts';
import { World } from './world/world.ts';
import type { Clock } from '../ports/clock.ts';
import type { PoolDescription } from './aws/pool-description.ts';
import type { WorldJob } from './world-file-job.ts';
import type { NodeInput } from './world/node-build.ts';
import type { Timing } from './world/timing.ts';

export { readLoad };
export { readNodeInput } from './world-file-node.ts';

/** A world as a file describes it. */
export interface WorldDescription {
  readonly seed: number | string;
  readonly timing: Partial<Timing>;
  readonly nodes: readonly NodeInput[];
  readonly jobs: readonly WorldJob[];
  readonly pools: readonly PoolDescription[];
}

/** The description, or every fault of it, each one line that names its place. */
export type ParsedWorld =
  | { readonly ok: true; readonly description: WorldDescription }
  | { readonly ok: false; readonly faults: readonly string[] };

/** Reads a world file. */
export function parseWorldFile(text: string): ParsedWorld {
  const faults: string[] = [];
  try {
    const reader = new FieldReader(parseJson(text), '', faults);
    const description = readDescription(reader);
    return faults.length === 0 ? { ok: true, description } : { ok: false, faults };
  } catch (error) {
    return { ok: false, faults: [`not JSON: ${error instanceof Error ? error.message : String(error)}`] };
  }
}

function readDescription(reader: FieldReader): WorldDescription {
  const seed = reader.raw('seed') ?? 1;
  if (typeof seed !== 'number' && typeof seed !== 'string')
    reader.fault('seed', 'must be a number or a text');
  const timing = reader.child('timing');
  const nodes = reader.children('nodes').flatMap((node) => readNodes(node));
  const jobs = reader.children('jobs').flatMap((job) => readJob(job));
  const pools = readPools(reader);
  reader.refuseOthers();
  return {
    seed: typeof seed === 'number' || typeof seed === 'string' ? seed : 1,
    timing: timing ? readTiming(timing) : {},
    nodes,
    jobs,
    pools,
  };
}

const SINGLE = ['gcIntervalMs', 'gcEvaluationsMs', 'gcJobsMs', 'gcNodesMs'] as const;

function readTiming(reader: FieldReader): Partial<Timing> {
  const timing: Record<string, number | readonly [number, number]> = {};
  for (const key of Object.keys(DEFAULT_TIMING)) {
    if (!reader.has(key)) continue;
    const isSingle = SINGLE.some((name) => name === key);
    timing[key] = isSingle ? reader.number(key) : (reader.range(key) ?? [0, 0]);
  }
  reader.refuseOthers();
  return timing;
}

/** Builds the world: nodes first, then jobs with their loads. Pools are left to `createCloudPools`. */
export function buildWorld(description: WorldDescription, clock: Clock): World {
  const world = new World({ clock, seed: description.seed, timing: description.timing });
  for (const node of description.nodes) world.addNode(node);
  for (const { spec, namespace, id, loads } of description.jobs) {
    world.jobs.register(spec);
    for (const { group, load } of loads) world.statistics.setLoad({ namespace, jobId: id, group }, load);
  }
  return world;
}
