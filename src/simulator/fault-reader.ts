import type { FieldReader } from './world-file-reader.ts';
import type { Faults, ResponseFault, StatisticsFault } from './world/faults.ts';

/** Reads what is to be wrong with the servers; null takes a fault away, what is left out stays. */
export function readFaults(reader: FieldReader): Partial<Faults> {
  const statistics = reader.child('statistics');
  const response = reader.child('response');
  const latencyMs = reader.range('latencyMs');
  reader.raw('restoreIndexes');
  const faults = {
    ...(statistics ? { statistics: readStatistics(statistics) } : {}),
    ...(reader.raw('statistics') === null ? { statistics: null } : {}),
    ...(response ? { response: readResponse(response) } : {}),
    ...(reader.raw('response') === null ? { response: null } : {}),
    ...(reader.has('hasLeader') ? { hasLeader: reader.boolean('hasLeader', true) } : {}),
    ...(reader.has('throttled') ? { throttled: reader.number('throttled') } : {}),
    ...(latencyMs ? { latencyMs } : {}),
  };
  reader.refuseOthers();
  return faults;
}

function readStatistics(reader: FieldReader): StatisticsFault {
  const [allocations, nodes, jobs] = ['allocations', 'nodes', 'jobs'].map((key) => reader.texts(key));
  const fault = {
    mode: reader.oneOf('mode', ['error', 'hang', 'stale'], 'error'),
    ...(reader.has('fraction') ? { fraction: reader.number('fraction') } : {}),
    ...(allocations ? { allocations } : {}),
    ...(nodes ? { nodes } : {}),
    ...(jobs ? { jobs } : {}),
  };
  reader.refuseOthers();
  return fault;
}

function readResponse(reader: FieldReader): ResponseFault {
  const fault = {
    status: reader.number('status', { min: 100 }),
    body: reader.has('body') ? reader.text('body') : '',
    ...(reader.has('fraction') ? { fraction: reader.number('fraction') } : {}),
    ...(reader.has('path') ? { path: reader.text('path') } : {}),
  };
  reader.refuseOthers();
  return fault;
}
