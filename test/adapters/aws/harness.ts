import { onTestFinished } from 'vitest';
import type { AwsOptions } from '../../../src/adapters/aws/options.ts';
import { createScalingProvider } from '../../../src/adapters/aws/provider.ts';
import type { AwsProvider } from '../../../src/adapters/aws/provider.ts';
import { createWriteAgent } from '../../../src/adapters/system/write-agent.ts';
import { PortError } from '../../../src/ports/port-error.ts';
import type { WritePermit } from '../../../src/ports/write-permit.ts';
import { VirtualClock } from '../../../src/simulator/virtual-clock.ts';
import { awsEnvironment, stubAws } from '../../support/aws-environment.ts';

export const region = 'eu-west-1';

/** A signal that nobody aborts. */
export const never = new AbortController().signal;

/** An AWS adapter under a clock that the test moves; closed when the test has finished. */
export interface Rig {
  readonly provider: AwsProvider;
  readonly clock: VirtualClock;
  /** Moves the clock in small steps until the promise settles, at most `ms` of it. */
  readonly drive: <T>(promise: Promise<T>, ms?: number) => Promise<T>;
}

/** The adapter with the SDK's endpoint at `url`. */
export function createRig(url: string, options: Partial<AwsOptions> = {}): Rig {
  stubAws(awsEnvironment(url));
  const clock = new VirtualClock();
  const provider = createScalingProvider({ clock, writeAgent: createWriteAgent, ...options });
  onTestFinished(() => provider.close());
  return { provider, clock, drive: (promise, ms = 60_000) => drive(clock, promise, ms) };
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
