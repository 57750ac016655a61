import { asStory, playStories } from './pools/pool-story.ts';
import { poolInstanceStories } from './stories/pool-instances.ts';
import { tellStories } from './tell-stories.ts';

tellStories(poolInstanceStories.filter(({ file }) => file !== undefined).map(asStory));
playStories(poolInstanceStories.filter(({ file }) => file === undefined));
