// Writes what became of each test to the file that REPLICATOR_TEST_RESULTS names, for the closing lines of `npm test`.
import { writeFileSync } from 'node:fs';

/**
 * @typedef {{name: string, needs: 'consul' | 'nomad' | 'moto' | undefined, note: string | undefined}} Skipped
 * @typedef {{passed: number, failed: number, skipped: Skipped[], filtered: boolean}} Results
 * @typedef {import('vitest/node').TestModule} TestModule
 * @typedef {import('vitest/node').Vitest} Vitest
 * @typedef {import('vitest/node').TestCase} TestCase
 */

/** @param {TestCase} test @returns {Skipped['needs']} the server that it or a suite around it needs */
function neededServer(test) {
  /** @type {TestCase | import('vitest/node').TestSuite | TestModule} */
  let task = test;
  while (task.type !== 'module') {
    const { needs } = task.meta();
    if (needs !== undefined) return needs;
    task = task.parent;
  }
  return undefined;
}

/** @param {TestCase} test @returns {Skipped} */
function describeSkipped(test) {
  const result = test.result();
  const note = result.state === 'skipped' ? result.note : undefined;
  return { name: test.fullName, needs: neededServer(test), note };
}

/** @param {TestModule} file @returns {number} faults outside its tests: it did not load, or a hook failed */
function countFaults(file) {
  const suites = [...file.children.allSuites()];
  return [file, ...suites].filter((task) => task.errors().length > 0).length;
}

/** A reporter of vitest. */
export class ResultsReporter {
  /** @type {Vitest | undefined} */
  vitest;

  /** @param {Vitest} vitest */
  onInit(vitest) {
    this.vitest = vitest;
  }

  /** @param {readonly TestModule[]} files @param {readonly unknown[]} unhandled */
  onTestRunEnd(files, unhandled) {
    const tests = files.flatMap((file) => [...file.children.allTests()]);
    /** @param {string} state */
    const inState = (state) => tests.filter((test) => test.result().state === state);
    const faults = files.reduce((sum, file) => sum + countFaults(file), unhandled.length);
    /** @type {Results} */
    const results = {
      passed: inState('passed').length,
      failed: inState('failed').length + faults,
      skipped: [...inState('skipped'), ...inState('pending')].map((test) => describeSkipped(test)),
      filtered: this.vitest?.config.testNamePattern !== undefined,
    };
    writeFileSync(String(process.env['REPLICATOR_TEST_RESULTS']), JSON.stringify(results));
  }
}
