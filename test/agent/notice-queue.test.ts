import { describe, expect, onTestFinished, test } from 'vitest';
import type { AgentEvent } from '../../src/agent/events.ts';
import { createNoticeQueue, MOST_WAITING, type NoticeQueue } from '../../src/agent/notice-queue.ts';
import type { NoticeReason } from '../../src/domain/notice-table.ts';
import type { Notice } from '../../src/ports/notifier.ts';
import { VirtualClock } from '../../src/simulator/virtual-clock.ts';
import { type FakeNotifier, fakeNotifier, refusal } from './fake-notifier.ts';
import { aNotice } from './notices.ts';

interface Room {
  readonly clock: VirtualClock;
  readonly notifier: FakeNotifier;
  readonly queue: NoticeQueue;
  readonly events: AgentEvent[];
  readonly settled: boolean[];
  add(notice?: Notice): void;
  /** Seconds at which attempts were made. */
  times(): readonly number[];
}

function openRoom(random: () => number = () => 0.5): Room {
  const clock = new VirtualClock();
  const notifier = fakeNotifier(clock);
  const events: AgentEvent[] = [];
  const settled: boolean[] = [];
  const queue = createNoticeQueue({ notifier, clock, random, emit: (event) => events.push(event) });
  onTestFinished(async () => {
    const stopped = queue.stop(0);
    await clock.advance(0);
    await stopped;
  });
  return {
    clock,
    notifier,
    queue,
    events,
    settled,
    add: (notice = aNotice()) => queue.add(notice, (delivered) => settled.push(delivered)),
    times: () => notifier.attempts.map(({ atMs }) => atMs / 1_000),
  };
}

const of = (reason: NoticeReason, id: string): Notice =>
  aNotice({ reason, subject: { type: 'job_group', id, uid: '', statePath: '' } });

describe('delivery', () => {
  test('keeps the order, one at a time, and tells of each', async () => {
    const { clock, notifier, add, events, settled } = openRoom();
    for (const id of ['a/x', 'b/x', 'c/x']) add(of('scaling', id));
    expect(notifier.attempts).toHaveLength(1);
    await clock.settle();
    expect(notifier.attempts.map(({ notice }) => notice.resourceId)).toEqual(['a/x', 'b/x', 'c/x']);
    expect(events.map(({ kind }) => kind)).toEqual(['notice-sent', 'notice-sent', 'notice-sent']);
    expect(settled).toEqual([true, true, true]);
  });

  test.each([refusal('throttled'), refusal('unavailable'), refusal('timeout')])(
    'after %s it is tried again, later and later, for ten minutes',
    async (error) => {
      const { clock, notifier, add, times, events, settled } = openRoom();
      notifier.outcome = error;
      add();
      await clock.advance(20 * 60_000);
      expect(times().slice(0, 8)).toEqual([0, 0.75, 2.25, 5.25, 11.25, 23.25, 47.25, 92.25]);
      expect(times()).toHaveLength(19);
      expect(times().at(-1)).toBeLessThanOrEqual(600);
      expect(events.map(({ kind }) => kind)).toEqual(['notice-delayed', 'notice-failed']);
      expect(settled).toEqual([false]);
    },
  );

  test.each([refusal('denied'), refusal('invalid'), refusal('not-found'), new TypeError('bug')])(
    'after %s there is no point in another attempt',
    async (error) => {
      const { clock, notifier, add, times, events, settled } = openRoom();
      notifier.outcome = error;
      add();
      await clock.advance(60_000);
      expect(times()).toEqual([0]);
      expect(events).toMatchObject([{ kind: 'notice-failed', notifier: 'fake', error }]);
      expect(settled).toEqual([false]);
    },
  );

  test('waits are spread: the upper half of each is random', async () => {
    const values = [0, 0.999, 0];
    const { clock, notifier, add, times } = openRoom(() => values.shift() ?? 0);
    notifier.outcome = refusal('unavailable');
    add();
    await clock.advance(5_000);
    expect(times()).toEqual([0, 0.5, 2.499, 4.499]);
  });

  test('a longer wait that the server asks for is kept', async () => {
    const { clock, notifier, add, times } = openRoom();
    notifier.outcome = refusal('throttled', 30_000);
    add();
    await clock.advance(31_000);
    expect(times()).toEqual([0, 30]);
  });

  test('when the service is back everything that waited goes out; the next outage is told again', async () => {
    const { clock, notifier, add, events, settled } = openRoom();
    notifier.outcome = refusal('unavailable');
    add(of('scaling', 'a/x'));
    add(of('scaling', 'b/x'));
    await clock.advance(100_000);
    notifier.outcome = 'good';
    await clock.advance(60_000);
    expect(settled).toEqual([true, true]);
    notifier.outcome = refusal('unavailable');
    add(of('scaling', 'c/x'));
    await clock.settle();
    expect(events.map(({ kind }) => kind)).toEqual([
      'notice-delayed',
      'notice-sent',
      'notice-sent',
      'notice-delayed',
    ]);
  });
});

describe('a crowd', () => {
  test('is bounded: the least severe go first, the oldest of them', async () => {
    const { clock, notifier, add, events, settled } = openRoom();
    notifier.outcome = refusal('unavailable');
    add(of('failsafe_mode', 'first'));
    await clock.settle();
    add(of('failsafe_mode', 'critical'));
    for (let count = 0; count < MOST_WAITING; count += 1) add(of('at_maximum', `w${count}`));
    for (const id of ['i1', 'i2']) add(of('scaling', id));
    const dropped = events.flatMap((event) =>
      event.kind === 'notice-dropped' ? [event.notice.resourceId] : [],
    );
    expect(dropped).toEqual(['w0', 'i1', 'i2']);
    notifier.outcome = 'good';
    await clock.advance(60_000);
    expect(notifier.delivered().slice(0, 3)).toEqual([
      'triggered failsafe_mode first',
      'triggered failsafe_mode critical',
      'triggered at_maximum w1',
    ]);
    expect(settled.filter((delivered) => delivered)).toHaveLength(1 + MOST_WAITING);
  });
});

describe('the end', () => {
  test('is at once when nothing waits', async () => {
    const { queue, add, events, settled } = openRoom();
    await queue.stop(1_000);
    add();
    expect(events.map(({ kind }) => kind)).toEqual(['notice-dropped']);
    expect(settled).toEqual([false]);
  });

  test('what waits is attempted once more, without waiting for a better time', async () => {
    const { clock, notifier, queue, add, settled } = openRoom();
    notifier.outcome = refusal('unavailable');
    add(of('scaling', 'a/x'));
    add(of('scaling', 'b/x'));
    await clock.advance(100);
    notifier.outcome = 'good';
    await queue.stop(1_000);
    expect(clock.monotonicMs()).toBe(100);
    expect(settled).toEqual([true, true]);
  });

  test('nobody waits longer than the grace for one that never answers', async () => {
    const { clock, notifier, queue, add, events, settled } = openRoom();
    notifier.outcome = 'silence';
    add(of('scaling', 'a/x'));
    add(of('scaling', 'b/x'));
    let isOver = false;
    const stopped = queue.stop(1_000).then(() => {
      isOver = true;
      return isOver;
    });
    await clock.advance(999);
    expect(isOver).toBe(false);
    await clock.advance(1);
    await stopped;
    expect(settled).toEqual([false, false]);
    expect(events.map(({ kind }) => kind)).toEqual(['notice-failed', 'notice-dropped']);
  });

  test('one that fails meanwhile is not tried again', async () => {
    const { clock, notifier, queue, add, times } = openRoom();
    notifier.outcome = refusal('unavailable');
    add();
    await clock.advance(100);
    await queue.stop(1_000);
    expect(times()).toEqual([0, 0.1]);
  });
});
