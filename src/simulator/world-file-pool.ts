import { DEFAULT_CLOUD_TIMING } from './aws/cloud-timing.ts';
import { JOINS } from './aws/pool-description.ts';
import { readNodeInput } from './world-file-node.ts';
import type { CloudTiming } from './aws/cloud-timing.ts';
import type { PoolDescription } from './aws/pool-description.ts';
import type { FieldReader } from './world-file-reader.ts';

/** Reads the worker pools of a world. */
export function readPools(reader: FieldReader): readonly PoolDescription[] {
  const pools = reader.children('pools').map(readPool);
  const names = pools.map(({ name }) => name);
  const twice = names.find((name, position) => name !== '' && names.indexOf(name) !== position);
  if (twice !== undefined) reader.fault('pools', `has ${twice} twice`);
  return pools;
}

function readPool(reader: FieldReader): PoolDescription {
  const region = reader.text('region', 'us-east-1');
  const min = reader.number('min', { otherwise: 0 });
  const node = reader.child('node');
  const pool = {
    name: reader.text('name'),
    region,
    min,
    max: reader.number('max', { min }),
    desired: reader.number('desired', { otherwise: min, min }),
    zones: reader.texts('zones') ?? [`${region}a`],
    suspended: reader.texts('suspended') ?? [],
    protectsNew: reader.boolean('protectsNew', false),
    interfaces: reader.number('interfaces', { otherwise: 1, min: 1 }),
    node: node ? readNodeInput(node) : {},
    meta: reader.textMap('meta'),
    joins: reader.oneOf('joins', JOINS, 'ordinary'),
    timing: readCloudTiming(reader),
  };
  reader.refuseOthers();
  if (pool.desired > pool.max) reader.fault('desired', 'must not be more than max');
  if (pool.zones.length === 0) reader.fault('zones', 'must name at least one zone');
  return pool;
}

/** Reads those of the times that are given, each a number or a range of milliseconds. */
export function readCloudTiming(reader: FieldReader): Partial<CloudTiming> {
  const timing: Record<string, readonly [number, number]> = {};
  for (const key of Object.keys(DEFAULT_CLOUD_TIMING)) {
    const range = reader.has(key) ? reader.range(key) : undefined;
    if (range) timing[key] = range;
  }
  return timing;
}
