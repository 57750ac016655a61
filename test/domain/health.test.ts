import { describe, expect, test } from 'vitest';
import {
  type HealthFacts,
  judgeHealth,
  type RoundFacts,
  type ServiceFacts,
} from '../../src/domain/health.ts';

const nomad = (part: Partial<ServiceFacts> = {}): ServiceFacts => ({
  service: 'nomad',
  isRead: true,
  answeredAgoMs: 0,
  isFailing: false,
  error: '',
  ...part,
});
const consul = (part: Partial<ServiceFacts> = {}): ServiceFacts => ({ ...nomad(part), service: 'consul' });
const rounds = (part: Partial<RoundFacts> = {}): RoundFacts => ({
  type: 'job_group',
  isOwed: true,
  everyMs: 10_000,
  decidedAgoMs: 0,
  ...part,
});

function facts(part: Partial<HealthFacts> = {}): HealthFacts {
  return {
    isStopping: false,
    services: [nomad(), consul()],
    lists: { unheardMs: 20_000, limitMs: 45_000 },
    rounds: [rounds(), rounds({ type: 'worker_pool' })],
    everyMs: 10_000,
    ...part,
  };
}

describe('an agent that does what it should', () => {
  test.each<[sentence: string, part: Partial<HealthFacts>]>([
    ['leads, hears and evaluates', {}],
    [
      'hears nothing new for long from a service that has not failed',
      { services: [nomad({ answeredAgoMs: 90_000 }), consul()] },
    ],
    [
      'has had no answer for less than three intervals',
      { services: [nomad({ isFailing: true, answeredAgoMs: 29_999 }), consul()] },
    ],
    ['follows, and so decides nothing', { rounds: [rounds({ isOwed: false, decidedAgoMs: 1e9 })] }],
    ['has evaluated within three intervals', { rounds: [rounds({ decidedAgoMs: 29_999 })] }],
    ['hears its lists just in time', { lists: { unheardMs: 45_000, limitMs: 45_000 } }],
  ])('%s', (_sentence, part) => {
    expect(judgeHealth(facts(part))).toEqual([]);
  });
});

describe('an agent that is not fit', () => {
  test.each<[part: Partial<HealthFacts>, reason: string, text: string]>([
    [
      { services: [nomad({ isFailing: true, answeredAgoMs: 30_000 }), consul()] },
      'nomad',
      'Nomad has not answered for 30 s',
    ],
    [
      { services: [nomad(), consul({ isFailing: true, answeredAgoMs: 31_900, error: 'consul: refused' })] },
      'consul',
      'Consul has not answered for 31 s (consul: refused)',
    ],
    [
      { services: [nomad({ isRead: false, error: 'nomad: denied' }), consul()] },
      'nomad',
      'Nomad has not been read since the start (nomad: denied)',
    ],
    [
      { lists: { unheardMs: 45_001, limitMs: 45_000 } },
      'lists',
      "Nomad's lists have not been heard for 45 s",
    ],
    [{ rounds: [rounds({ decidedAgoMs: 30_000 })] }, 'rounds', 'no task group has been evaluated for 30 s'],
    [
      { rounds: [rounds(), rounds({ type: 'worker_pool', everyMs: 1_000, decidedAgoMs: 3_000 })] },
      'rounds',
      'no worker pool has been evaluated for 3 s',
    ],
    [{ isStopping: true, services: [] }, 'stopping', 'the agent is stopping'],
  ])('%j', (part, reason, text) => {
    expect(judgeHealth(facts(part))).toEqual([{ reason, text }]);
  });

  test('goes by the shortest interval where it waits for a service', () => {
    const services = [nomad({ isFailing: true, answeredAgoMs: 3_000 }), consul()];
    expect(judgeHealth(facts({ everyMs: 1_000, services }))).toHaveLength(1);
  });

  test('has every reason told', () => {
    const services = [nomad({ isRead: false }), consul({ isFailing: true, answeredAgoMs: 60_000 })];
    const found = judgeHealth(facts({ services, rounds: [rounds({ decidedAgoMs: 60_000 })] }));
    expect(found.map(({ reason }) => reason)).toEqual(['nomad', 'consul', 'rounds']);
  });
});
