import { asStory, playStories } from './pools/pool-story.ts';
import { poolDrainStories } from './stories/pool-drains.ts';
import { tellStories } from './tell-stories.ts';

tellStories(poolDrainStories.filter(({ file }) => file !== undefined).map(asStory));
playStories(poolDrainStories.filter(({ file }) => file === undefined));
