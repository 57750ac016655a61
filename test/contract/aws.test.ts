import { afterAll, beforeAll, describe } from 'vitest';
import { needsMoto } from '../support/needs.ts';
import { awsContract } from './aws-suite.ts';
import { openMoto } from './aws/moto.ts';
import { openSimulated } from './aws/simulated.ts';

describe('simulated', () => {
  let simulated: Awaited<ReturnType<typeof openSimulated>> | undefined;

  beforeAll(async () => {
    simulated = await openSimulated();
  });
  afterAll(async () => {
    await simulated?.stop();
  });

  awsContract('the simulated AWS', { open: () => need(simulated), behavesAsAws: true });
});

describe('beside moto', needsMoto, () => {
  let moto: Awaited<ReturnType<typeof openMoto>> | undefined;

  beforeAll(async () => {
    moto = await openMoto();
  }, 120_000);
  afterAll(async () => {
    await moto?.stop();
  });

  awsContract('moto', { open: () => need(moto), behavesAsAws: false });
});

function need<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('not served yet');
  return value;
}
