import { asArray, asObject, asText, isObject } from './json-text.ts';
import { readLoad } from './load-reader.ts';
import { validateJob } from './world/validate-job.ts';
import { canonicalJob } from './world/canonical-job.ts';
import type { FieldReader } from './world-file-reader.ts';
import type { Json, JsonObject } from './json-text.ts';
import type { GroupLoad } from './world/load.ts';

/** A job of a world file, ready to be registered. */
export interface WorldJob {
  readonly namespace: string;
  readonly id: string;
  readonly spec: JsonObject;
  readonly loads: readonly { readonly group: string; readonly load: GroupLoad }[];
}

interface GroupPart {
  readonly spec: JsonObject;
  readonly load: GroupLoad | null;
}

const NS_PER_S = 1e9;

/** Reads one job, or as many copies of it as it asks for. Notes what the servers would refuse. */
export function readJob(reader: FieldReader): readonly WorldJob[] {
  const copies = reader.number('copies', { otherwise: 1, min: 1 });
  const spec = reader.has('spec') ? readSpec(reader) : readParts(reader);
  reader.refuseOthers();
  const namespace = asText(spec.json['Namespace'], 'default');
  for (const fault of validateJob(canonicalJob(spec.json))) {
    reader.fault(
      '',
      `is refused: ${fault
        .split(/\s*\n\s*\*?\s*/)
        .join(' ')
        .trim()}`,
    );
  }
  return Array.from({ length: copies }, (_, position) => {
    const id = copies === 1 ? asText(spec.json['ID']) : `${asText(spec.json['ID'])}-${position + 1}`;
    return { namespace, id, spec: { ...spec.json, ID: id, Name: id }, loads: spec.loads };
  });
}

type Spec = { readonly json: JsonObject; readonly loads: WorldJob['loads'] };

/** A job in Nomad's own JSON, with loads by group beside it. */
function readSpec(reader: FieldReader): Spec {
  const json = reader.raw('spec');
  if (!isObject(json)) reader.fault('spec', 'must be a job in JSON');
  const loads = reader.child('loads');
  const groups = asArray(asObject(json)['TaskGroups']).map((group) => asText(asObject(group)['Name']));
  const read = groups.flatMap((group) => {
    const load = loads?.child(group);
    return load ? [{ group, load: readLoad(load) }] : [];
  });
  loads?.refuseOthers();
  return { json: asObject(json), loads: read };
}

function readParts(reader: FieldReader): Spec {
  const type = reader.oneOf('type', ['service', 'batch', 'system'], 'service');
  const groups = reader.children('groups').map((group) => readGroup(group, type));
  const update = type === 'service' ? readUpdate(reader) : null;
  const json: JsonObject = {
    ID: reader.text('id'),
    Namespace: reader.text('namespace', 'default'),
    Type: type,
    Priority: reader.number('priority', { otherwise: 50 }),
    Datacenters: reader.texts('datacenters') ?? ['dc1'],
    Constraints: readConstraints(reader),
    Meta: reader.textMap('meta'),
    Update: update,
    TaskGroups: groups.map((group) => group.spec),
  };
  const loads = groups.flatMap(({ spec, load }) => (load ? [{ group: asText(spec['Name']), load }] : []));
  return { json, loads };
}

/** `"constraints": {"${node.class}": "pool-a"}`: all must be equal. */
function readConstraints(reader: FieldReader): Json {
  return Object.entries(reader.textMap('constraints')).map(([target, value]) => ({
    LTarget: target,
    Operand: '=',
    RTarget: value,
  }));
}

/** Null in the file: no deployments. Left out: Nomad's defaults. */
function readUpdate(reader: FieldReader): Json {
  if (reader.raw('update') === null) return { MaxParallel: 0 };
  const update = reader.child('update');
  if (!update) return null;
  const seconds = (key: string, otherwise: number): number => update.number(key, { otherwise }) * NS_PER_S;
  const json = {
    MaxParallel: update.number('maxParallel', { otherwise: 1 }),
    MinHealthyTime: seconds('minHealthyS', 10),
    HealthyDeadline: seconds('healthyDeadlineS', 300),
    ProgressDeadline: seconds('progressDeadlineS', 600),
    AutoRevert: update.boolean('autoRevert', false),
  };
  update.refuseOthers();
  return json;
}

function readGroup(reader: FieldReader, type: string): GroupPart {
  const load = reader.child('load');
  const scaling = reader.child('scaling');
  const spec: JsonObject = {
    Name: reader.text('name'),
    Count: reader.number('count', { otherwise: 1 }),
    Meta: reader.textMap('meta'),
    Constraints: readConstraints(reader),
    EphemeralDisk: { SizeMB: reader.number('diskMb', { otherwise: 300, min: 1 }) },
    Update: type === 'service' ? readUpdate(reader) : null,
    Scaling: scaling ? readScaling(scaling) : null,
    Tasks: reader.children('tasks').map(readTask),
  };
  reader.refuseOthers();
  return { spec, load: load ? readLoad(load) : null };
}

function readScaling(reader: FieldReader): Json {
  const scaling = { Min: reader.number('min'), Max: reader.number('max'), Enabled: true };
  reader.refuseOthers();
  return scaling;
}

function readTask(reader: FieldReader): Json {
  const config = reader.raw('config');
  if (config !== undefined && !isObject(config)) reader.fault('config', 'must be an object');
  const driver = reader.text('driver', 'docker');
  const task = {
    Name: reader.text('name'),
    Driver: driver,
    Config: isObject(config) ? config : { image: 'registry.example/app:1' },
    Env: reader.textMap('env'),
    Resources: {
      CPU: reader.number('cpuMhz', { otherwise: 100, min: 1 }),
      MemoryMB: reader.number('memoryMb', { otherwise: 300, min: 10 }),
    },
    LogConfig: { MaxFiles: 1, MaxFileSizeMB: 1 },
  };
  reader.refuseOthers();
  return task;
}
