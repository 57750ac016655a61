import { startMoto } from '../../support/real-moto.ts';
import { AwsWire } from './wire.ts';
import type { AwsUnderTest } from './wire.ts';
import { textAt } from './xml.ts';

const region = 'us-east-1';

/** A moto with what a group needs: a network, an image, a launch template. */
export async function openMoto(): Promise<AwsUnderTest & { stop(): Promise<void> }> {
  const server = await startMoto();
  const url = `http://${server.address}/`;
  const unready = (): Promise<never> => Promise.reject(new Error('not set up yet'));
  const bare: AwsUnderTest = {
    url,
    region,
    otherRegion: 'eu-west-1',
    makeGroup: unready,
    makeStray: unready,
    elapse: () => Promise.resolve(),
  };
  try {
    const wire = new AwsWire(bare);
    const place = await makePlace(wire);
    let groups = 0;
    return {
      ...bare,
      makeGroup: async ({ min, max, desired }) => {
        groups += 1;
        const name = `workers-${groups}`;
        await wire.ask('autoscaling', {
          Action: 'CreateAutoScalingGroup',
          AutoScalingGroupName: name,
          MinSize: String(min),
          MaxSize: String(max),
          DesiredCapacity: String(desired),
          VPCZoneIdentifier: place.subnetId,
          'LaunchTemplate.LaunchTemplateName': 'worker',
        });
        return name;
      },
      makeStray: () => runInstance(wire, place),
      stop: () => server.stop(),
    };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

interface Place {
  readonly subnetId: string;
  readonly imageId: string;
}

async function makePlace(wire: AwsWire): Promise<Place> {
  const vpc = await wire.ask('ec2', { Action: 'CreateVpc', CidrBlock: '10.0.0.0/16' });
  const subnet = await wire.ask('ec2', {
    Action: 'CreateSubnet',
    VpcId: textAt(vpc, 'vpc', 'vpcId') ?? '',
    CidrBlock: '10.0.1.0/24',
    AvailabilityZone: `${region}a`,
  });
  const images = await wire.ask('ec2', { Action: 'DescribeImages' });
  const imageId = textAt(images, 'imagesSet', 'item', 'imageId') ?? '';
  await wire.ask('ec2', {
    Action: 'CreateLaunchTemplate',
    LaunchTemplateName: 'worker',
    'LaunchTemplateData.ImageId': imageId,
    'LaunchTemplateData.InstanceType': 't3.medium',
  });
  return { subnetId: textAt(subnet, 'subnet', 'subnetId') ?? '', imageId };
}

async function runInstance(wire: AwsWire, { subnetId, imageId }: Place): Promise<string> {
  const started = await wire.ask('ec2', {
    Action: 'RunInstances',
    ImageId: imageId,
    InstanceType: 't3.medium',
    SubnetId: subnetId,
    MinCount: '1',
    MaxCount: '1',
  });
  return textAt(started, 'instancesSet', 'item', 'instanceId') ?? '';
}
