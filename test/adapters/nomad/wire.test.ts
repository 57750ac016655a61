import { describe, expect, test } from 'vitest';
import { readAllocation, readWholeAllocation } from '../../../src/adapters/nomad/wire-allocation.ts';
import { readJobFacts, readJobStub } from '../../../src/adapters/nomad/wire-job.ts';
import { readDeployment, readEvaluation } from '../../../src/adapters/nomad/wire-rollout.ts';
import { readUsage } from '../../../src/adapters/nomad/wire-usage.ts';
import type { UsageReading } from '../../../src/domain/snapshot.ts';
import { recorded, recording, textOf } from './recorded.ts';
import type { Choice } from './recorded.ts';

type Fields = Record<string, any>;

function bodyOf(file: string, choice: Choice): any {
  return JSON.parse(recorded(file, choice).text);
}

function listOf(file: string, choice: Choice): Fields[] {
  return bodyOf(file, choice);
}

describe('a job', () => {
  test('is read with its groups, their meta and their tasks', () => {
    const job = readJobFacts(bodyOf('job-read', 0));
    expect(job).toMatchObject({
      namespace: 'default',
      jobId: 'web',
      type: 'service',
      parentId: '',
      stopped: false,
      periodic: false,
      parameterized: false,
      modifyIndex: 24,
    });
    expect(job.groups.map(({ name, count, deploys }) => [name, count, deploys])).toEqual([
      ['hot', 1, true],
      ['idle', 2, true],
    ]);
    expect(job.groups[0]?.meta['replicator_notification_uid']).toBe('REP1');
    expect(job.groups[0]?.healthyDeadlineMs).toBe(30_000);
    expect(job.groups[1]?.tasks).toEqual([
      { name: 'sleeper', cpuMhz: 100, memoryMb: 128, ends: false },
      { name: 'sidecar', cpuMhz: 50, memoryMb: 32, ends: false },
    ]);
  });

  test('tells which of its tasks end while the group runs on', () => {
    const { jobBefore } = JSON.parse(textOf(recording('replicator-go/head-job-fields-lost')));
    const tasks = readJobFacts(jobBefore).groups[0]?.tasks.map(({ name, ends }) => [name, ends]);
    expect(tasks).toEqual([
      [expect.any(String), false],
      [expect.any(String), true],
    ]);
  });

  test.each([
    ['a sidecar', { Hook: 'prestart', Sidecar: true }, false],
    ['a prestart task', { Hook: 'prestart', Sidecar: false }, true],
    ['a poststart task', { Hook: 'poststart', Sidecar: false }, true],
    ['a poststop task', { Hook: 'poststop' }, true],
    ['a plain task', null, false],
  ])('with %s tells whether it ends', (_, lifecycle, ends) => {
    const job: Fields = bodyOf('job-read', 0);
    job['TaskGroups'][0].Tasks[0].Lifecycle = lifecycle;
    expect(readJobFacts(job).groups[0]?.tasks[0]?.ends).toBe(ends);
  });

  test.each([
    ['a service with max_parallel 1', 'service', { MaxParallel: 1 }, true],
    ['a service with max_parallel 0', 'service', { MaxParallel: 0 }, false],
    ['a service without update', 'service', null, false],
    ['a batch job', 'batch', { MaxParallel: 1 }, false],
  ])('that is %s tells whether a change is deployed', (_, type, update, deploys) => {
    const job: Fields = { ...bodyOf('job-read', 0), Type: type };
    job['TaskGroups'][0].Update = update;
    expect(readJobFacts(job).groups[0]?.deploys).toBe(deploys);
  });

  test('that asks for cores has no CPU of its own', () => {
    const job: Fields = bodyOf('job-read', 0);
    job['TaskGroups'][0].Tasks[0].Resources.Cores = 2;
    expect(readJobFacts(job).groups[0]?.tasks[0]?.cpuMhz).toBe(0);
  });

  test.each([
    ['no object', null, 'the job is no object'],
    ['no ID', { JobModifyIndex: 1 }, 'the job has no ID'],
    ['no index', { ID: 'web' }, 'job web has no JobModifyIndex'],
    ['no count', { ID: 'web', JobModifyIndex: 1, TaskGroups: [{ Name: 'g' }] }, 'task group g has no Count'],
    ['groups of another kind', { ID: 'web', JobModifyIndex: 1, TaskGroups: {} }, 'TaskGroups is no list'],
  ])('with %s is refused', (_, value, fault) => {
    expect(() => readJobFacts(value)).toThrow(fault);
  });
});

test('of the jobs listed, services and batch jobs that are no parents, children or stopped can be scaled', () => {
  const stubs = listOf('jobs-list', { path: '/v1/jobs?namespace=*' });
  const expected = stubs
    .filter(({ Type }) => Type === 'service' || Type === 'batch')
    .filter(({ ParentID, Periodic, ParameterizedJob, Stop }) => {
      return ParentID === '' && !Periodic && !ParameterizedJob && !Stop;
    });
  const scalable = stubs.map(readJobStub).filter((stub) => stub.scalable);
  expect(scalable.map(({ jobId }) => jobId)).toEqual(expected.map(({ ID }) => ID));
  expect(scalable.length).toBeGreaterThan(3);
  expect(scalable.length).toBeLessThan(stubs.length - 4);
});

test.each([
  ['jobs-list', { path: '/v1/jobs?namespace=*' }],
  ['job-dispatch', { note: 'the list after the parent has been stopped' }],
])(
  'of the jobs listed in %s, parents and system jobs are read whole too; children are not',
  (file, choice) => {
    const stubs = listOf(file, choice);
    const whole = stubs.map(readJobStub).filter((stub) => stub.whole && !stub.scalable);
    const parents = stubs.filter(
      ({ Periodic, ParameterizedJob, Type }) => Periodic || ParameterizedJob || Type === 'system',
    );
    expect(whole.map(({ jobId }) => jobId)).toEqual(parents.map(({ ID }) => ID));
    expect(whole.length).toBeGreaterThan(0);
    const children = stubs.map(readJobStub).filter(({ parentId }) => parentId !== '');
    expect(children.length).toBeGreaterThan(0);
    expect(children.filter((stub) => stub.whole)).toEqual([]);
  },
);

test('of the jobs listed, what waits for room is told by group; stopped and system jobs wait for nothing', () => {
  const stubs = listOf('placement-failures', { note: 'what is queued' });
  const queued = stubs.map(readJobStub).map(({ jobId, queued: groups }) => [jobId, groups]);
  expect(queued).toContainEqual(['cpu', { g: 1 }]);
  expect(queued).toContainEqual(['ports', { g: 1 }]);
  for (const more of [{ Stop: true }, { Type: 'system' }, { JobSummary: null }]) {
    expect(readJobStub({ ...stubs[0], ...more }).queued).toEqual({});
  }
});

test('a job listed by a server before namespaces is in the default one', () => {
  const { Namespace: _, ...stub } = listOf('jobs-list', 0)[0] ?? {};
  expect(readJobStub(stub).namespace).toBe('default');
});

describe('an allocation', () => {
  const listed = listOf('job-allocations', { path: /resources=true&namespace/ });

  test('is read with what it was given', () => {
    const allocations = listed.map(readAllocation);
    const idle = allocations.find(({ group }) => group === 'idle');
    expect(idle).toMatchObject({
      namespace: 'default',
      jobId: 'web',
      clientStatus: 'running',
      deadTasks: [],
    });
    expect(idle?.shares).toEqual({
      sleeper: { cpuMhz: 100, memoryMb: 128 },
      sidecar: { cpuMhz: 50, memoryMb: 32 },
    });
    expect(new Date(idle?.createdMs ?? 0).toISOString()).toMatch(/^2026-11-23T16:1/);
  });

  test('of a list without resources tells none', () => {
    expect(
      listOf('job-allocations', 0)
        .map(readAllocation)
        .map(({ shares, resources }) => [shares, resources]),
    ).toEqual(listed.map(() => [undefined, undefined]));
  });

  test('is read with the sum of what it was given, and the type of its job', () => {
    const idle = listed.map(readAllocation).find(({ group }) => group === 'idle');
    expect(idle?.resources).toEqual({ cpuMhz: 150, memoryMb: 160, diskMb: 20 });
    expect(new Set(listed.map(readAllocation).map(({ jobType }) => jobType))).toEqual(new Set(['service']));
  });

  test('in full tells the same, by its job', () => {
    const whole = listOf('node-allocations', 0).map(readWholeAllocation);
    expect(whole.length).toBeGreaterThan(1);
    for (const { resources, jobType } of whole) {
      expect(resources?.cpuMhz).toBeGreaterThan(0);
      expect(resources?.diskMb).toBe(20);
      expect(jobType).toMatch(/^(service|system|batch)$/);
    }
  });

  test('in full of a server before 0.9 has its resources in the old form', () => {
    const { AllocatedResources: _, ...old } = listOf('node-allocations', 0)[0] ?? {};
    expect(readWholeAllocation(old).resources).toEqual({ cpuMhz: 150, memoryMb: 160, diskMb: 20 });
    expect(readWholeAllocation(old).shares).toBeUndefined();
  });

  test.each([
    ['resources', ['AllocatedResources', 'Resources']],
    ['job type', ['Job', 'JobType']],
  ])('in full without %s is refused', (what, members) => {
    const full = { ...listOf('node-allocations', 0)[0] };
    for (const member of members) delete full[member];
    expect(() => readWholeAllocation(full)).toThrow(`has no ${what}`);
  });

  test('tells its dead tasks', () => {
    const stub = { ...listed[0], TaskStates: { a: { State: 'dead' }, b: { State: 'running' }, c: null } };
    expect(readAllocation(stub).deadTasks).toEqual(['a']);
  });
});

describe('statistics', () => {
  const usageOf = (choice: Choice): UsageReading => {
    const { text } = recorded('client-allocation-stats', choice);
    return readUsage(JSON.parse(text), text);
  };

  test('of raw_exec give ticks and RSS in MiB', () => {
    expect(usageOf(0)).toEqual({
      kind: 'sample',
      stamp: expect.stringMatching(/^17954502\d{11}$/),
      tasks: { busy: { cpuMhz: 803.8899274226326, memoryMb: 36_560_896 / 1_048_576 } },
    });
  });

  test('of exec give RSS although Usage is measured too', () => {
    const usage = usageOf({ note: 'exec driver, busy loop' });
    expect(usage).toMatchObject({ tasks: { ex: { memoryMb: 221_184 / 1_048_576 } } });
  });

  test('carry the digits of their time, of which a number would lose some', () => {
    const text = recorded('client-allocation-stats', 0).text.replaceAll(
      /"Timestamp":\d+/g,
      '"Timestamp":1795450283123456789',
    );
    expect(readUsage(JSON.parse(text), text)).toMatchObject({ stamp: '1795450283123456789' });
    expect(String(Number('1795450283123456789'))).not.toBe('1795450283123456789');
  });

  test.each<readonly [string, unknown]>([
    [
      'zeros before the first sample',
      JSON.parse(recorded('client-allocation-stats', { note: 'unknown task' }).text),
    ],
    ['null', null],
    ['no tasks', { Tasks: {}, Timestamp: 17 }],
    ['tasks null', { Tasks: null, Timestamp: 17 }],
    ['no time', { Tasks: { t: { ResourceUsage: {} } } }],
  ])('that are %s are no sample', (_, value) => {
    expect(readUsage(value, JSON.stringify(value))).toEqual({ kind: 'missing', why: 'no sample yet' });
  });

  test.each([
    ['null CPU statistics', { CpuStats: null }, {}],
    ['a driver that measures no CPU', { CpuStats: { TotalTicks: 0, Measured: null } }, {}],
    ['an idle task', { CpuStats: { TotalTicks: 0, Measured: ['Percent'] } }, { cpuMhz: 0 }],
    ['no memory measured', { MemoryStats: { RSS: 5, Usage: 5, Measured: [] } }, {}],
    ['null memory statistics', { MemoryStats: null }, {}],
    [
      'cgroups v2, which measures no RSS',
      { MemoryStats: { RSS: 0, Usage: 2_097_152, Measured: ['Cache', 'Usage'] } },
      { memoryMb: 2 },
    ],
    ['neither', null, {}],
  ])('with %s leave out what was not measured', (_, usage, expected) => {
    const value = { Timestamp: 17, Tasks: { t: { ResourceUsage: usage } } };
    expect(readUsage(value, JSON.stringify(value))).toMatchObject({ kind: 'sample', tasks: { t: expected } });
    expect(Object.keys((readUsage(value, '') as { tasks: Fields }).tasks['t'])).toEqual(
      Object.keys(expected),
    );
  });

  test('of a driver with 64-bit nonsense are read', () => {
    const { text } = recorded('client-allocation-stats-mock-driver', 0);
    expect(readUsage(JSON.parse(text), text)).toMatchObject({ kind: 'sample' });
  });
});

describe('a rollout', () => {
  test('has deployments by the index of the change they roll out', () => {
    const deployments = listOf('deployments', { path: '/v1/job/dep/deployments' }).map(readDeployment);
    expect(deployments.find(({ specIndex }) => specIndex === 297)).toMatchObject({
      namespace: 'default',
      jobId: 'dep',
      status: 'failed',
      description: 'Deployment marked as failed',
      placed: { g: 1 },
    });
  });

  test('has evaluations with the groups that found no room', () => {
    const evaluation = {
      ID: 'e1',
      Namespace: 'default',
      JobID: 'web',
      Status: 'complete',
      BlockedEval: 'e2',
      ModifyIndex: 30,
      FailedTGAllocs: { g: { NodesExhausted: 3 } },
    };
    expect(readEvaluation(evaluation)).toEqual({
      namespace: 'default',
      jobId: 'web',
      id: 'e1',
      status: 'complete',
      blockedId: 'e2',
      modifyIndex: 30,
      unplaced: ['g'],
      failures: { g: { exhausted: [], quotas: [], nodesExhausted: 3 } },
    });
    const recordedOnes = listOf('job-read', 2).map(readEvaluation);
    expect(recordedOnes.every(({ jobId, unplaced }) => jobId === 'web' && unplaced.length === 0)).toBe(true);
  });

  test.each([
    ['9000 MHz', ['cpu'], 1],
    ['90000 MiB', ['memory'], 1],
    ['9000000 MiB of disk', ['disk'], 1],
    ['two with one static port', ['ports'], 1],
    ['two with 900 MBits each', ['bandwidth'], 1],
    ['two with distinct_hosts', [], 0],
    ['a device that no node has', [], 0],
  ])('of %s names what was used up', (note, exhausted, nodesExhausted) => {
    const read = listOf('placement-failures', { note }).map(readEvaluation);
    const failed = read.filter(({ unplaced }) => unplaced.length > 0);
    expect(failed.length).toBeGreaterThan(0);
    for (const { failures, status } of failed) {
      expect([failures, status]).toEqual([{ g: { exhausted, quotas: [], nodesExhausted } }, 'complete']);
    }
  });

  test.each([
    [{ 'memory exhausted': 2, cpu: 1 }, ['memory', 'cpu']],
    [{ 'network: dynamic port selection failed': 1 }, ['ports']],
    [{ 'network: no addresses available for default network': 1 }, ['network']],
    [{ 'devices: no devices match request': 1, cores: 2 }, ['devices', 'cores']],
    [{ 'network: reserved port collision a=80': 1, 'network: reserved port collision b=81': 1 }, ['ports']],
  ])('gives dimensions such as %o one word each', (DimensionExhausted, exhausted) => {
    const metrics = { DimensionExhausted, QuotaExhausted: ['cpu exhausted'], NodesExhausted: 4 };
    const evaluation = { ID: 'e', Status: 'complete', FailedTGAllocs: { g: metrics } };
    expect(readEvaluation(evaluation).failures).toEqual({
      g: { exhausted, quotas: ['cpu exhausted'], nodesExhausted: 4 },
    });
  });
});
