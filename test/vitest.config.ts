import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { ResultsReporter } from './setup/results-reporter.mjs';

const processTests = ['test/cmd/**/*.test.ts'];
const slowTests = ['test/e2e/**/*.test.ts', 'test/bench/**/*.test.ts', 'test/chaos/chaos.test.ts'];
const writesResults = process.env['REPLICATOR_TEST_RESULTS'] !== undefined;

/** Three rooms: everything in this process · the built program as a child · whole systems, which mostly wait: three at once. */
export default defineConfig({
  root: fileURLToPath(new URL('..', import.meta.url)),
  test: {
    globalSetup: ['test/setup/global.mjs'],
    setupFiles: ['test/setup/each-file.ts'],
    reporters: writesResults ? ['default', new ResultsReporter()] : ['default'],
    pool: 'threads',
    isolate: false,
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    restoreMocks: true,
    unstubEnvs: true,
    unstubGlobals: true,
    projects: [
      {
        extends: true,
        test: {
          name: 'in process',
          include: ['test/**/*.test.ts'],
          exclude: [...processTests, ...slowTests],
        },
      },
      {
        extends: true,
        test: { name: 'program', include: processTests, globalSetup: ['test/setup/built.mjs'] },
      },
      {
        extends: true,
        test: {
          name: 'systems',
          include: slowTests,
          globalSetup: ['test/setup/built.mjs'],
          pool: 'forks',
          isolate: true,
          maxWorkers: 3,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
