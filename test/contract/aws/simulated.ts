import { createAwsFace } from '../../../src/simulator/aws/aws-face.ts';
import { Cloud } from '../../../src/simulator/aws/cloud.ts';
import { groupKey } from '../../../src/simulator/aws/types.ts';
import { serveFace } from '../../../src/simulator/serve.ts';
import { VirtualClock } from '../../../src/simulator/virtual-clock.ts';
import type { AwsUnderTest } from './wire.ts';

const region = 'us-east-1';

/** The simulator's AWS in virtual time, its face behind a socket. */
export async function openSimulated(): Promise<AwsUnderTest & { stop(): Promise<void> }> {
  const clock = new VirtualClock();
  const cloud = new Cloud({ clock, seed: 7 });
  const server = await serveFace(createAwsFace(cloud), { activity: () => clock.activity() });
  let groups = 0;
  return {
    url: `${server.url}/`,
    region,
    otherRegion: 'eu-west-1',
    makeGroup: (spec) => {
      groups += 1;
      return Promise.resolve(cloud.addGroup({ name: `workers-${groups}`, region, ...spec }).name);
    },
    makeStray: () => Promise.resolve(cloud.addInstance({ region }).id),
    failLaunches: (name, launchFailure) => {
      cloud.configure(groupKey({ region, name }), { failLaunches: Infinity, launchFailure });
    },
    elapse: (ms) => clock.advance(ms),
    stop: () => {
      cloud.stop();
      return server.close();
    },
  };
}
