import { expect, test } from 'vitest';
import { type Acting, createActing } from '../../src/agent/acting.ts';
import { createFirstStates } from '../../src/agent/first-states.ts';
import type { Store } from '../../src/agent/store.ts';
import type { Term } from '../../src/agent/term.ts';
import { isPortError, PortError } from '../../src/ports/port-error.ts';
import { isTransaction } from '../support/virtual-wire.ts';
import { keys, startStore, type StoreRig } from './store-rig.ts';

const keyOf = (at: number): string => `replicator/config/state/jobs/job-${at}/api`;

/** What became of each write: `written`, or the kind of its error. */
interface Writing {
  readonly all: Promise<readonly string[]>;
}

/** Begins the first states of so many groups; the first goes out at once. */
function begin(
  rig: StoreRig,
  count: number,
  acting: (at: number) => Acting = actingUnder(rig.term),
): Writing {
  const firstStates = createFirstStates(rig.store, rig.clock);
  const all = Array.from({ length: count }, async (_none, at) => {
    try {
      await firstStates.write(acting(at), { key: keyOf(at), value: `first ${at}` });
      return 'written';
    } catch (error) {
      return isPortError(error) ? error.kind : String(error);
    }
  });
  return { all: Promise.all(all) };
}

function actingUnder(term: Term | undefined): () => Acting {
  const desk = createActing(
    () => term,
    () => 10,
  );
  return () => desk.of('job_group:web/api');
}

const written = (count: number): readonly string[] => Array.from({ length: count }, () => 'written');
const texts = ({ consul }: StoreRig, count: number): readonly (string | undefined)[] =>
  Array.from({ length: count }, (_none, at) => consul.key(keyOf(at))?.text);
const firsts = (count: number): readonly string[] =>
  Array.from({ length: count }, (_none, at) => `first ${at}`);

test('a hundred that are due at the same time take a few transactions, none beyond 64 operations', async () => {
  const rig = await startStore();
  expect(await rig.drive(begin(rig, 100).all)).toEqual(written(100));
  expect(texts(rig, 100)).toEqual(firsts(100));
  expect(rig.timesOf(/txn/)).toHaveLength(1 + Math.ceil(99 / 40));
  expect(rig.text(keyOf(99))).toBe('first 99');
});

test('one alone is written at once', async () => {
  const rig = await startStore();
  const { all } = begin(rig, 1);
  await rig.clock.advance(1);
  expect(texts(rig, 1)).toEqual(firsts(1));
  expect(await rig.drive(all)).toEqual(['written']);
});

test('of very many that come one after another, those within a moment go together, and wait no longer', async () => {
  const rig = await startStore();
  const firstStates = createFirstStates(rig.store, rig.clock);
  const acting = actingUnder(rig.term);
  const all: Promise<void>[] = [];
  const begun = async (from: number, to: number): Promise<void> => {
    for (let at = from; at < to; at += 1) {
      all.push(firstStates.write(acting(), { key: keyOf(at), value: `first ${at}` }));
      await rig.clock.advance(10);
    }
  };
  await begun(0, 19);
  expect(texts(rig, 19)).toEqual(firsts(19));
  await begun(19, 60);
  await rig.clock.advance(110);
  expect(texts(rig, 60)).toEqual(firsts(60));
  await rig.drive(Promise.all(all));
  expect(rig.timesOf(/txn/).length).toBeLessThanOrEqual(20 + 5);
});

test('what somebody else has written meanwhile stays, and the others are written', async () => {
  const rig = await startStore();
  const release = rig.wire.hold(isTransaction);
  const { all } = begin(rig, 5);
  rig.consul.putKey(keyOf(3), 'theirs');
  release();
  expect(await rig.drive(all)).toEqual(written(5));
  expect(texts(rig, 5)).toEqual(['first 0', 'first 1', 'first 2', 'theirs', 'first 4']);
});

test('a flag that is set meanwhile is looked at before they are written', async () => {
  const rig = await startStore();
  const release = rig.wire.hold(isTransaction);
  const { all } = begin(rig, 3);
  rig.consul.putKey(keys.paused, '{"set":true}');
  release();
  expect(await rig.drive(all)).toEqual(written(3));
  expect(rig.text(keys.paused)).toBe('{"set":true}');
});

test('one that may not be written keeps no other from being written', async () => {
  const rig = await startStore();
  const store: Store = {
    ...rig.store,
    writeOutcome: (term, makeChanges) =>
      makeChanges().some(({ key }) => key === keyOf(2))
        ? Promise.reject(new PortError('denied', { service: 'consul', doing: 'write', text: 'denied' }))
        : rig.store.writeOutcome(term, makeChanges),
  };
  const { all } = begin({ ...rig, store }, 5);
  expect(await rig.drive(all)).toEqual(['written', 'written', 'denied', 'written', 'written']);
  expect(texts(rig, 5)).toEqual(['first 0', 'first 1', undefined, 'first 3', 'first 4']);
});

test('those of a lock that is lost are refused, those of another lock are written', async () => {
  const rig = await startStore();
  const mine = actingUnder(rig.term);
  const lost = actingUnder(undefined);
  const { all } = begin(rig, 4, (at) => (at % 2 === 0 ? mine() : lost()));
  expect(await rig.drive(all)).toEqual(['written', 'cancelled', 'written', 'cancelled']);
  expect(texts(rig, 4)).toEqual(['first 0', undefined, 'first 2', undefined]);
});

test('what is under two locks is never in one transaction', async () => {
  const rig = await startStore();
  const terms = [rig.term, { ...rig.term }];
  const together: Term[] = [];
  const counted: number[] = [];
  const store: Store = {
    ...rig.store,
    writeOutcome: (term, makeChanges) => {
      together.push(term);
      counted.push(makeChanges().length);
      return rig.store.writeOutcome(term, makeChanges);
    },
  };
  const [even, odd] = terms.map((term) => actingUnder(term));
  const { all } = begin({ ...rig, store }, 9, (at) => (at % 2 === 0 ? even!() : odd!()));
  expect(await rig.drive(all)).toEqual(written(9));
  expect(together).toEqual([terms[0], terms[1], terms[0]]);
  expect(counted).toEqual([1, 4, 4]);
});
