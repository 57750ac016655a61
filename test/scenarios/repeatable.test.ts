import { expect, test } from 'vitest';
import { VirtualCluster } from '../support/virtual-cluster.ts';
import { Chaos, chaosJobs } from './chaos.ts';
import { MINUTE, transcriptOf } from './tell-stories.ts';
import { leadershipStories } from './stories/leadership.ts';

/** Ten minutes of faults with times, loads and ids as drawn from the seed. */
async function tenMinutes(seed: string): Promise<string> {
  const cluster = new VirtualCluster({ seed, jobs: chaosJobs(4), nodes: [{ count: 3 }], timing: {} });
  try {
    const chaos = new Chaos(cluster, seed, 4);
    chaos.start();
    await chaos.run(10 * MINUTE);
  } finally {
    await cluster.stop();
  }
  return cluster.transcript.text();
}

test('the same seed gives the same transcript, byte for byte; another seed gives another', async () => {
  const first = await tenMinutes('a');
  expect(await tenMinutes('a')).toBe(first);
  expect(await tenMinutes('b')).not.toBe(first);
});

test('two agents of which one is killed give the same transcript each time', async () => {
  const story = leadershipStories.find(({ file }) => file === 'killed-before-recording');
  if (!story) throw new Error('the story is gone');
  expect(await transcriptOf(story)).toBe(await transcriptOf(story));
});
