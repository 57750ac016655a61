import { operatorsStories } from './stories/operators.ts';
import { tellStories } from './tell-stories.ts';

tellStories(operatorsStories);
