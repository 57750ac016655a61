/** Members whose keys are names of things, not of fields: all their values have one shape. */
const MAPS = new Set([
  'Attributes',
  'ClassEligibility',
  'ClassExhausted',
  'ClassFiltered',
  'Config',
  'ConstraintFiltered',
  'Details',
  'DimensionExhausted',
  'Drivers',
  'FailedTGAllocs',
  'HostVolumes',
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

/** What several bodies have in common at one place, and what at least one of them has. */
export interface JoinedShape {
  /** Types of the values seen, `null` among them. */
  readonly kinds: ReadonlySet<string>;
  /** Of lists and maps: the shape of every member. */
  readonly members: JoinedShape | undefined;
  /** Of objects. */
  readonly fields: ReadonlyMap<string, JoinedShape>;
  /** Fields that every object had. */
  readonly always: readonly string[];
}

type Fields = Readonly<Record<string, unknown>>;

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'list' : typeof value;
}

function isFields(value: unknown): value is Fields {
  return kindOf(value) === 'object';
}

/** Joins the shapes of values of one place; `name` is the field they were in. */
export function joinedShape(values: readonly unknown[], name = ''): JoinedShape {
  const objects = values.filter(isFields);
  const isMap = MAPS.has(name);
  const listed = values.filter((value) => Array.isArray(value)).flat() as readonly unknown[];
  const mapped = isMap ? objects.flatMap((object) => Object.values(object)) : [];
  const members = [...listed, ...mapped];
  const keys = isMap ? [] : [...new Set(objects.flatMap((object) => Object.keys(object)))];
  const fields = keys.map((key) => [key, joinedShape(valuesOf(objects, key), key)] as const);
  return {
    kinds: new Set(values.map(kindOf)),
    members: members.length > 0 ? joinedShape(members) : undefined,
    fields: new Map(fields),
    always: keys.filter((key) => objects.every((object) => key in object)),
  };
}

function valuesOf(objects: readonly Fields[], key: string): readonly unknown[] {
  return objects.flatMap((object) => (key in object ? [object[key]] : []));
}

/** How a value differs from all that was seen at its place; null may stand for anything, and anything for it. */
export function shapeFaults(shape: JoinedShape, value: unknown, path: readonly string[] = []): string[] {
  const kind = kindOf(value);
  if (kind === 'null' || [...shape.kinds].every((seen) => seen === 'null')) return [];
  if (!shape.kinds.has(kind))
    return [`${path.join('.')}: ${[...shape.kinds].join(' or ')} recorded, ${kind} given`];
  if (Array.isArray(value)) return memberFaults(shape, Object.entries(value), path);
  if (!isFields(value)) return [];
  return MAPS.has(path.at(-1) ?? '')
    ? memberFaults(shape, Object.entries(value), path)
    : fieldFaults(shape, value, path);
}

function memberFaults(
  { members }: JoinedShape,
  entries: readonly (readonly [string, unknown])[],
  path: readonly string[],
): string[] {
  if (!members) return [];
  return entries.flatMap(([name, value]) => shapeFaults(members, value, [...path, `[${name}]`]));
}

function fieldFaults({ fields, always }: JoinedShape, object: Fields, path: readonly string[]): string[] {
  const missing = always.filter((key) => !(key in object));
  const known = Object.entries(object).flatMap(([key, value]) => {
    const field = fields.get(key);
    return field ? shapeFaults(field, value, [...path, key]) : [`${[...path, key].join('.')}: not recorded`];
  });
  return [...missing.map((key) => `${[...path, key].join('.')}: missing`), ...known];
}
