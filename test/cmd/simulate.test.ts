import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openMoto } from '../contract/aws/moto.ts';
import { AwsWire } from '../contract/aws/wire.ts';
import { awsEnvironment } from '../support/aws-environment.ts';
import { needsMoto } from '../support/needs.ts';
import { spawnCli } from '../support/processes.ts';
import type { RunningCli } from '../support/processes.ts';

const folder = mkdtempSync(join(tmpdir(), 'replicator-simulate-'));
afterAll(() => rmSync(folder, { recursive: true }));

interface Urls {
  readonly nomad: string;
  readonly aws?: string;
}

/** The simulator with one pool, and the addresses that it prints. */
async function simulate(pool: string, ...args: string[]): Promise<{ program: RunningCli; urls: Urls }> {
  const world = join(folder, `${pool}.json`);
  const pools = [{ name: pool, max: 5, desired: 2, bootMs: 300 }];
  writeFileSync(world, JSON.stringify({ timing: { heartbeatMs: 300 }, pools }));
  const program = spawnCli(['simulate', `--world=${world}`, '--consul-port=-1', ...args], {
    env: awsEnvironment('http://127.0.0.1:9'),
  });
  const line = await program.waitForLine(/"nomad":/, 30_000);
  return { program, urls: JSON.parse(line.text) as Urls };
}

/** `name status` of each node. */
async function nodesOf({ nomad }: Urls): Promise<readonly string[]> {
  const nodes = (await (await fetch(`${nomad}/v1/nodes`)).json()) as { Name: string; Status: string }[];
  return nodes.map(({ Name, Status }) => `${Name} ${Status}`).toSorted((a, b) => a.localeCompare(b));
}

test('serves the AWS of its pools, and logs what it is asked', async () => {
  const { program, urls } = await simulate('own');
  const wire = new AwsWire({ url: urls.aws ?? '', region: 'us-east-1' } as AwsWire['aws']);
  expect(await wire.memberIds('own')).toHaveLength(2);
  expect(await nodesOf(urls)).toEqual(['own-1 ready', 'own-2 ready']);
  const log = (await (await fetch(`${urls.nomad}/simulator/aws-log`)).json()) as { body: string }[];
  expect(log.map(({ body }) => body)).toEqual([expect.stringContaining('Action=DescribeAutoScalingGroups')]);
  await program.stop();
});

test('leaves AWS out when it is told to; the nodes of the pools are there', async () => {
  const { program, urls } = await simulate('without', '--aws-port=-1');
  expect(urls.aws).toBeUndefined();
  expect(await nodesOf(urls)).toEqual(['without-1 ready', 'without-2 ready']);
  await program.stop();
});

test('says once why the AWS that it follows cannot be read', async () => {
  const { program, urls } = await simulate('away', '--follow-ec2=http://127.0.0.1:9');
  const line = await program.waitForLine(/pool away/, 30_000);
  expect(line.text).toMatch(/^replicator simulate: pool away: .*connection refused/);
  expect([urls.aws, await nodesOf(urls)]).toEqual([undefined, []]);
  await program.stop();
});

describe('beside moto', needsMoto, () => {
  let moto: Awaited<ReturnType<typeof openMoto>> | undefined;

  beforeAll(async () => {
    if (needsMoto.skip !== true) moto = await openMoto();
  }, 120_000);
  afterAll(async () => {
    await moto?.stop();
  });

  test('makes nodes of its instances, and takes them away', async () => {
    if (!moto) throw new Error('not started');
    const name = await moto.makeGroup({ min: 0, max: 5, desired: 1 });
    const region = '--follow-region=us-east-1';
    const { program, urls } = await simulate(name, `--follow-ec2=${moto.url}`, region);
    await expect.poll(() => nodesOf(urls), { timeout: 20_000 }).toEqual([`${name}-1 ready`]);
    const wire = new AwsWire(moto);
    const [first = ''] = await wire.memberIds(name);
    await wire.setDesired(name, 2);
    await expect
      .poll(() => nodesOf(urls), { timeout: 20_000 })
      .toEqual([`${name}-1 ready`, `${name}-2 ready`]);
    await wire.detach(name, first);
    await wire.terminate(first);
    await expect
      .poll(() => nodesOf(urls), { timeout: 20_000 })
      .toEqual([`${name}-1 down`, `${name}-2 ready`]);
    const node = (await (await fetch(`${urls.nomad}/simulator/pools`)).json()) as { desired: number }[];
    expect(node).toMatchObject([{ name, desired: 1 }]);
    await program.stop();
  });
});
