/** Members whose keys are names of things, not of fields: their values are compared, not their keys. */
const MAPS = new Set([
  'Attributes',
  'ClassEligibility',
  'ClassExhausted',
  'ClassFiltered',
  'Config',
  'ConstraintFiltered',
  'DesiredTGUpdates',
  'Details',
  'DimensionExhausted',
  'Drivers',
  'FailedTGAllocs',
  'Links',
  'Meta',
  'NodesAvailable',
  'Pids',
  'QueuedAllocations',
  'Scores',
  'Summary',
  'TaskGroups',
  'TaskLifecycles',
  'TaskResources',
  'TaskStates',
  'Tasks',
]);

/** Fields that Nomad leaves out when they are empty. */
const OPTIONAL = new Set([
  'BlockedEval',
  'ClassEligibility',
  'DeploymentID',
  'DeploymentStatus',
  'DesiredDescription',
  'DesiredTransition',
  'FailedTGAllocs',
  'FollowupEvalID',
  'JobModifyIndex',
  'NetworkStatus',
  'NextAllocation',
  'NodeID',
  'NodeModifyIndex',
  'PreviousAllocation',
  'PreviousEval',
  'QueuedAllocations',
  'RescheduleTracker',
  'SnapshotIndex',
  'StatusDescription',
  'TaskStates',
  'WaitUntil',
]);

/** What differs from server to server, and is not looked at. */
const IGNORED = new Set(['Diff', 'Policy', 'NodeNetworks', 'Networks']);

type Path = readonly (string | number)[];

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'list' : typeof value;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return kindOf(value) === 'object';
}

/** How the shape of a body differs from a recorded one; empty when it does not. */
export function shapeFaults(recorded: unknown, actual: unknown, path: Path = []): string[] {
  const [wanted, found] = [kindOf(recorded), kindOf(actual)];
  if (wanted === 'null' || found === 'null') return [];
  if (wanted !== found) return [`${path.join('.')}: ${wanted} recorded, ${found} found`];
  if (Array.isArray(recorded) && Array.isArray(actual)) return listFaults(recorded, actual, path);
  if (!isObject(recorded) || !isObject(actual)) return [];
  if (MAPS.has(String(path.at(-1)))) return mapFaults(recorded, actual, path);
  return fieldFaults(recorded, actual, path);
}

function closest(candidates: readonly unknown[], actual: unknown, path: Path): string[] {
  const faults = candidates.map((candidate) => shapeFaults(candidate, actual, path));
  return faults.toSorted((a, b) => a.length - b.length)[0] ?? [];
}

function listFaults(recorded: readonly unknown[], actual: readonly unknown[], path: Path): string[] {
  if (recorded.length === 0) return [];
  return actual.flatMap((item, position) => closest(recorded, item, [...path, position]));
}

function mapFaults(recorded: Record<string, unknown>, actual: Record<string, unknown>, path: Path): string[] {
  const candidates = Object.values(recorded);
  if (candidates.length === 0) return [];
  return Object.entries(actual).flatMap(([key, value]) => closest(candidates, value, [...path, key]));
}

function fieldFaults(
  recorded: Record<string, unknown>,
  actual: Record<string, unknown>,
  path: Path,
): string[] {
  const missing = Object.keys(recorded).filter((key) => !(key in actual) && !OPTIONAL.has(key));
  const isSaid = (key: string): boolean => actual[key] !== null && actual[key] !== '';
  const surplus = Object.keys(actual).filter(
    (key) => !(key in recorded) && !OPTIONAL.has(key) && isSaid(key),
  );
  const common = Object.keys(actual).filter((key) => key in recorded && !IGNORED.has(key));
  return [
    ...missing.map((key) => `${[...path, key].join('.')}: missing`),
    ...surplus.map((key) => `${[...path, key].join('.')}: not recorded`),
    ...common.flatMap((key) => shapeFaults(recorded[key], actual[key], [...path, key])),
  ];
}
