import { expect } from 'vitest';
import type { VirtualCluster } from '../../support/virtual-cluster.ts';
import { scenarioJob } from '../../support/virtual-jobs.ts';
import { scales } from '../../support/virtual-wire.ts';
import { MINUTE, SECOND, type Story } from '../tell-stories.ts';

const hot = scenarioJob({ cpuMhz: 900 });

/** Requests that set the job's count, as they arrived. */
function scalings(cluster: VirtualCluster): readonly string[] {
  return cluster.writes
    .filter(({ method, path, body }) => scales('web')({ method, path, body } as never))
    .map(({ who }) => who);
}

export const leadershipStories: readonly Story[] = [
  {
    title: 'a lock lost between acceptance and confirmation: the same agent gets it again and goes on',
    file: 'lock-lost',
    cluster: { jobs: [hot] },
    tell: async (cluster) => {
      cluster.startAgent();
      await cluster.until(/Nomad accepted the count 3/);
      cluster.destroyLeaderSession();
      await cluster.until(/ended, success/);
      expect(scalings(cluster)).toEqual(['agent-1']);
    },
  },
  {
    title: 'a leader cut off from Consul: its successor takes the operation over where it stands',
    file: 'takeover',
    cluster: { jobs: [hot] },
    tell: async (cluster) => {
      const first = cluster.startAgent();
      await cluster.run(SECOND);
      cluster.startAgent();
      await cluster.until(/Nomad accepted the count 3/);
      first.consul.cut();
      cluster.say('agent-1 is cut off from Consul');
      await cluster.until(/ended, success/);
      first.consul.mend();
      cluster.say('agent-1 reaches Consul again');
      await cluster.run(MINUTE);
      expect(scalings(cluster)).toEqual(['agent-1']);
      expect(cluster.agents.map((agent) => agent.leading())).toEqual([false, true]);
    },
  },
  {
    title: 'a leader killed before it could record that its request was accepted: nothing is done twice',
    file: 'killed-before-recording',
    cluster: { jobs: [hot] },
    tell: async (cluster) => {
      const first = cluster.startAgent();
      await cluster.run(SECOND);
      cluster.startAgent();
      first.nomad.loseAnswer(scales('web'), () => {
        first.kill();
        cluster.say('agent-1 is killed');
      });
      await cluster.until(/agent-1 is killed/);
      const killedMs = cluster.clock.monotonicMs();
      await cluster.until(/agent-2 .*leadership lock obtained/, 45 * SECOND);
      expect(cluster.clock.monotonicMs() - killedMs).toBeLessThan((2 * 12 + 15 + 1) * SECOND);
      await cluster.until(/ended, success/);
      expect(scalings(cluster)).toEqual(['agent-1']);
      expect(cluster.document('replicator/config/state/jobs/web/api')).toMatchObject({
        scaleout_requests: 1,
      });
    },
  },
  {
    title: 'a leader killed before its request was sent: its successor drops the intent and decides anew',
    file: 'killed-before-sending',
    cluster: { jobs: [hot] },
    tell: async (cluster) => {
      const first = cluster.startAgent();
      await cluster.run(SECOND);
      cluster.startAgent();
      first.nomad.loseRequest(scales('web'), () => {
        first.kill();
        cluster.say('agent-1 is killed');
      });
      await cluster.until(/ended, success/);
      expect(scalings(cluster)).toEqual(['agent-2']);
    },
  },
  {
    title: 'a request that is lost on its way is dropped after its time and decided anew',
    file: 'request-lost',
    cluster: { jobs: [hot] },
    tell: async (cluster) => {
      const agent = cluster.startAgent();
      agent.nomad.loseRequest(scales('web'), () => cluster.say('the request is lost on its way to Nomad'));
      await cluster.until(/ended, success/);
      expect(scalings(cluster)).toHaveLength(1);
    },
  },
  {
    title: 'a request that arrives a minute late is refused: another has taken its place',
    file: 'request-late',
    cluster: { jobs: [hot] },
    tell: async (cluster) => {
      const agent = cluster.startAgent();
      const release = agent.nomad.hold(scales('web'), () => cluster.say('the request is held up on its way'));
      await cluster.until(/ended, success/);
      cluster.say('the request of before arrives');
      release();
      await cluster.run(MINUTE);
      expect(cluster.count('web')).toBe(3);
    },
  },
  {
    title: 'an answer that is lost: the count tells that the request was carried out',
    file: 'answer-lost',
    cluster: { jobs: [hot], nomadVersion: '1.9.3' },
    tell: async (cluster) => {
      const agent = cluster.startAgent();
      agent.nomad.loseAnswer(scales('web'), () => cluster.say("Nomad's answer is lost on its way"));
      await cluster.until(/ended, success/);
      expect(scalings(cluster)).toEqual(['agent-1']);
    },
  },
  {
    title: 'a leader that is stopped gives the lock back, and the next one leads at once',
    file: 'handover',
    cluster: { jobs: [hot] },
    tell: async (cluster) => {
      const first = cluster.startAgent();
      await cluster.run(SECOND);
      cluster.startAgent();
      await cluster.until(/Nomad accepted the count 3/);
      const stoppedMs = cluster.clock.monotonicMs();
      cluster.say('agent-1 is told to stop');
      await first.stop();
      await cluster.run(SECOND);
      expect(cluster.agents[1]?.leading()).toBe(true);
      expect(cluster.clock.monotonicMs() - stoppedMs).toBeLessThan(3 * SECOND);
      await cluster.until(/ended, success/);
    },
  },
  {
    title:
      'Consul comes back empty: the lock is taken anew, states begin afresh, the operation under way is forgotten',
    file: 'consul-emptied',
    cluster: { jobs: [hot] },
    tell: async (cluster) => {
      cluster.startAgent();
      await cluster.until(/Nomad accepted the count 3/);
      cluster.consul.restartEmpty();
      cluster.say('Consul is restarted with nothing in it');
      await cluster.run(3 * MINUTE);
      expect(scalings(cluster)).toHaveLength(1);
    },
  },
];
