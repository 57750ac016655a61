import { describe, expect, test } from 'vitest';
import { readJobFacts } from '../../../src/adapters/nomad/wire-job.ts';
import type { PlacementNeeds } from '../../../src/domain/snapshot.ts';
import { recorded } from './recorded.ts';

type Fields = Record<string, any>;

const text = recorded('job-needs', 1).text;

/** The needs of the recorded job's group after a change of the job, the group and the first task. */
function needsOf(
  change: (job: Fields, group: Fields, task: Fields) => void = () => undefined,
): PlacementNeeds {
  const job: Fields = JSON.parse(text);
  const group: Fields = job['TaskGroups'][0];
  change(job, group, group['Tasks'][0]);
  const needs = readJobFacts(job).groups[0]?.needs;
  if (needs === undefined) throw new Error('no group');
  return needs;
}

describe('what a group asks of its node', () => {
  test('is read from the job, the group and its tasks', () => {
    expect(needsOf()).toEqual({
      resources: { cpuMhz: 600, memoryMb: 320, diskMb: 400 },
      datacenters: ['dc1', 'dc2'],
      nodePool: '',
      drivers: ['raw_exec', 'exec'],
      constraints: [
        { left: '${attr.kernel.name}', operand: '=', right: 'linux' },
        { left: '${node.class}', operand: 'regexp', right: 'pool-.*' },
      ],
      distinctHosts: 'group',
      staticPorts: [18_080, 18_081],
      unplaceable: ['distinct_property ${meta.rack}', 'volume share', 'volume data', 'device nvidia/gpu'],
    });
  });

  test('is little for a plain job', () => {
    const [hot] = readJobFacts(JSON.parse(recorded('job-read', 0).text)).groups;
    expect(hot?.needs).toMatchObject({
      datacenters: ['dc1'],
      drivers: ['raw_exec'],
      distinctHosts: 'none',
      staticPorts: [],
      unplaceable: [],
    });
    expect(hot?.needs.resources.diskMb).toBe(20);
  });

  test.each<readonly [string, string, 'none' | 'group' | 'job']>([
    ['true', 'true', 'job'],
    ['', 'false', 'job'],
    ['false', 'true', 'group'],
    ['false', '0', 'none'],
  ])('with distinct_hosts %j at the job and %j at the group', (atJob, atGroup, expected) => {
    const needs = needsOf((job, group) => {
      job['Constraints'] = [{ LTarget: '', Operand: 'distinct_hosts', RTarget: atJob }];
      group['Constraints'] = [{ LTarget: '', Operand: 'distinct_hosts', RTarget: atGroup }];
    });
    expect(needs.distinctHosts).toBe(expected);
    expect(needs.constraints.map(({ operand }) => operand)).toEqual(['regexp']);
  });

  test('of cores is no CPU, and not understood', () => {
    const needs = needsOf((_, __, task) => {
      task['Resources'].Cores = 2;
    });
    expect(needs.resources.cpuMhz).toBe(100);
    expect(needs.unplaceable).toContain('cores of task t');
  });

  test.each([
    ['a host network', { HostNetwork: 'public' }, 'host network public'],
    ['none', { HostNetwork: 'default' }, undefined],
    ['none of an older server', {}, undefined],
  ])('with a port on %s', (_, more, name) => {
    const needs = needsOf((__, group) => {
      group['Networks'][0].DynamicPorts = [{ Label: 'admin', Value: 0, ...more }];
    });
    expect(needs.unplaceable.filter((one) => one.includes('network'))).toEqual(
      name === undefined ? [] : [name],
    );
  });

  test.each([
    ['host', []],
    ['none', []],
    ['cni/mynet', ['network cni/mynet']],
  ])('with a network of mode %s', (mode, names) => {
    const needs = needsOf((_, group) => {
      group['Networks'][0].Mode = mode;
    });
    expect(needs.unplaceable.filter((one) => one.startsWith('network'))).toEqual(names);
  });

  test('of a newer server names its node pool', () => {
    const needs = needsOf((job) => {
      job['NodePool'] = 'gpu';
    });
    expect(needs.nodePool).toBe('gpu');
  });

  test('of which nothing is said is nothing', () => {
    const bare = { ID: 'web', JobModifyIndex: 1, TaskGroups: [{ Name: 'g', Count: 1, Tasks: null }] };
    expect(readJobFacts(bare).groups[0]?.needs).toEqual({
      resources: { cpuMhz: 0, memoryMb: 0, diskMb: 0 },
      datacenters: [],
      nodePool: '',
      drivers: [],
      constraints: [],
      distinctHosts: 'none',
      staticPorts: [],
      unplaceable: [],
    });
  });
});
