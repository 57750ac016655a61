import { expect, test } from 'vitest';
import { createAwsFace } from '../../../src/simulator/aws/aws-face.ts';
import { Cloud } from '../../../src/simulator/aws/cloud.ts';
import { sdkHandlerFor } from '../../../src/simulator/in-memory-sdk.ts';
import { VirtualClock } from '../../../src/simulator/virtual-clock.ts';
import { createPermit, createRig, never, region } from './harness.ts';

test('the adapter and the simulated AWS scale a pool in virtual time, without a socket', async () => {
  const clock = new VirtualClock();
  const cloud = new Cloud({ clock, seed: 3 });
  const ref = { pool: 'workers', region };
  cloud.addGroup({ name: 'workers', region, min: 1, max: 3, desired: 1 });
  const handler = sdkHandlerFor(createAwsFace(cloud), { activity: () => clock.activity() });
  const { provider } = createRig('http://127.0.0.1:1', { clock, requestHandler: handler });
  const after = async <T>(ms: number, promise: Promise<T>): Promise<T> => {
    await clock.advance(ms);
    return promise;
  };

  await after(0, provider.setDesired(ref, 2, createPermit()));
  await clock.advance(60_000);
  const grown = await after(50, provider.readGroup(ref, never));
  expect(grown.members.map((member) => member.lifecycle)).toEqual(['InService', 'InService']);
  const gone = grown.members[0]?.instanceId ?? '';
  await after(0, provider.detach(ref, gone, createPermit()));
  await clock.advance(60_000);
  expect((await after(50, provider.readGroup(ref, never))).members).toHaveLength(1);
  expect((await after(50, provider.readMembership(region, [gone], never))).size).toBe(0);
  await after(0, provider.terminate(region, gone, createPermit()));
  await clock.advance(60_000);
  const facts = await after(50, provider.readInstances(region, [gone], never));
  expect(facts.get(gone)?.state).toBe('terminated');
  cloud.stop();
});
