import { CloudRefusal } from './cloud-refusal.ts';
import type { QueryFilter } from './query-form.ts';
import type { CloudInstance } from './types.ts';

/** What an instance has for a filter; a filter fits when any of these fits any of its values. */
const VALUES: Readonly<Record<string, (instance: CloudInstance) => readonly string[]>> = {
  'instance-id': ({ id }) => [id],
  'instance-state-name': ({ state }) => [state],
  'private-ip-address': ({ addresses }) => addresses.slice(0, 1),
  'network-interface.addresses.private-ip-address': ({ addresses }) => addresses,
  'availability-zone': ({ zone }) => [zone],
  'instance-type': ({ type }) => [type],
  'tag-key': ({ tags }) => Object.keys(tags),
};

const TAG = 'tag:';
const MOST_VALUES = 200;

/** True when all filters fit. Throws a CloudRefusal for a filter that EC2 does not have. */
export function matches(instance: CloudInstance, filters: readonly QueryFilter[]): boolean {
  return filters.every(({ name, values }) => {
    const own = valuesOf(instance, name);
    return values.some((value) => own.some((text) => patternOf(value).test(text)));
  });
}

/** Throws a CloudRefusal for filters that EC2 refuses whatever instances there are. */
export function checkFilters(filters: readonly QueryFilter[]): void {
  const unknown = filters.find(({ name }) => VALUES[name] === undefined && !name.startsWith(TAG));
  if (unknown) throw new CloudRefusal('InvalidParameterValue', `The filter '${unknown.name}' is invalid`);
  const count = filters.reduce((sum, { values }) => sum + values.length, 0);
  if (count <= MOST_VALUES) return;
  throw new CloudRefusal(
    'FilterLimitExceeded',
    `The maximum number of filter values specified on a single call is ${MOST_VALUES}`,
  );
}

function valuesOf(instance: CloudInstance, name: string): readonly string[] {
  if (!name.startsWith(TAG)) return VALUES[name]?.(instance) ?? [];
  const value = instance.tags[name.slice(TAG.length)];
  return value === undefined ? [] : [value];
}

/** `*` stands for any text, `?` for any sign. */
function patternOf(value: string): RegExp {
  const escaped = value.replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`);
  return new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`);
}
