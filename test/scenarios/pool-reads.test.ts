import { asStory, playStories } from './pools/pool-story.ts';
import { poolReadStories } from './stories/pool-reads.ts';
import { tellStories } from './tell-stories.ts';

tellStories(poolReadStories.filter(({ file }) => file !== undefined).map(asStory));
playStories(poolReadStories.filter(({ file }) => file === undefined));
