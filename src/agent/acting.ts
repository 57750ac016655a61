import { isPortError, PortError } from '../ports/port-error.ts';
import type { Term } from './term.ts';

/** Runs everything that changes one resource: only under a term, and only so much at once. */
export interface Acting {
  /** The term under way, if this agent may act on the resource. */
  term(): Term | undefined;
  /** True once the agent stops: no call is begun any more, be its intent written or not. */
  isClosed(): boolean;
  /**
   * Runs a step that sends mutating requests. Throws PortError `cancelled` when nobody may act; errors
   * of the step pass through.
   */
  act<T>(step: (term: Term) => Promise<T>): Promise<T>;
}

/** The acting on all resources: what is under way, all in all and by partition. */
export interface ActingDesk {
  /** The acting on a resource, e.g. `job_group:web/api`; whose lock that takes is asked before each step. */
  of(resource: string): Acting;
  /** Resolves once no step of a partition is under way. Whoever asks sees to it that none is begun. */
  quiet(partition: number): Promise<void>;
  /** Resolves once the steps that are under way now have ended, whatever is begun meanwhile. */
  settled(): Promise<void>;
  /** No further step is begun, and no further call of those under way. Resolves once those under way have ended. */
  close(): Promise<void>;
  /** Partitions with a step under way. */
  busy(): ReadonlySet<number>;
}

/** `termFor` answers the term under which a resource may be acted on; `limit` is asked before each step: steps under way at once. */
export function createActing(
  termFor: (resource: string) => Term | undefined,
  limit: () => number,
): ActingDesk {
  const gate: Gate = { running: new Set(), queue: [], idle: [], isClosed: false };
  return {
    of: (resource) => {
      const term = (): Term | undefined => (gate.isClosed ? undefined : termFor(resource));
      return { term, isClosed: () => gate.isClosed, act: (step) => act(gate, { term, limit }, step) };
    },
    quiet: (partition) => whenOver(gate, () => !busyOf(gate).has(partition)),
    settled: () => {
      const now = [...gate.running];
      return whenOver(gate, () => now.every((one) => !gate.running.has(one)));
    },
    close: () => {
      gate.isClosed = true;
      for (const wake of gate.queue.splice(0)) wake();
      return whenOver(gate, () => gate.running.size === 0);
    },
    busy: () => busyOf(gate),
  };
}

interface Gate {
  /** Steps under way. */
  readonly running: Set<{ readonly partition: number }>;
  readonly queue: (() => void)[];
  /** Told whenever a step has ended. */
  readonly idle: (() => void)[];
  isClosed: boolean;
}

async function act<T>(
  gate: Gate,
  of: { readonly term: () => Term | undefined; readonly limit: () => number },
  step: (term: Term) => Promise<T>,
): Promise<T> {
  while (gate.running.size >= of.limit() && !gate.isClosed) {
    await new Promise<void>((resolve) => void gate.queue.push(resolve));
  }
  const term = of.term();
  if (!term) {
    // The wake that came here is for whoever waits: they are refused in their turn.
    gate.queue.shift()?.();
    throw notHolding();
  }
  const running = { partition: term.partition.number };
  gate.running.add(running);
  try {
    return await step(term);
  } finally {
    gate.running.delete(running);
    gate.queue.shift()?.();
    for (const look of gate.idle.splice(0)) look();
  }
}

function busyOf({ running }: Gate): ReadonlySet<number> {
  return new Set([...running].map(({ partition }) => partition));
}

async function whenOver(gate: Gate, isOver: () => boolean): Promise<void> {
  while (!isOver()) await new Promise<void>((resolve) => void gate.idle.push(resolve));
}

/** True for the refusal to act without the lock: the next leader looks again. */
export function isNotLeading(error: unknown): boolean {
  return isPortError(error, 'cancelled');
}

function notHolding(): PortError {
  const text = 'this agent does not hold the lock';
  return new PortError('cancelled', { service: 'consul', doing: 'act under the lock', text });
}
