import { describe, expect, test } from 'vitest';
import { parseArguments } from '../../src/config/argv.ts';
import { formatFault } from '../../src/config/fault.ts';
import { AGENT_FLAGS, pickOptions } from '../../src/config/options.ts';

const failsafe = pickOptions('consul', 'enable', 'disable', 'state_path', 'job', 'worker_pool', 'force');

describe('words', () => {
  test.each<[readonly string[], readonly string[]]>([
    [
      ['a', '-force', 'b'],
      ['a', 'b'],
    ],
    [['-force', 'false'], ['false']],
    [
      ['--', '-force', '--x'],
      ['-force', '--x'],
    ],
    [
      ['-job', 'x', '--', 'y', '--', 'z'],
      ['y', '--', 'z'],
    ],
    [['-'], ['-']],
    [[''], ['']],
  ])('%j leaves %j', (argv, words) => {
    expect(parseArguments(failsafe, argv)).toMatchObject({ words, faults: [] });
  });
});

describe('values', () => {
  const valueOf = (argv: readonly string[]): unknown[] =>
    parseArguments(AGENT_FLAGS, argv).settings.map((setting) => setting.kind === 'value' && setting.value);

  test.each<[readonly string[], unknown]>([
    [['-http-port', '-1'], -1],
    [['-http-port=-1'], -1],
    [['-config=/a=b.hcl'], '/a=b.hcl'],
    [['-config', '-odd-name'], '-odd-name'],
    [['-config', 'with blank'], 'with blank'],
    [['-dev=T'], true],
    [['-dev=false'], false],
    [
      ['-events', 'a,b'],
      ['a', 'b'],
    ],
  ])('%j', (argv, value) => {
    expect(valueOf(argv)).toEqual([value]);
  });

  test('of a repeated flag the last one counts, and is one value', () => {
    expect(valueOf(['-nomad=a', '-http-port=1', '--nomad', 'b'])).toEqual(['b', 1]);
  });
});

describe('faults', () => {
  test.each<[readonly string[], readonly string[]]>([
    [['-x'], ['-x: unknown flag']],
    [['--x.y=1'], ['-x.y: unknown flag']],
    [['-forse'], ['-forse: unknown flag; did you mean -force?']],
    [['--state_path=x'], ['-state_path: unknown flag; did you mean -state-path?']],
    [['-job'], ['-job: needs a value']],
    [['-job='], ['-job: needs a value']],
    [['-worker-pool', ''], ['-worker-pool: needs a value']],
    [['-job', '-force'], ['-job: needs a value']],
    [['-force=maybe'], ['-force: must be true or false']],
    [['-=x'], ['-=x: is not a flag']],
    [['---force'], ['---force: is not a flag']],
    [
      ['-f', '-enable', '--jobb=x'],
      ['-f: unknown flag', '-jobb: unknown flag; did you mean -job?'],
    ],
  ])('%j', (argv, expected) => {
    expect(parseArguments(failsafe, argv).faults.map(formatFault)).toEqual(expected);
  });

  test('never repeat the value of a secret', () => {
    const { faults } = parseArguments(AGENT_FLAGS, [
      '-slack-webhook-url=s3cr3t',
      '-consul=http://u:s3cr3t@h',
    ]);
    expect(faults).toHaveLength(2);
    expect(JSON.stringify(faults)).not.toContain('s3cr3t');
  });
});
