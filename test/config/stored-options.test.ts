import { describe, expect, test } from 'vitest';
import { OPTIONS } from '../../src/config/options.ts';
import { parseConfigDocument } from '../../src/config/parse.ts';
import { differingOptions, readGroupInput } from '../../src/config/stored-options.ts';
import { bareValue, sampleOf } from './samples.ts';

describe('a document for a group', () => {
  const storable = OPTIONS.filter((row) => row.isStorable === true && row.key !== 'partitions');

  test('gives options that are read again as they were, every one that may be stored', () => {
    const [top, ...blocks] = [undefined, 'telemetry', 'notification'].map((block) =>
      storable
        .filter((row) => row.block === block)
        .map((row) => `${row.key} = ${bareValue(row, sampleOf(row).text)}`),
    );
    const text = [
      ...(top ?? []),
      `telemetry {`,
      ...(blocks[0] ?? []),
      '}',
      'notification {',
      ...(blocks[1] ?? []),
      '}',
    ].join('\n');
    const { options, partitions, faults } = readGroupInput(text, 'x');
    expect([faults, partitions]).toEqual([[], undefined]);
    const again = parseConfigDocument(JSON.stringify(options), 'y', 'group');
    expect(again.faults).toEqual([]);
    const values = (settings: typeof again.settings) =>
      new Map(settings.map((one) => [one.key, one.kind === 'value' ? one.value : undefined]));
    expect(values(again.settings)).toEqual(values(parseConfigDocument(text, 'x', 'group').settings));
    expect(again.settings).toHaveLength(storable.length);
  });

  test('may say how many partitions, which is no option', () => {
    const { options, partitions } = readGroupInput('{"partitions": "32", "nomad_region": ""}', 'x');
    expect([options, partitions]).toEqual([{}, 32]);
  });
});

test('options that differ are told by their keys, with both values', () => {
  const before = { a: 1, b: 'x', same: [1], telemetry: { statsd_address: 'a:1', same: 1 } };
  const after = { a: 2, c: ['y'], same: [1], telemetry: { statsd_address: 'b:1', same: 1 } };
  expect(differingOptions(before, after)).toEqual([
    { key: 'a', before: '1', after: '2' },
    { key: 'b', before: '"x"', after: 'not given' },
    { key: 'c', before: 'not given', after: '["y"]' },
    { key: 'telemetry.statsd_address', before: '"a:1"', after: '"b:1"' },
  ]);
});
