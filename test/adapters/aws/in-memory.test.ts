import { promises } from 'node:fs';
import { expect, test, vi } from 'vitest';
import { createScalingProvider } from '../../../src/adapters/aws/provider.ts';
import { createWriteAgent } from '../../../src/adapters/system/write-agent.ts';
import { VirtualClock } from '../../../src/simulator/virtual-clock.ts';
import { awsEnvironment, stubAws } from '../../support/aws-environment.ts';

test('a provider over a request handler reads no file of the machine: no call takes real time', async () => {
  const read = vi.spyOn(promises, 'readFile');
  stubAws({ ...awsEnvironment('http://unused.test'), AWS_CONFIG_FILE: `/nonexistent/${Math.random()}` });
  const clock = new VirtualClock();
  const provider = createScalingProvider({
    clock,
    writeAgent: createWriteAgent,
    requestHandler: { handle: () => Promise.reject(new Error('nobody is there')) },
  });
  const { signal } = new AbortController();
  const reads = [
    provider.readGroup({ pool: 'workers', region: 'eu-west-1' }, signal),
    provider.readInstances('eu-west-1', ['i-1'], signal),
  ];
  const outcomes = Promise.allSettled(reads);
  await clock.advance(1_000);
  expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  await provider.close();
  expect(read.mock.calls.filter(([path]) => typeof path === 'string' && path.includes('aws'))).toEqual([]);
});
