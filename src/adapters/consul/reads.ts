import type { Coordination, TreeRead } from '../../ports/coordination.ts';
import { parseEntries } from './answer.ts';
import { limitsOf, nextIndex, type ReadOptions, toBlocking } from './blocking.ts';
import type { Call, Calls } from './calls.ts';
import type { ReadQuery } from './client.ts';
import type { Connections } from './connections.ts';
import { toRefusal } from './errors.ts';

type Reads = Pick<Coordination, 'readKey' | 'readTree'>;

/** One request: of a key, or of all keys below it. `about` is what the caller asked to read. */
interface ReadSpec {
  readonly key: string;
  readonly recurse: boolean;
  readonly about: string;
  readonly index: number;
  readonly signal: AbortSignal;
}

/**
 * Reads, blocking when `index` > 0. The index answered is 0 when Consul's went backwards (a restored or
 * emptied Consul) or makes no sense: the next read then answers at once instead of waiting for ever.
 */
export function createReads(
  calls: Calls,
  connections: Pick<Connections, 'reads'>,
  options: ReadOptions,
): Reads {
  const read = (spec: ReadSpec): Promise<TreeRead> => {
    const query = toQuery(spec, options);
    const call = toCall(spec, query);
    return calls.run(call, async (attempt) => {
      const answer = await connections.reads.read(spec.key, query, attempt);
      if (answer.status !== 200 && answer.status !== 404) throw toRefusal(answer, call);
      return { entries: parseEntries(answer), index: nextIndex(answer, spec.index) };
    });
  };
  return {
    readKey: (key, index, signal) => read({ key, recurse: false, about: `the key ${key}`, index, signal }),
    readTree: async (prefix, index, signal) => {
      const spec = { key: prefix, recurse: true, about: `the keys below ${prefix}`, index, signal };
      const tree = await read(spec);
      if (index === 0 || tree.entries.length === 0) {
        await read({ ...spec, key: keyBelow(prefix), recurse: false, index: 0 });
      }
      return tree;
    },
  };
}

/**
 * Consul leaves keys that the token may not read out of a tree without a word, down to an empty one. Reading
 * a single key is refused aloud: one below the prefix tells "nothing there" from "nothing allowed".
 */
function keyBelow(prefix: string): string {
  return prefix.endsWith('/') ? prefix : `${prefix}/`;
}

function toQuery(spec: ReadSpec, options: ReadOptions): ReadQuery {
  return { recurse: spec.recurse, ...toBlocking(spec.index, options) };
}

function toCall(spec: ReadSpec, query: ReadQuery): Call {
  const { key, about, signal } = spec;
  return {
    ...limitsOf(query),
    doing: `read ${about}`,
    permission: `key:read ${key}`,
    mayHaveHappened: () => false,
    signal,
  };
}
