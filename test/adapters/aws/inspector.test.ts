import { expect, onTestFinished, test } from 'vitest';
import { createAwsInspector } from '../../../src/adapters/aws/inspector.ts';
import type { AwsOptions } from '../../../src/adapters/aws/options.ts';
import { systemClock } from '../../../src/adapters/system/clock.ts';
import { createWriteAgent } from '../../../src/adapters/system/write-agent.ts';
import type { PortError } from '../../../src/ports/port-error.ts';
import { awsEnvironment, stubAws } from '../../support/aws-environment.ts';
import { type Reply, startFakeAws } from './fake-aws.ts';
import { never, region } from './harness.ts';

const NOBODY = 'i-00000000000000000';

function inspect(options: Partial<AwsOptions> = {}): ReturnType<typeof createAwsInspector> {
  const inspector = createAwsInspector({ clock: systemClock(), writeAgent: createWriteAgent, ...options });
  onTestFinished(() => inspector.close());
  return inspector;
}

const refused = (code: string, status: number): Reply => ({
  status,
  text: `<Response><Errors><Error><Code>${code}</Code><Message>told ${code}</Message></Error></Errors><RequestID>r</RequestID></Response>`,
});

const DONE: Reply = { text: '<TerminateInstancesResponse><instancesSet/></TerminateInstancesResponse>' };

test.each<[sentence: string, reply: Reply, found: string]>([
  ['ignores DryRun', DONE, 'allowed'],
  ['heeds it', refused('DryRunOperation', 412), 'allowed'],
  ['looks for the instance first', refused('InvalidInstanceID.NotFound', 400), 'allowed'],
  ['denies it', refused('UnauthorizedOperation', 403), 'denied ec2:TerminateInstances'],
])(
  'an endpoint that is not AWS and %s is never asked about an instance that is there',
  async (_, reply, found) => {
    const fake = await startFakeAws(() => reply);
    stubAws(awsEnvironment(fake.url));
    const outcome = await inspect()
      .mayTerminate(region, 'i-1', never)
      .then(
        () => 'allowed',
        (error: PortError) => `${error.kind} ${error.detail.permission}`,
      );
    expect(outcome).toBe(found);
    const asked = fake.seen.map(({ form }) => [form.get('InstanceId.1'), form.get('DryRun')]);
    expect(asked).toEqual([[NOBODY, 'true']]);
  },
);

test('AWS is asked about the instance itself, since policies may name instances by their tags', async () => {
  const bodies: (string | undefined)[] = [];
  const body = new TextEncoder().encode(
    '<Response><Errors><Error><Code>DryRunOperation</Code><Message>would have</Message></Error></Errors></Response>',
  );
  const requestHandler = {
    handle: (request: { readonly body?: string }) => {
      bodies.push(request.body);
      return Promise.resolve({ response: { statusCode: 412, headers: {}, body } });
    },
  };
  await inspect({ requestHandler }).mayTerminate(region, 'i-1', never);
  expect(bodies).toEqual([
    expect.stringMatching(/DryRun=true.*InstanceId\.1=i-1|InstanceId\.1=i-1.*DryRun=true/),
  ]);
});
