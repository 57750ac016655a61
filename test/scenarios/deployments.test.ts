import { deploymentsStories } from './stories/deployments.ts';
import { tellStories } from './tell-stories.ts';

tellStories(deploymentsStories);
