import { FieldReader } from './world-file-reader.ts';
import type { Json } from './json-text.ts';
import type { Curve, GroupLoad } from './world/load.ts';

/** Reads the load of a group: `{cpuMhz, memoryMb, noise, tasks}`, each demand a number or a curve. */
export function readLoad(reader: FieldReader): GroupLoad {
  const cpuMhz = readCurve(reader, 'cpuMhz');
  const memoryMb = readCurve(reader, 'memoryMb');
  const noise = reader.has('noise') ? { noise: reader.number('noise') } : {};
  const tasks = reader.child('tasks');
  const shares = tasks ? { tasks: readShares(tasks, reader.raw('tasks')) } : {};
  reader.refuseOthers();
  return { cpuMhz, memoryMb, ...noise, ...shares };
}

function readShares(reader: FieldReader, value: Json | undefined): Readonly<Record<string, number>> {
  const names = typeof value === 'object' && value !== null ? Object.keys(value) : [];
  return Object.fromEntries(names.map((name) => [name, reader.number(name)]));
}

function readCurve(parent: FieldReader, key: string): Curve {
  if (typeof parent.raw(key) === 'number' || !parent.has(key)) return parent.number(key);
  const reader = parent.child(key);
  if (!reader) return 0;
  const kind = reader.oneOf('kind', ['constant', 'wave', 'spike', 'steps'], 'constant');
  const per = reader.oneOf('per', ['group', 'allocation'], 'group');
  const curve = readKind(reader, kind);
  reader.refuseOthers();
  return { ...curve, per };
}

type Kind = 'constant' | 'wave' | 'spike' | 'steps';

function readKind(reader: FieldReader, kind: Kind): Exclude<Curve, number> {
  switch (kind) {
    case 'constant':
      return { kind, value: reader.number('value') };
    case 'wave':
      return {
        kind,
        mean: reader.number('mean'),
        amplitude: reader.number('amplitude'),
        periodS: reader.number('periodS', { min: 1 }),
        phaseS: reader.number('phaseS', { otherwise: 0, min: -1e9 }),
      };
    case 'spike': {
      const every = reader.has('everyS') ? { everyS: reader.number('everyS', { min: 1 }) } : {};
      return {
        kind,
        base: reader.number('base'),
        peak: reader.number('peak'),
        atS: reader.number('atS'),
        forS: reader.number('forS'),
        ...every,
      };
    }
    case 'steps':
      return { kind, steps: readSteps(reader) };
  }
}

function readSteps(reader: FieldReader): readonly (readonly [number, number])[] {
  const value = reader.raw('steps');
  const steps: [number, number][] = [];
  for (const step of Array.isArray(value) ? value : []) {
    const [atS, demand] = Array.isArray(step) ? step : [];
    if (typeof atS === 'number' && typeof demand === 'number') steps.push([atS, demand]);
    else reader.fault('steps', 'must be a list of pairs [second, demand]');
  }
  if (steps.length === 0) reader.fault('steps', 'must have at least one pair [second, demand]');
  return steps;
}
