import { isPortError, PortError } from '../ports/port-error.ts';
import type { Term } from './term.ts';

/** Runs everything that changes the world: only under a term, and only so much at once. */
export interface Acting {
  /** The term under way, if this agent leads. */
  term(): Term | undefined;
  /**
   * Runs a step that sends mutating requests. Throws PortError `cancelled` when nobody may act; errors
   * of the step pass through.
   */
  act<T>(step: (term: Term) => Promise<T>): Promise<T>;
  /** No further step is begun. Resolves once those under way have ended. */
  close(): Promise<void>;
  /** True while a step is under way. */
  busy(): boolean;
}

/** `limit` is asked before each step: steps under way at once. */
export function createActing(term: () => Term | undefined, limit: () => number): Acting {
  const queue: (() => void)[] = [];
  const idle: (() => void)[] = [];
  const gate = { running: 0, closed: false };
  const mustQueue = (): boolean => gate.running >= limit() && !gate.closed;
  const leave = (): void => {
    gate.running--;
    queue.shift()?.();
    if (gate.running === 0) for (const resolve of idle.splice(0)) resolve();
  };
  return {
    term: () => (gate.closed ? undefined : term()),
    busy: () => gate.running > 0,
    act: async (step) => {
      while (mustQueue()) await new Promise<void>((resolve) => void queue.push(resolve));
      const current = gate.closed ? undefined : term();
      if (!current) {
        // The wake that came here is for whoever waits: they are refused in their turn.
        queue.shift()?.();
        throw notLeading();
      }
      gate.running++;
      try {
        return await step(current);
      } finally {
        leave();
      }
    },
    close: () => {
      gate.closed = true;
      for (const wake of queue.splice(0)) wake();
      return gate.running === 0 ? Promise.resolve() : new Promise((resolve) => void idle.push(resolve));
    },
  };
}

/** True for the refusal to act without the lock: the next leader looks again. */
export function isNotLeading(error: unknown): boolean {
  return isPortError(error, 'cancelled');
}

function notLeading(): PortError {
  const text = 'this agent does not hold the lock';
  return new PortError('cancelled', { service: 'consul', doing: 'act under the lock', text });
}
