import { expect, test } from 'vitest';
import { PoolEye } from '../../support/scenario-pools.ts';
import type { VirtualCluster } from '../../support/virtual-cluster.ts';
import { type Story, transcriptOf } from '../tell-stories.ts';
import { lossesOf } from './pool-scenes.ts';

/** A story of the pool `workers`. With `file` its transcript is compared with the one in `golden/`. */
export interface PoolStory extends Omit<Story, 'file' | 'tell'> {
  readonly file?: string;
  readonly tell: (cluster: VirtualCluster, eye: PoolEye) => Promise<void>;
}

/** The story as any other, and in the end no work was lost by anything that was done. */
export function asStory({ file = '', tell, ...rest }: PoolStory): Story {
  return {
    ...rest,
    file,
    tell: async (cluster) => {
      const eye = new PoolEye(cluster);
      try {
        await tell(cluster, eye);
        expect(lossesOf(cluster, eye)).toEqual([]);
      } catch (error) {
        throw new Error(`${String(error)}\n${cluster.transcript.text()}`, { cause: error });
      }
    },
  };
}

/** One test a story, without a transcript to compare. */
export function playStories(stories: readonly PoolStory[]): void {
  const named = stories.map((story) => [story.title, asStory(story)] as const);
  test.each(named)('%s', { timeout: 120_000 }, async (_title, story) => {
    expect(await transcriptOf(story)).toContain(story.title);
  });
}
