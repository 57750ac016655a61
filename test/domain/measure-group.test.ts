import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { AllocationFacts, TaskUsage, UsageReading } from '../../src/domain/snapshot.ts';
import { measureGroup, runningAllocations } from '../../src/domain/usage/measure-group.ts';
import { aGroup, anAllocation, aSample, aTask, running } from './build.ts';

const BOTH = { cpu: true, mem: true };
const MISSING: UsageReading = { kind: 'missing', why: 'no sample yet' };

/** Measures with the readings of a1, a2, … in their order. */
function measure(
  readings: readonly (UsageReading | undefined)[],
  of: { group?: ReturnType<typeof aGroup>; allocations?: AllocationFacts[]; judged?: typeof BOTH } = {},
) {
  const allocations = of.allocations ?? running(readings.length);
  return measureGroup(of.group ?? aGroup(), allocations, {
    judged: of.judged ?? BOTH,
    readingOf: ({ id }) => readings[Number(id.slice(1)) - 1],
  });
}

describe('the allocations that count', () => {
  test.each([
    ['run', 'running', 1],
    ['run', 'unknown', 1],
    ['run', 'pending', 0],
    ['run', 'complete', 0],
    ['run', 'failed', 0],
    ['run', 'lost', 0],
    ['stop', 'running', 0],
    ['evict', 'running', 0],
  ])('desired %s and %s: %i', (desiredStatus, clientStatus, count) => {
    expect(runningAllocations([anAllocation({ desiredStatus, clientStatus })])).toHaveLength(count);
  });
});

describe('the usage of a group', () => {
  test('of one allocation and task is percent of what the task asks for', () => {
    const usage = measure([aSample({ main: { cpuMhz: 250, memoryMb: 384 } })]);
    expect(usage).toEqual({
      running: 1,
      measured: 1,
      cpu: 25,
      mem: 75,
      tasks: [{ task: 'main', cpu: 25, mem: 75 }],
    });
  });

  test('is the mean over the allocations of each task, and then the highest task, each metric by itself', () => {
    const group = aGroup({
      tasks: [aTask({ name: 'a' }), aTask({ name: 'b', cpuMhz: 100, memoryMb: 1024 })],
    });
    const usage = measure(
      [
        aSample({ a: { cpuMhz: 900, memoryMb: 512 }, b: { cpuMhz: 10, memoryMb: 256 } }),
        aSample({ a: { cpuMhz: 100, memoryMb: 256 }, b: { cpuMhz: 80, memoryMb: 0 } }),
      ],
      { group },
    );
    expect(usage.tasks).toEqual([
      { task: 'a', cpu: 50, mem: 75 },
      { task: 'b', cpu: 45, mem: 12.5 },
    ]);
    expect(usage).toMatchObject({ cpu: 50, mem: 75 });
  });

  test('is not the mean of maxima: one busy task in one allocation does not make the group busy', () => {
    const group = aGroup({ tasks: [aTask({ name: 'a' }), aTask({ name: 'b' })] });
    const busy = { cpuMhz: 1000, memoryMb: 0 };
    const idle = { cpuMhz: 0, memoryMb: 0 };
    expect(measure([aSample({ a: busy, b: idle }), aSample({ a: idle, b: busy })], { group }).cpu).toBe(50);
  });

  test('may be above 100 %', () => {
    expect(measure([aSample({ main: { cpuMhz: 2500, memoryMb: 0 } })]).cpu).toBe(250);
  });

  test('takes what an allocation was given for the base, as it must for tasks that ask for cores', () => {
    const group = aGroup({ tasks: [aTask({ cpuMhz: 0 })] });
    const allocations = running(1, { shares: { main: { cpuMhz: 5200, memoryMb: 256 } } });
    const usage = measure([aSample({ main: { cpuMhz: 1300, memoryMb: 64 } })], { group, allocations });
    expect(usage).toMatchObject({ measured: 1, cpu: 25, mem: 25 });
  });

  test('falls back to what the task asks for where the share says nothing', () => {
    const allocations = running(1, {
      shares: { main: { cpuMhz: 0, memoryMb: 0 }, other: { cpuMhz: 1, memoryMb: 1 } },
    });
    const usage = measure([aSample({ main: { cpuMhz: 500, memoryMb: 128 } })], { allocations });
    expect(usage).toMatchObject({ cpu: 50, mem: 25 });
  });
});

describe('an allocation is unmeasured', () => {
  const good = aSample({ main: { cpuMhz: 400, memoryMb: 128 } });

  test.each([
    ['without a reading', undefined],
    ['with a missing one', MISSING],
    ['with a sample without its task', aSample({ other: { cpuMhz: 1, memoryMb: 1 } })],
    ['with a sample of no task', aSample({})],
    ['where the driver gave no cpu', aSample({ main: { memoryMb: 128 } })],
    ['where the driver gave no memory', aSample({ main: { cpuMhz: 400 } })],
    ['with a usage that is no number', aSample({ main: { cpuMhz: Number.NaN, memoryMb: 128 } })],
    ['with a negative usage', aSample({ main: { cpuMhz: -1, memoryMb: 128 } })],
  ] as [string, UsageReading | undefined][])('%s, and leaves the means to the others', (_why, reading) => {
    expect(measure([reading, good])).toMatchObject({ running: 2, measured: 1, cpu: 40, mem: 25 });
  });

  test('while its client is not heard, whatever was read', () => {
    const allocations = [anAllocation({ id: 'a1', clientStatus: 'unknown' }), anAllocation({ id: 'a2' })];
    const usage = measure([aSample({ main: { cpuMhz: 0, memoryMb: 0 } }), good], { allocations });
    expect(usage).toMatchObject({ running: 2, measured: 1, cpu: 40 });
  });

  test.each([
    ['zero', 0],
    ['negative', -1],
    ['no number', Number.NaN],
  ])('where the base is %s', (_what, cpuMhz) => {
    const group = aGroup({ tasks: [aTask({ cpuMhz })] });
    expect(measure([good], { group })).toMatchObject({ running: 1, measured: 0, cpu: undefined });
  });

  test('and a group without a measured allocation has no value, not 0', () => {
    expect(measure([MISSING, undefined])).toEqual({
      running: 2,
      measured: 0,
      cpu: undefined,
      mem: undefined,
      tasks: [],
    });
  });
});

describe('a metric that is not judged', () => {
  test.each([
    ['cpu', { memoryMb: 128 }, { cpu: false, mem: true }, { measured: 1, cpu: undefined, mem: 25 }],
    ['mem', { cpuMhz: 400 }, { cpu: true, mem: false }, { measured: 1, cpu: 40, mem: undefined }],
  ] as [string, TaskUsage, typeof BOTH, object][])(
    'may be unmeasured: %s',
    (_metric, main, judged, usage) => {
      expect(measure([aSample({ main })], { judged })).toMatchObject(usage);
    },
  );

  test('is told where it is measured', () => {
    const usage = measure([aSample({ main: { cpuMhz: 400, memoryMb: 128 } })], {
      judged: { cpu: true, mem: false },
    });
    expect(usage.mem).toBe(25);
  });
});

describe('tasks that end before the group does', () => {
  const init = aTask({ name: 'init', ends: true });
  const group = aGroup({ tasks: [init, aTask()] });
  const main = { cpuMhz: 100, memoryMb: 128 };

  test('count while they run', () => {
    const usage = measure([aSample({ init: { cpuMhz: 900, memoryMb: 0 }, main })], { group });
    expect(usage).toMatchObject({ measured: 1, cpu: 90 });
  });

  test('are left out once they are dead, even where a last sample of theirs is still shown', () => {
    const allocations = running(1, { deadTasks: ['init'] });
    const usage = measure([aSample({ init: { cpuMhz: 900, memoryMb: 0 }, main })], { group, allocations });
    expect(usage).toMatchObject({ measured: 1, cpu: 10, tasks: [{ task: 'main' }] });
  });

  test('are left out while they have not begun: a poststop task waits as long as the group runs', () => {
    expect(measure([aSample({ main })], { group })).toMatchObject({ measured: 1, cpu: 10, mem: 25 });
  });

  test('leave an allocation unmeasured where nothing else is there', () => {
    const allocations = running(1, { deadTasks: ['init'] });
    const usage = measure([aSample({ other: main })], { group: aGroup({ tasks: [init] }), allocations });
    expect(usage.measured).toBe(0);
  });

  test('are no excuse for a task of the group that is dead or not measured', () => {
    const allocations = running(1, { deadTasks: ['main'] });
    expect(measure([aSample({ init: main })], { group, allocations }).measured).toBe(0);
  });
});

describe('whatever is read', () => {
  const usages = fc.record(
    { cpuMhz: fc.double(), memoryMb: fc.double() },
    { requiredKeys: [] },
  ) as fc.Arbitrary<TaskUsage>;
  const readings = fc.oneof(
    fc.constant(MISSING),
    fc.dictionary(fc.constantFrom('main', 'side', 'x'), usages).map((tasks) => aSample(tasks)),
  );
  const tasks = fc.uniqueArray(
    fc.record({
      name: fc.constantFrom('main', 'side', 'x'),
      cpuMhz: fc.double(),
      memoryMb: fc.double(),
      ends: fc.boolean(),
    }),
    { selector: ({ name }) => name, maxLength: 3 },
  );

  test('measured never exceeds running, and a value is a number that something was measured for', () => {
    fc.assert(
      fc.property(fc.array(readings, { maxLength: 5 }), tasks, (some, of) => {
        const usage = measure(some, { group: aGroup({ tasks: of }) });
        expect(usage.measured).toBeLessThanOrEqual(usage.running);
        const values = [usage.cpu, usage.mem].filter((value) => value !== undefined);
        expect(values.every((value) => value >= 0)).toBe(true);
        expect(usage.measured > 0 || values.length === 0).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});
