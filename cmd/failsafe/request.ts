import type { Scope } from '../../src/agent/operator/scope.ts';
import type { Values } from '../../src/config/values.ts';

/** What the flags ask for. */
export interface FailsafeRequest {
  readonly enable: boolean;
  readonly scope: Scope;
  /** Ask nothing. */
  readonly force: boolean;
}

/** Flags → what they ask for, or what is wrong with them. */
export function readRequest(flags: Values): FailsafeRequest | string {
  const enable = flags.get('enable');
  if (enable === flags.get('disable')) return 'give exactly one of -enable and -disable';
  const [scope = { kind: 'everything' }, ...more] = readScopes(flags);
  if (more.length > 0) return 'give at most one of -state-path, -job and -worker-pool';
  return { enable, scope, force: flags.get('force') };
}

function readScopes(flags: Values): Scope[] {
  const key = flags.get('state_path');
  const id = flags.get('job');
  const name = flags.get('worker_pool');
  return [
    ...(key === undefined ? [] : [{ kind: 'state-path', key: key.replace(/^\//, '') } as const]),
    ...(id === undefined ? [] : [{ kind: 'job', id } as const]),
    ...(name === undefined ? [] : [{ kind: 'worker-pool', name } as const]),
  ];
}
