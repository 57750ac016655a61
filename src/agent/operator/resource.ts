import type { Keys } from '../../domain/keys.ts';
import { plain } from '../../domain/plain.ts';
import { groupId, jobName } from '../../domain/snapshot.ts';

/** A task group or a worker pool, as its state or its operation tells of it. */
export interface Resource {
  /** Of the state or the operation. */
  readonly key: string;
  /** `<job>/<group>`, `<namespace>:<job>/<group>`, or the pool's name. */
  readonly id: string;
  /** The job of a task group, with its namespace unless that is `default`; undefined for a pool. */
  readonly job: string | undefined;
  /** As a person reads it: `task group web/api`. */
  readonly label: string;
}

/** The resource that a state or an operation key belongs to; undefined for every other key. */
export function resourceAt(keys: Keys, key: string): Resource | undefined {
  const ref = keys.groupOf(key);
  if (ref) {
    const id = groupId(ref);
    return { key, id, job: jobName(ref), label: `task group ${plain(id)}` };
  }
  const prefix = [keys.poolState(''), keys.poolOperation('')].find((one) => key.startsWith(one));
  const id = key.slice(prefix?.length);
  if (prefix === undefined || id === '') return undefined;
  return { key, id, job: undefined, label: `worker pool ${plain(id)}` };
}

/** `a, b and 3 more`. */
export function listSome(items: readonly string[], most = 8): string {
  const left = items.length - most;
  return left > 1 ? `${items.slice(0, most).join(', ')} and ${left} more` : items.join(', ');
}
