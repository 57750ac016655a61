import { didYouMean } from '../../domain/suggest.ts';
import { type Keys, keysBelow } from '../../domain/keys.ts';
import { plain } from '../../domain/plain.ts';
import { listSome, type Resource } from './resource.ts';
import type { Scope, Wanted } from './scope.ts';
import { failsafeSwitch, pauseSwitch, stateSwitch, type Switch } from './switch.ts';

/**
 * The keys to work with: those of the configured root, but a state path may lie below another one, as in the
 * Go release. Undefined for a path that cannot be one.
 */
export function keysFor(scope: Scope, configuredRoot: string): Keys | undefined {
  const keys = keysBelow(configuredRoot);
  if (scope.kind !== 'state-path' || scope.key.startsWith(`${configuredRoot}/state/`)) return keys;
  const root = /^(.+?)\/state\/(?:nodes|jobs|namespaces)\//.exec(scope.key)?.[1];
  return root === undefined ? undefined : keysBelow(root);
}

/** The switches that are meant, or what to tell whoever named something that is not there. */
export function findSwitches(
  wanted: Wanted,
  keys: Keys,
  known: readonly Resource[],
): readonly Switch[] | { readonly missing: string } {
  if (wanted.flag === 'paused') return [pauseSwitch(keys)];
  const { scope } = wanted;
  if (scope.kind === 'everything') return [failsafeSwitch(keys)];
  const named = find(scope, keys, known);
  if (named.length === 0) return { missing: noneCalled(scope, keys, known) };
  const jobs = new Set(named.map(({ key }) => key.slice(0, key.lastIndexOf('/'))));
  if (jobs.size > 1) return { missing: severalCalled(named) };
  return named.map((resource) => stateSwitch(keys, resource));
}

/** An id is that of a group; only where no group is called so, that of a job: all its groups. */
function find(
  scope: Exclude<Scope, { readonly kind: 'everything' }>,
  keys: Keys,
  known: readonly Resource[],
): readonly Resource[] {
  if (scope.kind === 'state-path') return known.filter(({ key }) => key === scope.key);
  if (scope.kind === 'worker-pool') return known.filter(({ key }) => key === keys.poolState(scope.name));
  const id = scope.id.replace(/^default:/, '');
  const groups = known.filter((one) => one.job !== undefined && one.id === id);
  return groups.length > 0 ? groups : known.filter(({ job }) => job === id);
}

/** A job `b` in a namespace `a`, and in `default` a job `a:b`. */
function severalCalled(resources: readonly Resource[]): string {
  const paths = resources.map(({ key }) => plain(key)).join(', ');
  return `more than one job is called so; name one task group with -state-path: ${paths}`;
}

function noneCalled(
  scope: Exclude<Scope, { readonly kind: 'everything' }>,
  keys: Keys,
  known: readonly Resource[],
): string {
  const { wanted, names } = namesLike(scope, known);
  const what = `no state object ${plain(wanted)}${didYouMean(wanted, names.map(plain))}`;
  const seen = listSome(known.map(({ label }) => label));
  const hint = known.length === 0 ? 'there is none at all: is the key root right?' : `there are: ${seen}`;
  return `${what} (below ${keys.root}/state/; agents write one when they first judge a resource; ${hint})`;
}

function namesLike(
  scope: Exclude<Scope, { readonly kind: 'everything' }>,
  known: readonly Resource[],
): { readonly wanted: string; readonly names: readonly string[] } {
  switch (scope.kind) {
    case 'state-path':
      return { wanted: scope.key, names: known.map(({ key }) => key) };
    case 'job': {
      const groups = known.filter(({ job }) => job !== undefined);
      return { wanted: scope.id, names: groups.flatMap(({ id, job = '' }) => [id, job]) };
    }
    case 'worker-pool': {
      const pools = known.filter(({ job }) => job === undefined);
      return { wanted: scope.name, names: pools.map(({ id }) => id) };
    }
  }
}
