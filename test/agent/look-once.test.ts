import { expect, test } from 'vitest';
import { lookOnce } from '../../src/agent/look-once.ts';
import type { NodeFacts } from '../../src/domain/node.ts';
import type { ClusterListener, ClusterView, Nomad, NodesView } from '../../src/ports/nomad.ts';
import { PortError } from '../../src/ports/port-error.ts';
import { VirtualClock } from '../../src/simulator/virtual-clock.ts';

/** A Nomad that tells what the test tells it to. */
function follow(nodes = true) {
  const clock = new VirtualClock();
  const state: { listener?: ClusterListener; stopped: number } = { stopped: 0 };
  const nomad = {
    follow: (listener: ClusterListener) => {
      state.listener = listener;
      return () => {
        state.stopped += 1;
        return Promise.resolve();
      };
    },
  } as unknown as Nomad;
  const ending = new AbortController();
  const look = lookOnce({ nomad, clock }, { nodes }, ending.signal);
  const seen = { is: 'waiting' };
  look.then(
    () => (seen.is = 'seen'),
    () => (seen.is = 'failed'),
  );
  const { listener } = state;
  if (!listener) throw new Error('nobody follows');
  return { clock, state, listener, look, seen, ending };
}

const view = (nodes?: Partial<NodesView>): ClusterView =>
  ({
    jobs: [],
    queued: [],
    nodes: nodes && { all: [], unread: [], freshMs: 0, ...nodes },
  }) as unknown as ClusterView;
const denied = new PortError('denied', { service: 'nomad', doing: 'read the list', text: '403' });

test('jobs and allocations are enough where nodes are not wanted', async () => {
  const { listener, look, state } = follow(false);
  const first = view();
  listener.changed(first);
  const { view: seen, stop } = await look;
  expect(seen()).toBe(first);
  await stop();
  expect(state.stopped).toBe(1);
});

test('waits until every node has been read, and shows the newest view', async () => {
  const { listener, look, seen, clock } = follow();
  listener.changed(view());
  listener.changed(view({ unread: ['n1'] }));
  await clock.settle();
  expect(seen.is).toBe('waiting');
  listener.changed(view({ all: [{ id: 'n1' } as NodeFacts] }));
  const found = await look;
  expect(found.view().nodes?.all).toHaveLength(1);
  listener.changed(view({ all: [] }));
  expect(found.view().nodes?.all).toHaveLength(0);
});

test('nodes that may not be read are not waited for, and told', async () => {
  const { listener, look } = follow();
  listener.changed(view());
  listener.failed('nodes', denied);
  const { failures, view: seen } = await look;
  expect([failures, seen().nodes]).toEqual([[denied], undefined]);
});

test('nodes that do not come are waited for fifteen seconds', async () => {
  const { listener, look, seen, clock } = follow();
  listener.changed(view({ unread: ['n1'] }));
  await clock.advance(14_900);
  expect(seen.is).toBe('waiting');
  await clock.advance(200);
  expect((await look).view().nodes?.unread).toEqual(['n1']);
});

test.each(['jobs', 'allocations'])('%s that cannot be read end it, and what is followed', async (list) => {
  const { listener, look, state } = follow();
  listener.failed(list, denied);
  await expect(look).rejects.toBe(denied);
  expect(state.stopped).toBe(1);
});

test('so does its signal', async () => {
  const { look, state, ending } = follow();
  ending.abort(new Error('stopped'));
  await expect(look).rejects.toThrow('stopped');
  expect(state.stopped).toBe(1);
});
