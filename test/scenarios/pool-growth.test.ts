import { asStory, playStories } from './pools/pool-story.ts';
import { poolGrowthStories } from './stories/pool-growth.ts';
import { tellStories } from './tell-stories.ts';

tellStories(poolGrowthStories.filter(({ file }) => file !== undefined).map(asStory));
playStories(poolGrowthStories.filter(({ file }) => file === undefined));
