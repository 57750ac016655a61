import { leadershipStories } from './stories/leadership.ts';
import { tellStories } from './tell-stories.ts';

tellStories(leadershipStories);
