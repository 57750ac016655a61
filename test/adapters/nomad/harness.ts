import { onTestFinished } from 'vitest';
import { createNomad } from '../../../src/adapters/nomad/nomad.ts';
import type { NomadOptions } from '../../../src/adapters/nomad/options.ts';
import { createWriteAgent } from '../../../src/adapters/system/write-agent.ts';
import type { Nomad } from '../../../src/ports/nomad.ts';
import { PortError } from '../../../src/ports/port-error.ts';
import type { WritePermit } from '../../../src/ports/write-permit.ts';
import { VirtualClock } from '../../../src/simulator/virtual-clock.ts';

/** A Nomad adapter under a clock that the test moves; closed when the test has finished. */
export interface Rig {
  readonly nomad: Nomad;
  readonly clock: VirtualClock;
  readonly close: () => Promise<void>;
  /** Moves the clock in small steps until the promise settles, at most `ms` of it. */
  readonly drive: <T>(promise: Promise<T>, ms?: number) => Promise<T>;
}

/** Options that matter to a test; everything else is plain. */
export type RigOptions = Partial<NomadOptions> & { readonly address: string };

export function createRig(options: RigOptions): Rig {
  const clock = new VirtualClock();
  const nomad = createNomad({
    namespace: '*',
    tls: {},
    clock,
    random: () => 0.5,
    writeAgent: createWriteAgent,
    ...options,
  });
  onTestFinished(() => nomad.close());
  return {
    nomad,
    clock,
    close: () => nomad.close(),
    drive: (promise, ms = 60_000) => drive(clock, promise, ms),
  };
}

/** A permit that holds until told otherwise, and counts how often it is asked. */
export interface TestPermit extends WritePermit {
  asked: number;
  held: boolean;
  readonly end: AbortController;
}

export function createPermit(): TestPermit {
  const end = new AbortController();
  const permit: TestPermit = {
    asked: 0,
    held: true,
    end,
    signal: end.signal,
    assertHeld: () => {
      permit.asked += 1;
      if (permit.held) return;
      throw new PortError('cancelled', { service: 'consul', doing: 'write', text: 'the lease has ended' });
    },
  };
  return permit;
}

/** A signal that nobody aborts. */
export const never = new AbortController().signal;

/** What a promise was rejected with; fails when it was not. */
export async function rejection(promise: Promise<unknown>): Promise<PortError> {
  const outcome = await promise.then(
    (value: unknown) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if ('error' in outcome && outcome.error instanceof PortError) return outcome.error;
  throw new Error(`no PortError but ${JSON.stringify(outcome)}`);
}

async function drive<T>(clock: VirtualClock, promise: Promise<T>, ms: number): Promise<T> {
  const state = { settled: false };
  const done = promise.finally(() => {
    state.settled = true;
  });
  done.catch(() => undefined);
  for (let spent = 0; !state.settled && spent < ms; spent += 25) {
    await new Promise((resolve) => {
      setTimeout(resolve, 1);
    });
    await clock.advance(25);
  }
  return done;
}
