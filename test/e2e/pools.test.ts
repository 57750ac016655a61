import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { needsConsul, needsMoto } from '../support/needs.ts';
import { startConsul } from '../support/real-consul.ts';
import { followWork } from './support/pool-story-moto.ts';
import { beRefused, holdUpNobody, stayAtHome } from './support/pool-stories.ts';

type Story = (consul: string) => Promise<void>;

const noConsul = needsConsul.skip === true;
const both = { ...needsConsul, ...needsMoto, skip: noConsul || needsMoto.skip === true };

const STORIES: readonly (readonly [what: string, story: Story])[] = [
  ['what AWS refuses is one ERROR line that names what is missing; what can be done goes on', beRefused],
  ['the node that the agent itself runs on stays; where it is not known, every node stays', stayAtHome],
  ['a pool that drains for an hour holds up no other pool and no job', holdUpNobody],
];

describe('worker pools, with real processes and a real Consul', () => {
  let consul: Awaited<ReturnType<typeof startConsul>>;
  const ends = new Map<Story, PromiseSettledResult<void>>();

  // All at once, each with servers of its own: mostly they wait.
  beforeAll(async () => {
    if (noConsul) return;
    consul = await startConsul();
    const stories = [...STORIES.map(([, story]) => story), ...(both.skip ? [] : [followWork])];
    await Promise.all(
      stories.map(async (story) => {
        const [end] = await Promise.allSettled([story(consul.address)]);
        ends.set(story, end);
      }),
    );
  }, 240_000);
  afterAll(async () => {
    await consul?.stop();
  });

  /** Throws what the story failed with. */
  function endOf(story: Story): string | undefined {
    const end = ends.get(story);
    if (end?.status === 'rejected') throw end.reason;
    return end?.status;
  }

  test.each(STORIES)('%s', needsConsul, (_what, story) => {
    expect(endOf(story)).toBe('fulfilled');
  });

  test('a pool of moto follows its work out and in, one step at a time, and no work is lost', both, () => {
    expect(endOf(followWork)).toBe('fulfilled');
  });
});
