import type { ConfigFault } from './fault.ts';
import { findOption } from './options.ts';
import { parseConfigDocument } from './parse.ts';
import type { Setting } from './setting.ts';

/** What a document says is to be stored for a group. Secrets cannot be among it. */
export interface GroupInput {
  /** In the form of a JSON configuration file; without `partitions`. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Undefined where the document does not say. */
  readonly partitions: number | undefined;
  readonly faults: readonly ConfigFault[];
}

/** Reads an HCL or JSON document for a group. `file` names it in faults; with faults nothing else counts. */
export function readGroupInput(text: string, file: string): GroupInput {
  const { settings, faults } = parseConfigDocument(text, file, 'group');
  const given = settings.filter((setting) => setting.kind === 'value');
  const partitions = given.find(({ key }) => key === 'partitions')?.value;
  return {
    options: toOptions(given.filter(({ key }) => key !== 'partitions')),
    partitions: typeof partitions === 'number' ? partitions : undefined,
    faults,
  };
}

type Given = Extract<Setting, { readonly kind: 'value' }>;

/** Options of a block stand below its name. */
function toOptions(settings: readonly Given[]): Readonly<Record<string, unknown>> {
  const options: Record<string, unknown> = {};
  const blocks = new Map<string, Record<string, unknown>>();
  for (const { key, value } of settings) {
    const block = findOption(key)?.block;
    if (block === undefined) options[key] = value;
    else blocks.set(block, { ...blocks.get(block), [key]: value });
  }
  return { ...options, ...Object.fromEntries(blocks) };
}

/** Keys whose values differ between two of them, those in blocks as `telemetry.statsd_address`; in order of names. */
export function differingOptions(
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
): readonly { readonly key: string; readonly before: string; readonly after: string }[] {
  const [old, next] = [flatten(before), flatten(after)];
  const keys = [...new Set([...old.keys(), ...next.keys()])].toSorted();
  return keys
    .map((key) => ({ key, before: old.get(key) ?? NOT_GIVEN, after: next.get(key) ?? NOT_GIVEN }))
    .filter((one) => one.before !== one.after);
}

const NOT_GIVEN = 'not given';

function flatten(options: Readonly<Record<string, unknown>>): ReadonlyMap<string, string> {
  const entries = Object.entries(options).flatMap(([key, value]): [string, string][] => {
    const isBlock = typeof value === 'object' && value !== null && !Array.isArray(value);
    if (!isBlock) return [[key, JSON.stringify(value)]];
    return Object.entries(value).map(([name, inner]) => [`${key}.${name}`, JSON.stringify(inner)]);
  });
  return new Map(entries);
}
