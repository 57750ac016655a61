import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { CLUSTER_TEMPLATE, JOB_TEMPLATE } from '../../cmd/init/templates.ts';
import { readHcl } from '../../src/config/hcl.ts';
import type { TreeNode } from '../../src/config/tree.ts';
import { GROUP_KEYS, parseGroupPolicy } from '../../src/domain/policy/group-policy.ts';
import { parsePoolMeta, POOL_KEYS } from '../../src/domain/policy/pool-policy.ts';
import { runCli } from '../support/processes.ts';

const JOB = 'job_scaling.hcl';
const CLUSTER = 'cluster_scaling.hcl';

function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'replicator-init-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** The members of the block at the end of a path, read as HCL. */
function membersAt(text: string, ...path: readonly string[]): readonly TreeNode[] {
  const { nodes, faults } = readHcl(text);
  expect(faults).toEqual([]);
  return path.reduce<readonly TreeNode[]>((members, key) => {
    const found = members.filter((node) => node.key === key);
    expect(found).toHaveLength(1);
    const value = found[0]?.value;
    return value?.kind === 'object' ? value.members : [];
  }, nodes);
}

/** A meta block as Nomad hands it on: texts. */
function metaAt(text: string, ...path: readonly string[]): Record<string, string> {
  const entries = membersAt(text, ...path, 'meta').map(({ key, value }) => {
    expect(value.kind).toBe('text');
    return [key, value.kind === 'text' ? value.text : ''] as const;
  });
  expect(new Set(entries.map(([key]) => key)).size).toBe(entries.length);
  return Object.fromEntries(entries);
}

/** The same with every key that is commented out. */
function uncommented(text: string): string {
  return text.replaceAll(/^( *)# (replicator_\w+ = ".*")$/gm, '$1$2');
}

describe('the built program', () => {
  test.each([
    [[], [CLUSTER, JOB]],
    [
      ['-job-scaling', '--cluster-scaling'],
      [CLUSTER, JOB],
    ],
    [['-job-scaling'], [JOB]],
    [['--job-scaling=true', '-cluster-scaling=false'], [JOB]],
    [['-cluster-scaling'], [CLUSTER]],
  ])('init %j writes %j', async (flags, files) => {
    const cwd = emptyFolder();
    const { code, stdout, stderr } = await runCli(['init', ...flags], { cwd });
    expect([code, stderr]).toEqual([0, '']);
    expect(readdirSync(cwd).toSorted()).toEqual(files);
    const texts: Record<string, string> = { [JOB]: JOB_TEMPLATE.text, [CLUSTER]: CLUSTER_TEMPLATE.text };
    for (const file of files) {
      expect(readFileSync(join(cwd, file), 'utf8')).toBe(texts[file]);
      expect(stdout).toContain(`${file} written: `);
    }
  });

  test('writes neither when one of them is there', async () => {
    const cwd = emptyFolder();
    writeFileSync(join(cwd, CLUSTER), 'mine');
    const { code, stdout, stderr } = await runCli(['init'], { cwd });
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(
      /^replicator init: cluster_scaling\.hcl exists already, in \/.*; nothing was written\n$/,
    );
    expect(readdirSync(cwd)).toEqual([CLUSTER]);
    expect(readFileSync(join(cwd, CLUSTER), 'utf8')).toBe('mine');
    expect(await runCli(['init', '-job-scaling'], { cwd })).toMatchObject({ code: 0 });
  });

  test('names both when both are there, a link that leads nowhere among them', async () => {
    const cwd = emptyFolder();
    writeFileSync(join(cwd, JOB), '');
    symlinkSync('/nowhere/at/all', join(cwd, CLUSTER));
    const { code, stderr } = await runCli(['init'], { cwd });
    expect(code).toBe(1);
    expect(stderr.match(/exists already/g)).toHaveLength(2);
  });

  test('refuses what it does not know', async () => {
    const cwd = emptyFolder();
    const { code, stderr } = await runCli(['init', '-force', 'here'], { cwd });
    expect([code, stderr.split('\n').slice(0, 2)]).toEqual([
      1,
      ['replicator init: -force: unknown flag', 'replicator init: here: unexpected argument'],
    ]);
    expect(readdirSync(cwd)).toEqual([]);
  });
});

describe('what init writes', () => {
  const places = {
    job: { template: JOB_TEMPLATE, path: ['job', 'group'], table: GROUP_KEYS, parse: parseGroupPolicy },
    pool: { template: CLUSTER_TEMPLATE, path: ['client'], table: POOL_KEYS, parse: parsePoolMeta },
  };
  const all = Object.entries(places);

  test.each(all)('is a valid policy as it stands: %s', (_name, { template, path, parse }) => {
    expect(parse(metaAt(template.text, ...path))).toMatchObject({
      kind: 'policy',
      policy: { enabled: true },
    });
  });

  test.each(all)(
    'is one with everything that is commented out, and has every key: %s',
    (_name, { template, path, table, parse }) => {
      const meta = metaAt(uncommented(template.text), ...path);
      expect(Object.keys(meta)).toEqual(table.map(({ key }) => key));
      expect(parse(meta)).toMatchObject({ kind: 'policy' });
    },
  );

  test.each(all)('says the same whether or not the defaults are commented out: %s', (_name, place) => {
    const { template, path, table, parse } = place;
    const defaults = table.flatMap(({ key, fallback }) => (fallback === undefined ? [] : [key]));
    const given = metaAt(template.text, ...path);
    const more = metaAt(uncommented(template.text), ...path);
    const withDefaults = {
      ...given,
      ...Object.fromEntries(defaults.map((key) => [key, more[key] ?? ''])),
    };
    expect(parse(withDefaults)).toEqual(parse(given));
  });

  test.each(all)('is HCL 2 as well: one attribute a line, keys without quotes: %s', (_name, { template }) => {
    const lines = template.text.split('\n').map((line) => line.trim());
    const code = lines.filter((line) => line !== '' && !line.startsWith('#'));
    const isBlock = /^\w+(?: "\w+")? \{$/;
    const isAttribute = /^\w+ += (?:"[^"$%\\]*"|\d+|true|false|\["\w+"\])$/;
    expect(code.filter((line) => line !== '}' && !isBlock.test(line) && !isAttribute.test(line))).toEqual([]);
  });

  test('is a whole job: a group with a count within its bounds and a task with resources', () => {
    const group = membersAt(JOB_TEMPLATE.text, 'job', 'group');
    const count = group.find(({ key }) => key === 'count')?.value;
    expect(count).toMatchObject({ kind: 'number', number: 2 });
    expect(metaAt(JOB_TEMPLATE.text, 'job', 'group')).toMatchObject({
      replicator_min: '2',
      replicator_max: '10',
    });
    const resources = membersAt(JOB_TEMPLATE.text, 'job', 'group', 'task', 'resources');
    expect(resources.map(({ key }) => key)).toEqual(['cpu', 'memory']);
  });
});
