import { loadsAndBoundsStories } from './stories/loads-and-bounds.ts';
import { tellStories } from './tell-stories.ts';

tellStories(loadsAndBoundsStories);
