import { outagesStories } from './stories/outages.ts';
import { tellStories } from './tell-stories.ts';

tellStories(outagesStories);
