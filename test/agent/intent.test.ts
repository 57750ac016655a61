import { describe, expect, test } from 'vitest';
import { intentPermit } from '../../src/agent/intent.ts';
import { momentOf } from '../../src/agent/moment.ts';
import type { WritePermit } from '../../src/ports/write-permit.ts';
import { VirtualClock } from '../../src/simulator/virtual-clock.ts';

const HELD: WritePermit = { assertHeld: () => undefined, signal: new AbortController().signal };

/** The permit of an intent whose writing is begun now; answers what it throws. */
function begin(
  clock: VirtualClock,
  permit: WritePermit,
  isStopped: () => boolean,
  isClosed: () => boolean = () => false,
): () => unknown {
  const doing = 'scale web/api';
  const intent = { clock, begunAt: momentOf(clock), isStopped, isClosed, service: 'nomad', doing } as const;
  const { assertHeld } = intentPermit(permit, intent);
  return () => {
    try {
      return assertHeld();
    } catch (error) {
      return error;
    }
  };
}

describe('the permit of an intent', () => {
  test('holds for 10 s from the moment at which the intent was begun to be written', async () => {
    const clock = new VirtualClock();
    const ask = begin(clock, HELD, () => false);
    await clock.advance(10_000);
    expect(ask()).toBeUndefined();
    await clock.advance(1);
    expect(ask()).toMatchObject({ kind: 'cancelled', detail: { service: 'nomad' } });
    expect(String(ask())).toContain('scale web/api: its intent was written too long ago');
  });

  test('counts a machine that was suspended, whose monotonic clock stood still', () => {
    const clock = new VirtualClock();
    const ask = begin(clock, HELD, () => false);
    clock.setWall(clock.now() + 10_001);
    expect(String(ask())).toContain('too long ago');
  });

  test('counts on when the wall clock is set back', async () => {
    const clock = new VirtualClock();
    const ask = begin(clock, HELD, () => false);
    await clock.advance(10_001);
    clock.setWall(clock.now() - 3_600_000);
    expect(String(ask())).toContain('too long ago');
  });

  test('is refused as soon as a flag is known to be set', () => {
    const state = { isSet: false };
    const ask = begin(new VirtualClock(), HELD, () => state.isSet);
    expect(ask()).toBeUndefined();
    state.isSet = true;
    expect(String(ask())).toContain('failsafe or a pause has been set meanwhile');
  });

  test('is refused as soon as the agent stops', () => {
    const agent = { isClosed: false };
    const ask = begin(
      new VirtualClock(),
      HELD,
      () => false,
      () => agent.isClosed,
    );
    expect(ask()).toBeUndefined();
    agent.isClosed = true;
    expect(String(ask())).toContain('scale web/api: the agent stops');
  });

  test("is refused with the term's own words first", () => {
    const lost = new Error('the lock is lost');
    const permit: WritePermit = {
      ...HELD,
      assertHeld: () => {
        throw lost;
      },
    };
    expect(begin(new VirtualClock(), permit, () => true)()).toBe(lost);
  });
});
