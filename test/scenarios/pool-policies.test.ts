import { asStory, playStories } from './pools/pool-story.ts';
import { poolPolicyStories } from './stories/pool-policies.ts';
import { tellStories } from './tell-stories.ts';

tellStories(poolPolicyStories.filter(({ file }) => file !== undefined).map(asStory));
playStories(poolPolicyStories.filter(({ file }) => file === undefined));
