import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { advanceGroup, type OperationSight, type OperationStep } from '../../src/domain/advance-group.ts';
import type { GroupOperation } from '../../src/domain/group-operation.ts';
import type { DeploymentFacts, EvaluationFacts, JobFacts } from '../../src/domain/snapshot.ts';
import {
  aBlockedEvaluation,
  aDeployment,
  aGroup,
  aJob,
  anAllocation,
  anEvaluation,
  anOperation,
  aSight,
  MINUTE_MS,
  NOW_MS,
  running,
} from './build.ts';

/** A step in a word or two: `wait`, `end success`, `put-back 3`. */
function wordOf(step: OperationStep): string {
  switch (step.kind) {
    case 'end':
      return `end ${step.outcome}`;
    case 'confirm':
      return `confirm ${step.modifyIndex}`;
    case 'fail-deployment':
      return `fail ${step.deploymentId}`;
    case 'put-back':
      return `put-back ${step.count}`;
    default:
      return step.kind;
  }
}

interface Situation {
  readonly operation?: Partial<GroupOperation>;
  readonly job?: JobFacts | undefined;
  readonly count?: number;
  readonly jobIndex?: number;
  readonly deployments?: readonly DeploymentFacts[];
  readonly evaluations?: readonly EvaluationFacts[];
  readonly allocations?: OperationSight['allocations'];
}

function step(situation: Situation): OperationStep {
  const { operation, count = 4, jobIndex = 101, allocations = running(3) } = situation;
  const { deployments = [], evaluations = [] } = situation;
  const job =
    'job' in situation ? situation.job : aJob({ modifyIndex: jobIndex, groups: [aGroup({ count })] });
  return advanceGroup(
    anOperation(operation),
    aSight({ job, allocations, rollout: { deployments, evaluations } }),
  );
}

const ago = (ms: number): Partial<GroupOperation> => ({ startedMs: NOW_MS - ms, phaseMs: NOW_MS - ms });
const LATE = ago(15 * MINUTE_MS);
const BATCH = { deploys: false } as const;
const aBatchJob = aJob({ type: 'batch', modifyIndex: 101, groups: [aGroup({ count: 4, deploys: false })] });

type Rows = readonly (readonly [what: string, situation: Situation, word: string])[];

describe.each(['requested', 'confirming', 'reverting'] as const)('in phase %s', (phase) => {
  test.each([
    ['a job that is gone ends it', { job: undefined }, 'end dropped'],
    ['a group that is gone ends it', { job: aJob({ groups: [aGroup({ name: 'other' })] }) }, 'end dropped'],
    [
      'a stopped job ends it',
      { job: aJob({ stopped: true, groups: [aGroup({ count: 4 })] }) },
      'end dropped',
    ],
  ] as Rows)('%s, without a failure', (_what, situation, word) => {
    expect(wordOf(step({ ...situation, operation: { phase, ...LATE } }))).toBe(word);
  });
});

describe('requested: the answer was lost', () => {
  const requested = (ms: number): Partial<GroupOperation> => ({
    phase: 'requested',
    modifyIndex: 100,
    ...ago(ms),
  });

  test.each([
    ['the count is what was asked for', { operation: requested(0), count: 4 }, 'confirm 101'],
    ['even after its deadline', { operation: requested(MINUTE_MS), count: 4 }, 'confirm 101'],
    ['the count is as before: the request may still arrive', { operation: requested(0), count: 3 }, 'wait'],
    ['for 30 s', { operation: requested(29_999), count: 3 }, 'wait'],
    ['and no longer', { operation: requested(30_000), count: 3 }, 'end dropped'],
    ['somebody else set another count', { operation: requested(0), count: 7 }, 'end dropped'],
    ['in is judged alike', { operation: { ...requested(0), direction: 'in', from: 5 }, count: 5 }, 'wait'],
    [
      'to a count of another direction',
      { operation: { ...requested(0), direction: 'in', from: 5 }, count: 4 },
      'confirm 101',
    ],
  ] as Rows)('%s', (_what, situation, word) => {
    expect(wordOf(step(situation))).toBe(word);
  });
});

describe('confirming by the deployment of the change', () => {
  const own = (part: Partial<DeploymentFacts>): Situation => ({ deployments: [aDeployment(part)] });
  const blocked = [aBlockedEvaluation()];

  test.each([
    ['is running', own({}), 'wait'],
    ['is pending', own({ status: 'pending' }), 'wait'],
    ['is successful', own({ status: 'successful' }), 'end success'],
    ['has failed', own({ status: 'failed' }), 'end failure'],
    [
      'has failed while an evaluation was blocked',
      { ...own({ status: 'failed' }), evaluations: blocked },
      'revert',
    ],
    [
      'has failed, and one was blocked before the change',
      { ...own({ status: 'failed' }), evaluations: [aBlockedEvaluation({ modifyIndex: 100 })] },
      'end failure',
    ],
    [
      'has failed while an evaluation waits blocked',
      { ...own({ status: 'failed' }), evaluations: [anEvaluation({ id: 'e2', status: 'blocked' })] },
      'revert',
    ],
    ['was cancelled', own({ status: 'cancelled' }), 'end dropped'],
    ['is paused by an operator', own({ status: 'paused' }), 'wait'],
    [
      'is paused, for ever so long',
      { ...own({ status: 'paused' }), evaluations: blocked, operation: LATE },
      'wait',
    ],
    [
      'is successful although a newer change is there',
      { ...own({ status: 'successful' }), jobIndex: 130 },
      'end success',
    ],
    ['runs for longer than 15 min with room', { ...own({}), operation: LATE }, 'wait'],
    [
      'has had no room for less',
      { ...own({}), evaluations: blocked, operation: ago(15 * MINUTE_MS - 1) },
      'wait',
    ],
    ['has had no room for 15 min', { ...own({}), evaluations: blocked, operation: LATE }, 'revert'],
    [
      'had no room at first, and its allocations are placed now',
      {
        ...own({}),
        evaluations: blocked,
        operation: LATE,
        allocations: [...running(3), anAllocation({ id: 'a4', clientStatus: 'pending' })],
      },
      'wait',
    ],
  ] as Rows)('%s', (_what, situation, word) => {
    expect(wordOf(step(situation))).toBe(word);
  });

  test('tells why it failed or was cancelled in Nomad’s words', () => {
    const description = 'Failed due to progress deadline';
    for (const status of ['failed', 'cancelled']) {
      expect(step(own({ status, description }))).toMatchObject({
        why: expect.stringContaining(description) as string,
      });
    }
  });
});

describe('confirming before the deployment shows', () => {
  test.each([
    [
      'the old one is still shown',
      { deployments: [aDeployment({ id: 'd0', specIndex: 90, status: 'successful' })] },
      'wait',
    ],
    ['none is shown though all run', { allocations: running(4), evaluations: [anEvaluation()] }, 'wait'],
    ['none came in 15 min, and all run', { allocations: running(4), operation: LATE }, 'end success'],
    ['none came in 15 min, and they do not', { operation: LATE }, 'end failure'],
    [
      'none came in 15 min for want of room',
      { operation: LATE, evaluations: [aBlockedEvaluation()] },
      'revert',
    ],
    [
      'a newer deployment took its place',
      { deployments: [aDeployment({ id: 'd2', specIndex: 130 })] },
      'end dropped',
    ],
    ['a newer change of the job took its place', { jobIndex: 130 }, 'end dropped'],
    ['the list still shows the job before the change', { jobIndex: 99 }, 'wait'],
  ] as Rows)('%s', (_what, situation, word) => {
    expect(wordOf(step(situation))).toBe(word);
  });
});

describe('confirming without a deployment', () => {
  const batch = (situation: Situation): Situation => ({
    job: aBatchJob,
    evaluations: [anEvaluation()],
    ...situation,
    operation: { ...BATCH, ...situation.operation },
  });
  const scaleIn = { direction: 'in', from: 5, to: 4 } as const;
  const done = anAllocation({ id: 'a9', clientStatus: 'complete', createdMs: NOW_MS });

  test.each([
    ['as many run as were asked for', batch({ allocations: running(4) }), 'end success'],
    ['more do', batch({ allocations: running(5) }), 'end success'],
    ['fewer do', batch({}), 'wait'],
    [
      'enough do, and the evaluation is not complete',
      batch({ allocations: running(4), evaluations: [anEvaluation({ status: 'pending' })] }),
      'wait',
    ],
    [
      'enough do, and the evaluation is forgotten',
      batch({ allocations: running(4), evaluations: [] }),
      'end success',
    ],
    [
      'one that shall stop does not count',
      batch({ allocations: [...running(3), anAllocation({ id: 'a4', desiredStatus: 'stop' })] }),
      'wait',
    ],
    [
      'one that is pending does not count',
      batch({ allocations: [...running(3), anAllocation({ id: 'a4', clientStatus: 'pending' })] }),
      'wait',
    ],
    [
      'one of a batch job that is done already counts',
      batch({ allocations: [...running(3), done] }),
      'end success',
    ],
    [
      'and so does one that was done before, or by a server whose clock is behind',
      batch({ allocations: [...running(3), { ...done, createdMs: NOW_MS - 30 * MINUTE_MS }] }),
      'end success',
    ],
    [
      'one of a service that is complete does not',
      batch({
        job: aJob({ modifyIndex: 101, groups: [aGroup({ count: 4 })] }),
        allocations: [...running(3), done],
      }),
      'wait',
    ],
    [
      'in: as few run as were asked for',
      batch({ operation: scaleIn, allocations: running(4) }),
      'end success',
    ],
    ['in: more do', batch({ operation: scaleIn, allocations: running(5) }), 'wait'],
    [
      'in: those that are done do not count',
      batch({ operation: scaleIn, allocations: [...running(4), done] }),
      'end success',
    ],
    ['fewer do after 15 min', batch({ operation: LATE }), 'end failure'],
    [
      'fewer do after 15 min, and the count is no longer what was asked for',
      batch({ operation: LATE, job: { ...aBatchJob, groups: [aGroup({ count: 3, deploys: false })] } }),
      'end dropped',
    ],
    [
      'the list shows the job before the change: its count says nothing yet',
      batch({ job: { ...aBatchJob, modifyIndex: 99, groups: [aGroup({ count: 3, deploys: false })] } }),
      'wait',
    ],
    ['fewer do after a little less', batch({ operation: ago(15 * MINUTE_MS - 1) }), 'wait'],
    [
      'fewer do after 15 min, for want of room',
      batch({ operation: LATE, evaluations: [aBlockedEvaluation()] }),
      'revert',
    ],
    [
      'fewer do after 15 min, and only another group had no room',
      batch({ operation: LATE, evaluations: [aBlockedEvaluation({ unplaced: ['other'] })] }),
      'end failure',
    ],
    [
      'in: more do after 15 min',
      batch({ operation: { ...scaleIn, ...LATE }, allocations: running(5) }),
      'end failure',
    ],
    ['the job was changed again', batch({ job: { ...aBatchJob, modifyIndex: 130 } }), 'end dropped'],
  ] as Rows)('%s', (_what, situation, word) => {
    expect(wordOf(step(situation))).toBe(word);
  });

  test.each(['canceled', 'failed'])(
    'an evaluation that Nomad has %s leaves it to the count: another follows',
    (status) => {
      const evaluations = [anEvaluation({ status })];
      expect(wordOf(step(batch({ evaluations })))).toBe('wait');
      expect(wordOf(step(batch({ evaluations, allocations: running(4) })))).toBe('end success');
      expect(wordOf(step(batch({ evaluations, operation: LATE })))).toBe('end failure');
    },
  );
});

describe('reverting: there was no room', () => {
  const operation = { phase: 'reverting' } as const;
  const active = aDeployment();

  test.each([
    ['its own deployment runs: it is failed first', { operation, deployments: [active] }, 'fail d1'],
    ['it is paused: likewise', { operation, deployments: [aDeployment({ status: 'paused' })] }, 'fail d1'],
    [
      'it has ended: the count goes back',
      { operation, deployments: [aDeployment({ status: 'failed' })] },
      'put-back 3',
    ],
    ['there is none: likewise', { operation: { ...operation, ...BATCH } }, 'put-back 3'],
    ['the count is back', { operation, count: 3 }, 'end no-room'],
    [
      'the count is back, and its deployment runs',
      { operation, count: 3, deployments: [aDeployment({ id: 'd2', specIndex: 130 })] },
      'end no-room',
    ],
    ['somebody else set a count', { operation, count: 9 }, 'end no-room'],
    [
      'a newer change deploys',
      { operation, deployments: [aDeployment({ id: 'd2', specIndex: 130 })] },
      'end no-room',
    ],
    [
      'an old deployment of another group still shows',
      { operation, deployments: [aDeployment({ specIndex: 90, status: 'successful' })] },
      'put-back 3',
    ],
  ] as Rows)('%s', (_what, situation, word) => {
    expect(wordOf(step(situation))).toBe(word);
  });

  test('puts the count back at the index the job has now, the way it was changed', () => {
    expect(step({ operation: { ...operation, ...BATCH }, jobIndex: 120 })).toEqual({
      kind: 'put-back',
      count: 3,
      modifyIndex: 120,
      deploys: false,
    });
  });
});

describe('whatever is seen', () => {
  const deployments = fc.record({
    specIndex: fc.constantFrom(90, 101, 130),
    status: fc.constantFrom('pending', 'running', 'paused', 'successful', 'failed', 'cancelled'),
  });
  const evaluations = fc.record({
    id: fc.constantFrom('e1', 'e2'),
    status: fc.constantFrom('pending', 'blocked', 'complete', 'failed', 'canceled'),
    blockedId: fc.constantFrom('', 'e2'),
    modifyIndex: fc.constantFrom(90, 102),
    unplaced: fc.constantFrom([], ['api'], ['other']),
  });
  const RARE = { numRuns: 30, maxSkipsPerRun: 1_000 };
  const situations = fc.record({
    operation: fc.record({
      phase: fc.constantFrom('requested', 'confirming', 'reverting'),
      direction: fc.constantFrom('out', 'in'),
      deploys: fc.boolean(),
      phaseMs: fc.integer({ min: NOW_MS - 20 * MINUTE_MS, max: NOW_MS }),
    }),
    count: fc.constantFrom(2, 3, 4),
    jobIndex: fc.constantFrom(90, 101, 130),
    deployments: fc.array(deployments.map(aDeployment), { maxLength: 2 }),
    evaluations: fc.array(evaluations.map(anEvaluation), { maxLength: 2 }),
    allocations: fc.nat({ max: 5 }).map((count) => running(count)),
  }) as fc.Arbitrary<Situation>;

  test('there is one step, and the same sight gives it again: a crash in between changes nothing', () => {
    fc.assert(
      fc.property(situations, (situation) => {
        expect(step(situation)).toEqual(step(situation));
      }),
      { numRuns: 300 },
    );
  });

  test('a count is only ever put back to where it came from, and only while reverting', () => {
    fc.assert(
      fc.property(situations, (situation) => {
        const next = step(situation);
        fc.pre(next.kind === 'put-back');
        expect(situation.operation?.phase).toBe('reverting');
        expect([next.count, situation.count]).toEqual([3, 4]);
      }),
      RARE,
    );
  });

  test('a failure is only told while confirming, and never where the group found no room', () => {
    fc.assert(
      fc.property(situations, (situation) => {
        const next = step(situation);
        fc.pre(next.kind === 'end' && next.outcome === 'failure');
        expect(situation.operation?.phase).toBe('confirming');
        const isShort = situation.operation?.direction === 'out' && (situation.allocations ?? []).length < 4;
        const blocked = situation.evaluations?.some(
          (one) =>
            one.modifyIndex > 101 &&
            (one.status === 'blocked' || (one.blockedId !== '' && one.unplaced.includes('api'))),
        );
        expect(isShort && blocked).toBe(false);
      }),
      RARE,
    );
  });

  test('only a deployment of its own is ever failed', () => {
    fc.assert(
      fc.property(situations, (situation) => {
        const next = step(situation);
        fc.pre(next.kind === 'fail-deployment');
        const failed = situation.deployments?.some(
          ({ specIndex, status }) =>
            specIndex === 101 && !['successful', 'failed', 'cancelled'].includes(status),
        );
        expect(failed).toBe(true);
      }),
      RARE,
    );
  });
});
