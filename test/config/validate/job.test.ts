import { describe, expect, test } from 'vitest';
import { GROUP_KEYS, parseGroupPolicy } from '../../../src/domain/policy/group-policy.ts';
import { apiJob, findingsIn, jobFile, policyMeta, reportOn } from './check.ts';

describe('a good policy is no finding', () => {
  const inBlock = jobFile(policyMeta());
  test.each([
    ['in HCL', inBlock, 'HCL 1'],
    [
      'with texts',
      jobFile(Object.fromEntries(Object.entries(policyMeta()).map(([k, v]) => [k, `"${v}"`]))),
      'HCL 1',
    ],
    ['in an object', inBlock.replace('meta {', 'meta = {'), 'HCL 1'],
    [
      'with keys in quotes in an object',
      inBlock.replace('meta {', 'meta = {').replaceAll(/(replicator_\w+)/g, '"$1"'),
      'HCL 1',
    ],
    ['in HCL 2', `locals { a = upper("x") }\n${inBlock}`, 'HCL 2'],
    ["in the JSON of Nomad's API", apiJob(policyMeta()), 'JSON'],
    ['in that JSON, with Job around it', `{"Job": ${apiJob(policyMeta())}}`, 'JSON'],
    [
      'in JSON of the form of HCL',
      `{"job": {"web": {"group": {"api": {"count": 3, "update": {}, "meta": ${JSON.stringify(policyMeta())}}}}}}`,
      'JSON',
    ],
    ['in several blocks', inBlock.replace('    meta {', '    meta { other = 1 }\n    meta {'), 'HCL 1'],
    ['with a byte order mark and CRLF', `\uFEFF${inBlock.replaceAll('\n', '\r\n')}`, 'HCL 1'],
  ])('%s', (_name, text, syntax) => {
    expect(reportOn(text)).toMatchObject({ kind: 'job', syntax, findings: [] });
  });

  test('neither is a job without a policy', () => {
    expect(findingsIn('job "a" {\n group "b" {\n meta { owner = "me" }\n task "c" {}\n }\n}')).toEqual([]);
  });
});

describe('every fault of a policy has its line and key', () => {
  test.each<[string, Record<string, string | undefined>, string[]]>([
    ['a missing key, at the meta', { replicator_max: undefined }, ['5: replicator_max: is missing']],
    [
      'a key that is half a pair',
      { replicator_scaleout_cpu: undefined },
      ['5: replicator_scaleout_cpu: is missing beside replicator_scalein_cpu'],
    ],
    [
      'no pair at all',
      { replicator_scalein_cpu: undefined, replicator_scaleout_cpu: undefined },
      [
        '5: replicator_scalein_cpu: is missing (a cpu or a mem pair is needed)',
        '5: replicator_scalein_mem: is missing (a cpu or a mem pair is needed)',
        '5: replicator_scaleout_cpu: is missing (a cpu or a mem pair is needed)',
        '5: replicator_scaleout_mem: is missing (a cpu or a mem pair is needed)',
      ],
    ],
    [
      'bounds the wrong way round',
      { replicator_max: '1' },
      ['8: replicator_max: is 1, below replicator_min, which is 2'],
    ],
    [
      'thresholds the wrong way round',
      { replicator_scalein_cpu: '80' },
      ['9: replicator_scalein_cpu: is 80, not below replicator_scaleout_cpu, which is 80'],
    ],
    [
      'several at once',
      { replicator_enabled: '"yes"', replicator_min: '-1', replicator_scaleout_cpu: '"80%"' },
      [
        '6: replicator_enabled: is "yes", not true or false',
        '7: replicator_min: is "-1", not a whole number of 0 or more',
        '10: replicator_scaleout_cpu: is "80%", not a percentage of 0 or more',
      ],
    ],
    ['a list', { replicator_min: '[1]' }, ['7: replicator_min: must be a text']],
    [
      'a reference that stays a text until a task runs',
      { replicator_min: '"${meta.min}"' },
      ['7: replicator_min: is "${meta.min}", not a whole number of 0 or more'],
    ],
  ])('%s', (_name, change, expected) => {
    const of = ' (task group web/api)';
    const found = findingsIn(jobFile(policyMeta(change)));
    expect(found.toSorted()).toEqual(expected.map((line) => line + of).toSorted());
  });

  test('in the JSON of the API as well, where Nomad refuses what is no text', () => {
    const text = apiJob({ ...policyMeta({ replicator_max: '1' }), replicator_enabled: true });
    const line = (key: string): number => text.split('\n').findIndex((one) => one.includes(key)) + 1;
    expect(findingsIn(text)).toEqual([
      `${line('_enabled')}: replicator_enabled: must be a text in quotes: Nomad refuses the job (task group web/api)`,
      `${line('_max')}: replicator_max: is 1, below replicator_min, which is 2 (task group web/api)`,
    ]);
  });

  test('and those of every group are told', () => {
    const text =
      'job "a" {\n group "b" {\n meta { replicator_min = 1 }\n }\n group "c" {\n meta { replicator_max = "x" }\n }\n}';
    const faults = findingsIn(text).filter((line) => !line.includes('is missing'));
    expect(faults).toEqual(['6: replicator_max: is "x", not a whole number of 0 or more (task group a/c)']);
    expect(findingsIn(text).filter((line) => line.includes('(task group a/b)')).length).toBeGreaterThan(1);
  });

  test('the agent judges the same: whatever a key is given, both refuse or neither does', () => {
    const values = [
      '',
      '0',
      '1',
      '2',
      '-1',
      '1.5',
      'true',
      'F',
      'yes',
      '1e3',
      '999999999999',
      ' 3',
      '+4',
      '80%',
      'aws',
    ];
    const changes = GROUP_KEYS.flatMap(({ key }) => values.map((value) => ({ [key]: value })));
    for (const change of changes) {
      const meta = policyMeta(change);
      const found = reportOn(apiJob(meta)).findings.filter(({ severity }) => severity === 'fault');
      const reading = parseGroupPolicy(meta);
      const faults = reading.kind === 'invalid' ? reading.faults.map(({ key }) => key).toSorted() : [];
      const told = found.map(({ key = '' }) => key).toSorted((one, other) => (one < other ? -1 : 1));
      expect({ change, faults: told }).toEqual({ change, faults });
    }
  });
});

describe('what only HCL 2 can work out', () => {
  const notKnown =
    'notice: not looked at: its value is not known before Nomad reads the file (task group web/api)';

  test.each([
    ['a variable', 'var.max'],
    ['a variable in a text', '"${var.max}"'],
    ['a call', 'max(1, local.b)'],
    ['a choice', 'var.big ? 10 : 5'],
  ])('is a notice, not a fault: %s', (_name, value) => {
    const report = findingsIn(`locals { b = 1 }\n${jobFile(policyMeta({ replicator_max: value }))}`);
    expect(report).toEqual([`9: replicator_max: ${notKnown}`]);
  });

  test('hides no fault that is one whatever the value will be', () => {
    const text = jobFile(
      policyMeta({
        replicator_max: 'var.max',
        replicator_scaleout_cpu: '0',
        replicator_scalein_cpu: 'var.in',
        replicator_cooldown: 'x.y',
      }),
    );
    expect(findingsIn(text)).toEqual([
      `8: replicator_max: ${notKnown}`,
      '9: replicator_scalein_cpu: is 0, not below replicator_scaleout_cpu, which is 0 (task group web/api)',
      `9: replicator_scalein_cpu: ${notKnown}`,
      `11: replicator_cooldown: ${notKnown}`,
    ]);
  });

  test('a meta that is an expression may hold anything', () => {
    const text = 'job "a" {\n group "b" {\n meta = merge(local.policy, { x = 1 })\n }\n}';
    expect(findingsIn(text)).toEqual([
      '3: meta: notice: not looked at as a whole: it is not known before Nomad reads the file (task group a/b)',
    ]);
  });

  test('groups that are made by a dynamic block are looked at once', () => {
    const meta = 'meta {\n replicator_min = "x"\n }';
    const text = `job "a" {\n dynamic "group" {\n for_each = var.names\n labels = [group.value]\n content {\n ${meta}\n }\n }\n}`;
    expect(findingsIn(text)).toContain(
      '7: replicator_min: is "x", not a whole number of 0 or more (task group a/(dynamic))',
    );
  });

  test('numbers are those of HCL 2: 010 is ten, and in HCL 1 eight', () => {
    const change = { replicator_min: '010', replicator_max: '8' };
    const hcl1 = jobFile(policyMeta(change), { group: 'count = 8' });
    expect(findingsIn(hcl1)).toEqual([]);
    expect(findingsIn(`variable "x" {}\n${hcl1}`)).toEqual([
      '9: replicator_max: is 8, below replicator_min, which is 10 (task group web/api)',
    ]);
  });
});

describe('what works but is hardly meant so is a warning', () => {
  test.each<[string, { job?: string; group?: string }, string]>([
    [
      'a system job',
      { job: 'type = "system"' },
      '2: type: warning: a job of type system is never scaled: the policy has no effect',
    ],
    [
      'a periodic job',
      { job: 'type = "batch"\n periodic { cron = "@daily" }' },
      '1: warning: a periodic job is never scaled: the policy has no effect',
    ],
    [
      'a parameterized job',
      { job: 'type = "batch"\n parameterized {}' },
      '1: warning: a parameterized job is never scaled: the policy has no effect',
    ],
    [
      'a count of none',
      { group: 'count = 0' },
      '4: count: warning: is 0: Replicator never starts what is switched off',
    ],
    [
      'a count below the minimum',
      { group: 'count = 1' },
      '4: count: warning: is 1, below replicator_min: it is scaled at once to 2',
    ],
    [
      'no count, which is one',
      { group: '' },
      '3: count: warning: is 1, below replicator_min: it is scaled at once to 2',
    ],
    [
      'a count above the maximum',
      { group: 'count = 11' },
      '4: count: warning: is 11, above replicator_max: it is scaled at once to 10',
    ],
    [
      'an update that is none',
      { group: 'count = 3\n update { max_parallel = 0 }' },
      '3: update: warning: max_parallel is 0: the count is changed without a deployment, by registering the job again',
    ],
    [
      'bounds of Nomad that are narrower',
      { group: 'count = 3\n scaling { max = 5 }' },
      '5: scaling: warning: max is 5: Nomad refuses what is above it; replicator_max is 10',
    ],
    [
      'a minimum of Nomad that is higher',
      { group: 'count = 3\n scaling {\n min = 3\n max = 20\n }' },
      '5: scaling: warning: min is 3: Nomad refuses what is below it; replicator_min is 2',
    ],
  ])('%s', (_name, more, expected) => {
    const report = reportOn(jobFile(policyMeta(), more));
    expect(report.findings.filter(({ severity }) => severity === 'fault')).toEqual([]);
    expect(findingsIn(jobFile(policyMeta(), more))).toContain(`${expected} (task group web/api)`);
  });

  test('not where Nomad is switched off, or the count is not known', () => {
    expect(findingsIn(jobFile(policyMeta(), { group: 'count = 3\n scaling { enabled = false }' }))).toEqual(
      [],
    );
    expect(findingsIn(jobFile(policyMeta(), { group: 'count = var.count' }))).toEqual([]);
    expect(findingsIn(jobFile(policyMeta(), { job: 'type = var.type' }))).toEqual([]);
  });

  test('no update block, and a policy that only reports, are notices', () => {
    const text = jobFile(policyMeta({ replicator_enabled: 'false' })).replace('update', 'migrate');
    expect(findingsIn(text)).toEqual([
      '3: update: notice: there is none: with Nomad before 0.10 the count is changed without a deployment, by registering the job again; later ones assume max_parallel = 1 (task group web/api)',
      '6: replicator_enabled: notice: is false: the group is evaluated and reported, never scaled (task group web/api)',
    ]);
  });

  test('the job as Nomad has it: stopped, or a child', () => {
    const of = ' (task group web/api)';
    expect(findingsIn(apiJob(policyMeta(), { Stop: true }))).toEqual([
      `1: warning: a stopped job is never scaled: the policy has no effect${of}`,
    ]);
    const child = { ParentID: 'p', Type: 'batch', ParameterizedJob: {}, Dispatched: true };
    expect(findingsIn(apiJob(policyMeta(), child))).toEqual([
      `1: warning: a child of another job is never scaled: the policy has no effect${of}`,
    ]);
  });

  test('keys that look like others, stand in the wrong place or are those of a pool', () => {
    const meta = policyMeta({ replicator_cooldwn: '5', Replicator_Min: '1', replicator_region: '"eu"' });
    const text = jobFile(meta, {
      job: 'meta { replicator_min = 1 }',
      group: 'count = 3\n task "t" {\n meta { replicator_max = 1 }\n }',
    });
    expect(findingsIn(text)).toEqual([
      '2: replicator_min: warning: is not read here: a policy stands in the meta of a task group',
      '6: replicator_max: warning: is not read here: a policy stands in the meta of a task group',
      '14: replicator_cooldwn: warning: is no key of a task group; did you mean replicator_cooldown? (task group web/api)',
      '15: Replicator_Min: warning: is no key of a task group; did you mean replicator_min? (task group web/api)',
      '16: replicator_region: warning: is no key of a task group; it is one of a worker pool, for the meta of Nomad clients (task group web/api)',
    ]);
  });
});

describe('what cannot be read is a fault with its place', () => {
  test.each([
    ['a block that is not closed', 'job "a" {\n group "b" {\n', ['2:', 'not closed by }']],
    [
      'a text that is not closed',
      'job "a" {\n group "b" {\n count = "3\n }\n}',
      ['3: count:', 'not closed by a quote'],
    ],
    [
      'HCL 2 with a key in quotes in a block',
      'variable "x" {}\njob "a" {\n meta {\n "b" = 1\n }\n}',
      ['4: b: a key in quotes', 'this is no HCL 2'],
    ],
    [
      'HCL 2 with two arguments on a line',
      'job "a" {\n datacenters = [upper("x")]\n meta { b = 1 c = 2 }\n}',
      ['3: b: is on the line of the { around it: this is no HCL 2', '3: c: is on the line'],
    ],
    [
      'HCL 2 with two arguments on one line of a block',
      'job "a" {\n x = upper("x")\n meta {\n b = 1, c = 2\n }\n}',
      ['4: c: is a second argument on its line: this is no HCL 2'],
    ],
    [
      'HCL 2 with an argument twice',
      'job "a" {\n type = upper("x")\n type = "b"\n}',
      ['3: type: is given twice: this is no HCL 2'],
    ],
    ['neither HCL 1 nor HCL 2', 'job "a" {\n type = 1 +\n}', ['2:', 'neither HCL 1 nor HCL 2']],
    ['JSON', '{"Job": {\n "ID": tru}}', ['2: ID: unexpected character']],
  ])('%s', (_name, text, parts) => {
    const faults = findingsIn(text).filter((line) => !line.includes('notice'));
    for (const part of parts) expect(faults.join('\n')).toContain(part);
  });

  test('and nothing that may be lost behind it is said to be missing', () => {
    const text = jobFile(policyMeta()).replace('replicator_max = 10', 'replicator_max = "10');
    expect(findingsIn(text).filter((line) => line.includes('missing'))).toEqual([]);
    expect(findingsIn(text).filter((line) => !line.includes('notice'))).toHaveLength(1);
  });

  test('an HCL 1 file with keys in quotes is good, with a warning for newer Nomads', () => {
    const text = jobFile(policyMeta()).replaceAll(/(replicator_\w+)/g, '"$1"');
    expect(findingsIn(text)).toEqual([
      expect.stringMatching(
        /^6: replicator_enabled: warning: a key in quotes needs = before .* this is HCL 1/,
      ),
    ]);
  });
});
