import { describe, expect, test } from 'vitest';
import type { AwsProvider } from '../../../src/adapters/aws/provider.ts';
import { rejection } from '../../support/rejection.ts';
import { answer, ec2Answer, groupXml, instanceXml, memberXml, refusal, startFakeAws } from './fake-aws.ts';
import type { Handler, Reply, Seen } from './fake-aws.ts';
import { createRig, never, region } from './harness.ts';
import type { Rig } from './harness.ts';
import { recorded } from './recorded.ts';

const groups = (...content: readonly string[]): Reply =>
  answer(
    'DescribeAutoScalingGroups',
    `<AutoScalingGroups>${content.map((xml) => `<member>${xml}</member>`).join('')}</AutoScalingGroups>`,
  );

const reservations = (...content: readonly string[]): Reply =>
  ec2Answer('DescribeInstances', `<reservationSet>${content.join('')}</reservationSet>`);

/** Values of a list in a request: `valuesOf(form, 'InstanceIds.member.')`. */
function valuesOf(form: URLSearchParams, beginning: string): readonly string[] {
  return [...form].filter(([name]) => name.startsWith(beginning)).map(([, value]) => value);
}

const namesIn = ({ form }: Seen): readonly string[] => valuesOf(form, 'AutoScalingGroupNames.member.');
const idsIn = ({ form }: Seen): readonly string[] => valuesOf(form, 'Filter.1.Value.');

const answeringGroups: Handler = (seen) => groups(...namesIn(seen).map((name) => groupXml(name)));

async function rigFor(handler: Handler): Promise<Rig & { readonly seen: readonly Seen[] }> {
  const server = await startFakeAws(handler);
  return { ...createRig(server.url), seen: server.seen };
}

const readPool =
  (pool: string) =>
  (provider: AwsProvider): Promise<unknown> =>
    provider.readGroup({ pool, region }, never);

const reads: readonly (readonly [string, (provider: AwsProvider) => Promise<unknown>])[] = [
  ['of a group', readPool('pool-a')],
  ['of instances', (provider) => provider.readInstances(region, ['i-1'], never)],
  ['by address', (provider) => provider.findByAddress(region, ['10.0.1.4'], never)],
  ['of membership', (provider) => provider.readMembership(region, ['i-1'], never)],
  ['of activities', (provider) => provider.readTrouble({ pool: 'pool-a', region }, never)],
];

describe('what moto answered, read', () => {
  test('as a group', async () => {
    const { provider, drive } = await rigFor(() => recorded('describe', 1, 'DescribeAutoScalingGroups'));
    const group = await drive(provider.readGroup({ pool: 'pool-a', region: 'us-east-1' }, never));
    const member = { zone: 'us-east-1a', lifecycle: 'InService', isProtected: false };
    expect(group).toEqual({
      pool: 'pool-a',
      region: 'us-east-1',
      desired: 2,
      min: 1,
      max: 4,
      members: [
        { instanceId: 'i-edaf12a71e7fe89d9', ...member },
        { instanceId: 'i-2205154cde03f7a9c', ...member },
      ],
      zones: ['us-east-1a'],
      suspended: [],
    });
  });

  test('as a group that is not there', async () => {
    const { provider, drive } = await rigFor(() => recorded('describe', 3, 'DescribeAutoScalingGroups'));
    const error = await drive(rejection(provider.readGroup({ pool: 'nosuch', region }, never)));
    expect(error.kind).toBe('not-found');
    expect(error.message).toBe(
      'aws: read group nosuch: there is no Auto Scaling group of that name in eu-west-1',
    );
  });

  test('as instances, of an address or of none', async () => {
    const found = await rigFor(() => recorded('describe', 18, 'DescribeInstances'));
    const facts = {
      instanceId: 'i-edaf12a71e7fe89d9',
      state: 'running',
      addresses: ['10.0.1.4'],
      launchedMs: Date.parse('2026-11-23T16:29:41Z'),
      zone: 'us-east-1a',
    };
    const byAddress = await found.drive(found.provider.findByAddress(region, ['10.0.1.4'], never));
    expect([...byAddress]).toEqual([['10.0.1.4', [facts]]]);
    const none = await rigFor(() => recorded('describe', 19, 'DescribeInstances'));
    expect(await none.drive(none.provider.findByAddress(region, ['10.9.9.9'], never))).toEqual(new Map());
  });

  test('as an instance that has been terminated', async () => {
    const { provider, drive } = await rigFor(() => recorded('scale-in', 7, 'DescribeInstances'));
    const found = await drive(provider.readInstances(region, ['i-4f09dff92d4ab5549'], never));
    expect(found.get('i-4f09dff92d4ab5549')?.state).toBe('terminated');
  });

  test('as membership', async () => {
    const { provider, drive } = await rigFor(() => recorded('describe', 7, 'DescribeAutoScalingInstances'));
    const ids = ['i-edaf12a71e7fe89d9', 'i-2205154cde03f7a9c', 'i-1'];
    const found = await drive(provider.readMembership(region, ids, never));
    expect(Object.fromEntries(found)).toEqual({
      'i-edaf12a71e7fe89d9': 'pool-a',
      'i-2205154cde03f7a9c': 'pool-a',
    });
  });

  test('as activities, of which it has none', async () => {
    const { provider, drive } = await rigFor(() => recorded('describe', 9, 'DescribeScalingActivities'));
    expect(await drive(provider.readTrouble({ pool: 'pool-a', region }, never))).toBe('');
  });
});

test('a group tells its zones, its suspended processes, and which members are protected', async () => {
  const { provider, drive } = await rigFor(answeringGroups);
  expect(await drive(provider.readGroup({ pool: 'a', region }, never))).toMatchObject({
    zones: ['eu-west-1a', 'eu-west-1b'],
    suspended: ['AZRebalance'],
    members: [{ instanceId: 'i-a', isProtected: true }],
  });
});

test('an instance tells every private address of every interface, each once', async () => {
  const { provider, drive } = await rigFor(() =>
    reservations(instanceXml('i-1', ['10.0.0.1', '10.0.0.1', '10.0.0.2', '10.1.0.1'])),
  );
  const found = await drive(provider.readInstances(region, ['i-1'], never));
  expect(found.get('i-1')?.addresses).toEqual(['10.0.0.1', '10.0.0.2', '10.1.0.1']);
});

test('an address that two instances have leads to both', async () => {
  const { provider, drive, seen } = await rigFor(() =>
    reservations(instanceXml('i-1', ['10.0.0.1']), instanceXml('i-2', ['10.0.0.1'])),
  );
  const found = await drive(provider.findByAddress(region, ['10.0.0.1', '10.0.0.9'], never));
  expect(found.get('10.0.0.1')?.map((each) => each.instanceId)).toEqual(['i-1', 'i-2']);
  expect(found.has('10.0.0.9')).toBe(false);
  expect(Object.fromEntries(seen[0]?.form ?? [])).toMatchObject({
    'Filter.1.Name': 'private-ip-address',
    'Filter.1.Value.1': '10.0.0.1',
    'Filter.1.Value.2': '10.0.0.9',
    'Filter.2.Name': 'instance-state-name',
    'Filter.2.Value.1': 'running',
  });
});

const failedLaunch =
  '<member><StatusCode>Failed</StatusCode><Description>Launching a new EC2 instance</Description><StartTime>2026-11-24T09:00:03.120Z</StartTime><StatusMessage>We currently do not have\n sufficient t3.large capacity.</StatusMessage></member>';
const cancelled =
  '<member><StatusCode>Cancelled</StatusCode><Description>Terminating EC2 instance: i-1</Description></member>';
const launching = '<member><StatusCode>InProgress</StatusCode><Description>x</Description></member>';
const launched = '<member><StatusCode>Successful</StatusCode><Description>x</Description></member>';

describe('the trouble of a group', () => {
  test.each([
    [
      'is its newest failure',
      launching + failedLaunch + cancelled,
      /^We currently do not have sufficient t3/,
    ],
    ['is dated', failedLaunch, /capacity\. \(2026-11-24T09:00:03Z\)$/],
    ['is the description where there is no message', cancelled, /^Terminating EC2 instance: i-1$/],
    ['is none where nothing failed', launching + launched, /^$/],
    ['is none where nothing happened', '', /^$/],
  ])('%s', async (_, activities, expected) => {
    const reply = answer('DescribeScalingActivities', `<Activities>${activities}</Activities>`);
    const { provider, drive } = await rigFor(() => reply);
    expect(await drive(provider.readTrouble({ pool: 'a', region }, never))).toMatch(expected);
  });
});

describe('pages', () => {
  const next = '<NextToken>p2</NextToken>';
  const page = (form: URLSearchParams, first: string, second: string): string =>
    form.get('NextToken') === 'p2' ? second : first;

  test('of groups, members and instances are all read', async () => {
    const { provider, drive, seen } = await rigFor(({ action, form }) => {
      if (action === 'DescribeAutoScalingGroups') {
        const [first, second] = [groupXml('a'), groupXml('b')];
        return answer(
          action,
          page(
            form,
            `<AutoScalingGroups><member>${first}</member></AutoScalingGroups>${next}`,
            `<AutoScalingGroups><member>${second}</member></AutoScalingGroups>`,
          ),
        );
      }
      if (action === 'DescribeAutoScalingInstances') {
        const member = (id: string): string =>
          `<AutoScalingInstances><member><InstanceId>${id}</InstanceId><AutoScalingGroupName>a</AutoScalingGroupName></member></AutoScalingInstances>`;
        return answer(action, page(form, member('i-1') + next, member('i-2')));
      }
      const set = (id: string): string => `<reservationSet>${instanceXml(id, ['10.0.0.1'])}</reservationSet>`;
      return ec2Answer(action, page(form, `${set('i-1')}<nextToken>p2</nextToken>`, set('i-2')));
    });
    const both = ['i-1', 'i-2'];
    const [a, b, members, instances, byAddress] = await drive(
      Promise.all([
        provider.readGroup({ pool: 'a', region }, never),
        provider.readGroup({ pool: 'b', region }, never),
        provider.readMembership(region, both, never),
        provider.readInstances(region, both, never),
        provider.findByAddress(region, ['10.0.0.1'], never),
      ]),
    );
    expect([a.pool, b.pool]).toEqual(['a', 'b']);
    expect([...members.keys()]).toEqual(both);
    expect([...instances.keys()]).toEqual(both);
    expect(byAddress.get('10.0.0.1')?.map((each) => each.instanceId)).toEqual(both);
    expect(seen).toHaveLength(8);
  });

  test('that never end are no answer', async () => {
    const { provider, drive, seen } = await rigFor(() =>
      answer('DescribeAutoScalingGroups', `<AutoScalingGroups/>${next}`),
    );
    const error = await drive(rejection(provider.readGroup({ pool: 'a', region }, never)));
    expect(error.kind).toBe('invalid');
    expect(error.detail.text).toBe('the pages of DescribeAutoScalingGroups do not end');
    expect(seen).toHaveLength(2);
  });
});

describe('calls close together', () => {
  test('share requests of at most fifty groups', async () => {
    const { provider, drive, seen } = await rigFor(answeringGroups);
    const names = Array.from({ length: 120 }, (_, at) => `pool-${at}`);
    const found = await drive(Promise.all(names.map((pool) => provider.readGroup({ pool, region }, never))));
    expect(found.map((group) => group.pool)).toEqual(names);
    expect(seen.map((one) => namesIn(one).length).toSorted((a, b) => a - b)).toEqual([20, 50, 50]);
  });

  test('share requests of at most two hundred instances, each asked for once', async () => {
    const { provider, drive, seen } = await rigFor((one) =>
      reservations(...idsIn(one).map((id) => instanceXml(id, []))),
    );
    const ids = Array.from({ length: 250 }, (_, at) => `i-${at}`);
    const [all, some] = await drive(
      Promise.all([
        provider.readInstances(region, ids, never),
        provider.readInstances(region, ['i-3', 'i-249'], never),
      ]),
    );
    expect(all.size).toBe(250);
    expect([...some.keys()]).toEqual(['i-3', 'i-249']);
    expect(seen.map((one) => idsIn(one).length).toSorted((a, b) => a - b)).toEqual([50, 200]);
  });

  test('share nothing with another region, nor with calls that come later', async () => {
    const { provider, drive, seen } = await rigFor(answeringGroups);
    await drive(
      Promise.all([
        provider.readGroup({ pool: 'a', region }, never),
        provider.readGroup({ pool: 'a', region: 'us-east-1' }, never),
      ]),
    );
    await drive(provider.readGroup({ pool: 'a', region }, never));
    const scopes = seen.map(({ headers }) => /\/([a-z]+-[a-z]+-\d)\//.exec(headers.authorization ?? '')?.[1]);
    expect(scopes.toSorted((a = '', b = '') => a.localeCompare(b))).toEqual([region, region, 'us-east-1']);
  });

  test('fail alone where only their own group is not as it should be', async () => {
    const { provider, drive } = await rigFor(() => groups(groupXml('a', 'DesiredCapacity'), groupXml('b')));
    const [bad, good] = await drive(
      Promise.allSettled([
        provider.readGroup({ pool: 'a', region }, never),
        provider.readGroup({ pool: 'b', region }, never),
      ]),
    );
    expect([bad?.status, good?.status]).toEqual(['rejected', 'fulfilled']);
  });

  test('fail together where the request fails', async () => {
    const { provider, drive } = await rigFor(() => refusal(400, 'InvalidAction', 'no'));
    const errors = await drive(
      Promise.all(['a', 'b'].map((pool) => rejection(provider.readGroup({ pool, region }, never)))),
    );
    expect(errors.map((error) => error.kind)).toEqual(['invalid', 'invalid']);
  });

  test('go on without one that is aborted', async () => {
    const { provider, drive, seen } = await rigFor(answeringGroups);
    const leaving = new AbortController();
    const left = rejection(provider.readGroup({ pool: 'a', region }, leaving.signal));
    const kept = provider.readGroup({ pool: 'b', region }, never);
    leaving.abort();
    expect((await left).kind).toBe('cancelled');
    expect((await drive(kept)).pool).toBe('b');
    expect(seen).toHaveLength(1);
    expect((await rejection(provider.readGroup({ pool: 'c', region }, leaving.signal))).kind).toBe(
      'cancelled',
    );
  });

  test('ask nothing where nothing is asked for', async () => {
    const { provider, seen } = await rigFor(() => 'hang');
    expect(await provider.readInstances(region, [], never)).toEqual(new Map());
    expect(await provider.findByAddress(region, [], never)).toEqual(new Map());
    expect(await provider.readMembership(region, [], never)).toEqual(new Map());
    expect(seen).toEqual([]);
  });
});

describe('an answer without its list is a failure, never an empty list:', () => {
  const page = '<!doctype html><html><body><p>please log in</p></body></html>';
  const html = { text: page, headers: { 'Content-Type': 'text/html' } };
  const empty: Handler = ({ action }) => ({
    text: `<${action}Response><${action}Result/></${action}Response>`,
  });

  test.each(reads)('an HTML page for a read %s', async (_, read) => {
    const { provider, drive } = await rigFor(() => html);
    expect((await drive(rejection(read(provider)))).kind).toBe('invalid');
  });

  test.each(reads)('an answer that leaves it out, for a read %s', async (_, read) => {
    const { provider, drive } = await rigFor(empty);
    expect((await drive(rejection(read(provider)))).kind).toBe('invalid');
  });

  test.each(reads)('nothing at all, for a read %s', async (_, read) => {
    const { provider, drive } = await rigFor(() => ({ text: '' }));
    expect((await drive(rejection(read(provider)))).kind).toBe('invalid');
  });
});

describe('what decisions are made from must be there:', () => {
  test.each(['MinSize', 'MaxSize', 'DesiredCapacity', 'Instances'])('%s of a group', async (name) => {
    const { provider, drive } = await rigFor(() => groups(groupXml('a', name)));
    const error = await drive(rejection(provider.readGroup({ pool: 'a', region }, never)));
    expect(error.kind).toBe('invalid');
    expect(error.message).toBe(`aws: read group a: there is no ${name} in the answer`);
  });

  test.each(['InstanceId', 'AvailabilityZone', 'LifecycleState', 'ProtectedFromScaleIn'])(
    '%s of a member',
    async (name) => {
      const spoiled = groupXml('a').replace(memberXml('i-a'), memberXml('i-a', name));
      const { provider, drive } = await rigFor(() => groups(spoiled));
      const error = await drive(rejection(provider.readGroup({ pool: 'a', region }, never)));
      expect(error.detail.text).toBe(`there is no ${name} in the answer`);
    },
  );

  test.each(['instanceId', 'instanceState', 'launchTime'])('%s of an instance', async (name) => {
    const { provider, drive } = await rigFor(() => reservations(instanceXml('i-1', [], name)));
    expect((await drive(rejection(provider.readInstances(region, ['i-1'], never)))).kind).toBe('invalid');
  });

  test('a number of a group that is none is no answer either', async () => {
    const { provider, drive } = await rigFor(() => groups(groupXml('a').replace('>4<', '>many<')));
    expect((await drive(rejection(provider.readGroup({ pool: 'a', region }, never)))).kind).toBe('invalid');
  });
});
