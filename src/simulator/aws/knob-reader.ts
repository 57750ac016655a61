import { asArray } from '../json-text.ts';
import { readCloudTiming } from '../world-file-pool.ts';
import { JOINS } from './pool-description.ts';
import type { FieldReader } from '../world-file-reader.ts';
import type { CallFault, CloudFaults } from './cloud-faults.ts';
import type { CloudTiming } from './cloud-timing.ts';
import type { GroupUpdate } from './cloud.ts';
import type { StrayInput } from './instance-maker.ts';
import type { Join } from './pool-description.ts';

const MODES = ['throttle', 'deny', 'error', 'html', 'hang', 'lost', 'done-error'] as const;

/** Reads what is to be wrong with the service; what is left out stays, null takes the faulty calls away. */
export function readCloudFaults(reader: FieldReader): Partial<CloudFaults> {
  const latencyMs = reader.range('latencyMs');
  const staleMs = reader.range('staleMs');
  const isCleared = reader.raw('calls') === null;
  const calls = isCleared ? [] : reader.children('calls').map(readCallFault);
  const faults = {
    ...(latencyMs ? { latencyMs } : {}),
    ...(staleMs ? { staleMs } : {}),
    ...(isCleared || reader.has('calls') ? { calls } : {}),
  };
  reader.refuseOthers();
  return faults;
}

function readCallFault(reader: FieldReader): CallFault {
  const actions = reader.texts('actions');
  const fault = {
    mode: reader.oneOf('mode', MODES, 'error'),
    ...(actions ? { actions } : {}),
    ...(reader.has('next') ? { next: reader.number('next', { min: 1 }) } : {}),
    ...(reader.has('fraction') ? { fraction: reader.number('fraction') } : {}),
    ...(reader.has('code') ? { code: reader.text('code') } : {}),
    ...(reader.has('message') ? { message: reader.text('message') } : {}),
    ...(reader.has('status') ? { status: reader.number('status', { min: 100 }) } : {}),
  };
  reader.refuseOthers();
  return fault;
}

/** What a pool is to do from now on. */
export interface PoolOrder {
  readonly name: string;
  readonly update: GroupUpdate;
  readonly suspended: readonly string[] | undefined;
  readonly protectsNew: boolean | undefined;
  readonly timing: Partial<CloudTiming>;
  readonly failLaunches: number | undefined;
  readonly launchFailure: string | undefined;
  readonly joins: Join | undefined;
  readonly nextJoins: readonly Join[] | undefined;
}

/** Reads what a pool is to do; what is left out stays. */
export function readPoolOrder(reader: FieldReader): PoolOrder {
  const order = {
    name: reader.text('pool'),
    update: {
      ...(reader.has('min') ? { min: reader.number('min') } : {}),
      ...(reader.has('max') ? { max: reader.number('max') } : {}),
      ...(reader.has('desired') ? { desired: reader.number('desired') } : {}),
    },
    suspended: reader.texts('suspended'),
    protectsNew: reader.has('protectsNew') ? reader.boolean('protectsNew', false) : undefined,
    timing: readCloudTiming(reader),
    failLaunches: readFailures(reader),
    launchFailure: reader.has('launchFailure') ? reader.text('launchFailure') : undefined,
    joins: reader.has('joins') ? reader.oneOf('joins', JOINS, 'ordinary') : undefined,
    nextJoins: readNextJoins(reader),
  };
  reader.refuseOthers();
  return order;
}

/** A number of launches, or `always`. */
function readFailures(reader: FieldReader): number | undefined {
  if (reader.raw('failLaunches') === 'always') return Infinity;
  return reader.has('failLaunches') ? reader.number('failLaunches') : undefined;
}

function readNextJoins(reader: FieldReader): readonly Join[] | undefined {
  const value = reader.raw('nextJoins');
  if (value === undefined) return undefined;
  const joins = asArray(value).flatMap((item) => JOINS.find((join) => join === item) ?? []);
  if (!Array.isArray(value) || joins.length < asArray(value).length) {
    reader.fault('nextJoins', `must be a list of ${JOINS.join(', ')}`);
  }
  return joins;
}

/** Reads an instance that is to be there and belongs to no pool. */
export function readStray(reader: FieldReader): StrayInput {
  const addresses = reader.texts('addresses');
  const stray = {
    region: reader.text('region', 'us-east-1'),
    ...(reader.has('zone') ? { zone: reader.text('zone') } : {}),
    ...(addresses ? { addresses } : {}),
    tags: reader.textMap('tags'),
    isTerminationProtected: reader.boolean('isTerminationProtected', false),
  };
  reader.refuseOthers();
  return stray;
}
