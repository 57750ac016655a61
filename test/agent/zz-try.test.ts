import { test } from 'vitest';
import { deploymentsStories } from '../scenarios/stories/deployments.ts';
import { outagesStories } from '../scenarios/stories/outages.ts';
import { leadershipStories } from '../scenarios/stories/leadership.ts';
import { VirtualCluster } from '../support/virtual-cluster.ts';
const want = (process.env['STORY'] ?? '').split(',');
test.each(
  [...deploymentsStories, ...outagesStories, ...leadershipStories].filter((s) => want.includes(s.file)),
)(
  '$file',
  async (s) => {
    const c = new VirtualCluster(s.cluster);
    try {
      await s.tell(c);
    } finally {
      await c.stop();
      console.log(c.transcript.text());
    }
  },
  200_000,
);
