import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { expect, test } from 'vitest';
import { VirtualCluster, type VirtualClusterOptions } from '../support/virtual-cluster.ts';

/** A script that plays on a cluster in virtual time; what it leaves in the transcript is compared with a file. */
export interface Story {
  /** A sentence: the test's name and the file's first line. */
  readonly title: string;
  /** Name of the file in `golden/`. */
  readonly file: string;
  readonly cluster: VirtualClusterOptions;
  readonly tell: (cluster: VirtualCluster) => Promise<void>;
}

/** One test a story. `UPDATE_GOLDEN=1` writes the files anew: read the difference before it is kept. */
export function tellStories(stories: readonly Story[]): void {
  const named = stories.map((story) => [story.title, story] as const);
  test.each(named)('%s', { timeout: 120_000 }, async (_title, story) => {
    const text = await transcriptOf(story);
    const golden = new URL(`golden/${story.file}.txt`, import.meta.url);
    if (process.env['UPDATE_GOLDEN'] === '1') {
      await mkdir(dirname(golden.pathname), { recursive: true });
      await writeFile(golden, text);
    }
    expect(text).toBe(await readFile(golden, 'utf8'));
  });
}

/** Plays the story; everything it started is stopped, whatever comes. */
export async function transcriptOf(story: Story): Promise<string> {
  const cluster = new VirtualCluster(story.cluster);
  try {
    await story.tell(cluster);
  } finally {
    await cluster.stop();
  }
  return `# ${story.title}\n\n${cluster.transcript.text()}`;
}

export const SECOND = 1_000;
export const MINUTE = 60_000;
