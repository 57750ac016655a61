import { expect } from 'vitest';
import { scenarioJob } from '../../support/virtual-jobs.ts';
import { isTransaction, type Match } from '../../support/virtual-wire.ts';
import { MINUTE, SECOND, type Story } from '../tell-stories.ts';

const stateKey = 'replicator/config/state/jobs/web/api';
const operationKey = 'replicator/config/operations/jobs/web/api';

/** The flag is set after the request was accepted: the operation is frozen until it is lifted. */
function frozenBy(flag: 'failsafe' | 'paused'): Story {
  return {
    title: `${flag} set in mid-operation freezes it; lifted, the operation goes on where it stood`,
    file: `${flag}-in-operation`,
    cluster: { jobs: [scenarioJob({ cpuMhz: 900 })] },
    tell: async (cluster) => {
      cluster.startAgent();
      await cluster.until(/Nomad accepted the count 3/);
      await cluster.run(5 * SECOND);
      cluster.setFlag(flag, true);
      const before = cluster.document(operationKey);
      await cluster.run(3 * MINUTE);
      expect(cluster.document(operationKey)).toEqual(before);
      cluster.setFlag(flag, false);
      await cluster.until(/ended, success/);
    },
  };
}

export const operatorsStories: readonly Story[] = [
  frozenBy('failsafe'),
  frozenBy('paused'),
  {
    title: 'failsafe of one group, set by an operator, holds that group alone',
    file: 'failsafe-of-a-group',
    cluster: {
      jobs: [
        scenarioJob({ count: 1, max: 2, cpuMhz: 450 }),
        scenarioJob({ id: 'other', count: 1, max: 2, cpuMhz: 450 }),
      ],
    },
    tell: async (cluster) => {
      cluster.startAgent();
      await cluster.run(5 * SECOND);
      cluster.say('an operator sets failsafe for web/api');
      cluster.editDocument(stateKey, { failsafe_mode: true, failsafe_admin: true });
      await cluster.run(2 * MINUTE);
      expect([cluster.count('web'), cluster.count('other')]).toEqual([1, 2]);
      cluster.say('an operator resets failsafe for web/api');
      cluster.editDocument(stateKey, { failsafe_mode: false, failsafe_admin: false, failure_count: 0 });
      await cluster.until(/web\/api: .* ended, success/);
    },
  },
  {
    title: 'a flag written between decision and intent: the intent is refused and nothing is sent',
    file: 'flag-before-intent',
    cluster: { jobs: [scenarioJob({ cpuMhz: 900 })] },
    tell: async (cluster) => {
      const agent = cluster.startAgent();
      await cluster.run(5 * SECOND);
      const release = agent.consul.hold(isTransaction, () => cluster.say("the agent's intent is on its way"));
      await cluster.until(/intent is on its way/);
      cluster.setFlag('failsafe', true);
      release();
      await cluster.run(MINUTE);
      expect(cluster.writes).toEqual([]);
      cluster.setFlag('failsafe', false);
      await cluster.until(/ended, success/);
    },
  },
  {
    title: 'a flag written between intent and request: the request is not sent, the operation is dropped',
    file: 'flag-after-intent',
    cluster: { jobs: [scenarioJob({ cpuMhz: 900 })] },
    tell: async (cluster) => {
      const agent = cluster.startAgent();
      await cluster.run(15 * SECOND);
      const isLook: Match = ({ method, path }) => method === 'GET' && path.endsWith('/deployment');
      const release = agent.nomad.hold(isLook, () => cluster.say('the agent looks once more before it asks'));
      await cluster.until(/looks once more/);
      expect(cluster.document(operationKey)).toMatchObject({ phase: 'requested' });
      cluster.setFlag('failsafe', true);
      await cluster.run(SECOND);
      release();
      await cluster.run(MINUTE);
      expect(cluster.writes).toEqual([]);
      cluster.setFlag('failsafe', false);
      await cluster.until(/ended, success/);
    },
  },
  {
    title: 'a state that cannot be read is told once, never overwritten, and stops that group alone',
    file: 'unreadable-state',
    cluster: {
      jobs: [
        scenarioJob({ count: 1, max: 2, cpuMhz: 450 }),
        scenarioJob({ id: 'other', count: 1, max: 2, cpuMhz: 450 }),
      ],
    },
    tell: async (cluster) => {
      cluster.consul.putKey(stateKey, '{"failure_count": "two"}');
      cluster.startAgent();
      await cluster.run(2 * MINUTE);
      expect(cluster.consul.key(stateKey)?.text).toBe('{"failure_count": "two"}');
      expect([cluster.count('web'), cluster.count('other')]).toEqual([1, 2]);
      cluster.say('an operator mends the state');
      cluster.consul.putKey(stateKey, '{"failure_count": 0}');
      await cluster.until(/web\/api: .* ended, success/);
    },
  },
  {
    title: 'an operation that cannot be read stops its group until it is deleted',
    file: 'unreadable-operation',
    cluster: { jobs: [scenarioJob({ count: 1, max: 2, cpuMhz: 450 })] },
    tell: async (cluster) => {
      cluster.consul.putKey(operationKey, 'half an opera');
      cluster.startAgent();
      await cluster.run(2 * MINUTE);
      expect(cluster.consul.key(operationKey)?.text).toBe('half an opera');
      expect(cluster.count('web')).toBe(1);
    },
  },
];
