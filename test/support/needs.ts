import type { TestOptions } from 'vitest';
import { findMoto } from '../setup/find-moto.mjs';
import { findConsul, findNomad } from '../setup/servers.mjs';

declare module 'vitest' {
  interface TaskMeta {
    /** The real server without which the test is skipped; `npm test` counts and names it. */
    needs?: 'consul' | 'nomad' | 'moto';
  }
}

/** Options of a suite or test that runs only beside a real Consul: `describe('…', needsConsul, () => …)`. */
export const needsConsul: TestOptions = { meta: { needs: 'consul' }, skip: findConsul() === undefined };

/** Options of a suite or test that runs only beside a real Nomad. */
export const needsNomad: TestOptions = { meta: { needs: 'nomad' }, skip: findNomad() === undefined };

/** Options of a suite or test that runs only beside moto, a mock of AWS. */
export const needsMoto: TestOptions = { meta: { needs: 'moto' }, skip: findMoto() === undefined };

/** Options of a test that takes a minute or more: it runs when asked for, with LONG=1, so that the others are over in minutes. */
export function long(options: TestOptions): TestOptions {
  return process.env['LONG'] === '1' ? options : { skip: true };
}
