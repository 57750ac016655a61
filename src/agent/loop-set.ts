import type { Loop } from './loop.ts';

/** The loops of all resources of one kind: one each, started and stopped as they come and go. */
export interface LoopSet<Target> {
  /** What is wanted from now on, by key. */
  settle(wanted: ReadonlyMap<string, Target>): void;
  /** Runs a round now of every loop whose target is meant, or of very many within the time given. */
  wake(isMeant: (target: Target) => boolean, withinMs?: number): void;
  /** The interval has changed: a next round that is further off than that comes earlier. */
  retime(): void;
  /** No loop is started any more; resolves once those there are have ended. */
  stop(): Promise<void>;
}

export interface LoopSetOptions<Target> {
  /** Starts a loop. `target` answers what is wanted of it now. */
  readonly start: (target: () => Target) => Loop;
  /** A loop has ended because it was no longer wanted: told before anything is started in its place. */
  readonly ended: (target: Target) => void;
}

interface Running<Target> {
  readonly loop: Loop;
  target: Target;
}

/** Rounds that may begin together; thousands would keep one another, and the lock, from what they need. */
const AT_ONCE = 200;

/** Starts with no loop. A resource that comes back starts anew only when its last round is over. */
export function createLoopSet<Target>(options: LoopSetOptions<Target>): LoopSet<Target> {
  const running = new Map<string, Running<Target>>();
  const ending = new Map<string, Promise<void>>();
  const state: { wanted: ReadonlyMap<string, Target>; stopped: boolean } = {
    wanted: new Map(),
    stopped: false,
  };
  const settle = (): void => {
    for (const [key, target] of state.wanted) {
      const one = running.get(key);
      if (one) one.target = target;
      else if (!ending.has(key) && !state.stopped) running.set(key, start(options, target));
    }
    for (const [key, one] of running) if (!state.wanted.has(key)) end(key, one);
  };
  const end = (key: string, one: Running<Target>): void => {
    running.delete(key);
    const over = (): void => {
      ending.delete(key);
      options.ended(one.target);
      settle();
    };
    ending.set(key, one.loop.stop().then(over, over));
  };
  return {
    settle: (wanted) => {
      state.wanted = wanted;
      settle();
    },
    wake: (isMeant, withinMs = 0) => {
      const meant = [...running.values()].filter(({ target }) => isMeant(target));
      wakeInTurn(meant, withinMs);
    },
    retime: () => running.forEach(({ loop }) => loop.retime()),
    stop: async () => {
      state.stopped = true;
      await Promise.all([...[...running.values()].map(({ loop }) => loop.stop()), ...ending.values()]);
    },
  };
}

function start<Target>(options: LoopSetOptions<Target>, target: Target): Running<Target> {
  const one: { target: Target; loop?: Loop } = { target };
  const loop = options.start(() => one.target);
  return Object.assign(one, { loop });
}

function wakeInTurn(all: readonly { readonly loop: Loop }[], withinMs: number): void {
  for (const { loop } of all.slice(0, AT_ONCE)) loop.wake();
  const later = all.slice(AT_ONCE);
  for (const [at, { loop }] of later.entries()) loop.hasten(((at + 1) / later.length) * withinMs);
}
