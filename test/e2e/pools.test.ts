import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { needsConsul, needsMoto } from '../support/needs.ts';
import { startConsul } from '../support/real-consul.ts';
import { followWork } from './support/pool-story-moto.ts';
import { beRefused, holdUpNobody, stayAtHome } from './support/pool-stories.ts';

const both = { ...needsConsul, ...needsMoto, skip: needsConsul.skip === true || needsMoto.skip === true };

const STORIES = [
  {
    what: 'a pool of moto follows its work out and in, one step at a time, and no work is lost',
    tell: followWork,
    options: both,
  },
  {
    what: 'what AWS refuses is one ERROR line that names what is missing; what can be done goes on',
    tell: beRefused,
    options: needsConsul,
  },
  {
    what: 'the node that the agent itself runs on stays; where it is not known, every node stays',
    tell: stayAtHome,
    options: needsConsul,
  },
  {
    what: 'a pool that drains for an hour holds up no other pool and no job',
    tell: holdUpNobody,
    options: needsConsul,
  },
];

describe('worker pools, with real processes and a real Consul', () => {
  let consul: Awaited<ReturnType<typeof startConsul>>;
  const outcomes = new Map<string, PromiseSettledResult<void> | undefined>();

  // All at once, each with servers of its own: mostly they wait.
  beforeAll(async () => {
    if (needsConsul.skip === true) return;
    consul = await startConsul();
    const told = STORIES.filter(({ options }) => options.skip !== true);
    const ends = await Promise.allSettled(told.map(({ tell }) => tell(consul.address)));
    for (const [at, { what }] of told.entries()) outcomes.set(what, ends[at]);
  }, 240_000);
  afterAll(async () => {
    await consul?.stop();
  });

  const tellers = STORIES.filter(({ options }) => options === needsConsul);
  test.each(tellers)('$what', needsConsul, ({ what }) => expectTold(outcomes.get(what)));
  test.each(STORIES.filter(({ options }) => options === both))('$what', both, ({ what }) =>
    expectTold(outcomes.get(what)),
  );
});

function expectTold(end: PromiseSettledResult<void> | undefined): void {
  if (end?.status === 'rejected') throw end.reason;
  expect(end?.status).toBe('fulfilled');
}
