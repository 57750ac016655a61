import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatFault } from '../../src/config/fault.ts';
import { readHcl } from '../../src/config/hcl.ts';
import { readJson } from '../../src/config/json.ts';
import { parseConfigDocument } from '../../src/config/parse.ts';
import type { ReadTree } from '../../src/config/tree.ts';
import { plainNodes, positionsOf } from './plain-tree.ts';

const pieces = [
  'a',
  'http_port',
  'telemetry',
  '"k"',
  '=',
  ':',
  '{',
  '}',
  '[',
  ']',
  ',',
  '1',
  '010',
  '-',
  'true',
  'null',
  '"x',
  '"y"',
  '\\',
  '"\\n"',
  '${',
  '<<EOF',
  '<<-E\n',
  '\nEOF\n',
  '#',
  '//',
  '/*',
  '*/',
  '\n',
  '\r\n',
  ' ',
  '\uFEFF',
  '\u0000',
  'é',
  '😀',
];

const texts = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.array(fc.constantFrom(...pieces), { maxLength: 40 }).map((words) => words.join('')),
  fc.array(fc.constantFrom(...pieces), { maxLength: 40 }).map((words) => words.join(' ')),
);

function isInside(text: string, { line, column }: { line: number; column: number }): boolean {
  const found = text.split('\n')[line - 1];
  return found !== undefined && column >= 1 && column <= found.length + 1;
}

describe.each<[string, (text: string) => ReadTree]>([
  ['HCL', readHcl],
  ['JSON', readJson],
])('any text as %s', (_name, read) => {
  test('is read without throwing, and every position is inside it', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const places = positionsOf(read(text));
        expect(places.filter((place) => !isInside(text, place))).toEqual([]);
      }),
      { numRuns: 2000 },
    );
  });
});

test('any text as a configuration gives settings or faults, each fault one line', () => {
  fc.assert(
    fc.property(texts, (text) => {
      const { settings, faults } = parseConfigDocument(text, 'x.hcl');
      expect(faults.map(formatFault).filter((line) => !/^x\.hcl:\d+: [^\n]+$/.test(line))).toEqual([]);
      return settings.length + faults.length >= 0;
    }),
    { numRuns: 2000 },
  );
});

type Plain =
  string | number | boolean | readonly Plain[] | { readonly members: readonly (readonly [string, Plain])[] };

const key = fc
  .stringMatching(/^[a-z_][a-z0-9_.-]{0,8}$/)
  .filter((name) => name !== 'true' && name !== 'false');
const leaf = fc.oneof(
  fc.string(),
  fc.integer(),
  fc.boolean(),
  fc.double({ noNaN: true, noDefaultInfinity: true, min: 0.001, max: 1e9 }),
);
const { members } = fc.letrec<{ value: Plain; members: readonly (readonly [string, Plain])[] }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    leaf,
    fc.array(tie('value'), { maxLength: 3 }),
    tie('members').map((nodes) => ({ members: nodes })),
  ),
  members: fc.array(fc.tuple(key, tie('value')), { maxLength: 4 }),
}));

function writeJson(value: Plain): string {
  if (typeof value !== 'object') return JSON.stringify(value);
  if (!('members' in value)) return `[${value.map(writeJson).join(', ')}]`;
  return `{${value.members.map(([name, inner]) => `${JSON.stringify(name)}: ${writeJson(inner)}`).join(',\n')}}`;
}

/** HCL takes `${` for the beginning of an interpolation and has other escapes than JSON. */
function writeHcl(value: Plain): string {
  if (typeof value === 'string') {
    const escape = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
    return `"${value.replaceAll(/[^ -~]|["\\$]/g, escape)}"`;
  }
  if (typeof value !== 'object') return String(value);
  if (!('members' in value)) return `[${value.map(writeHcl).join(', ')}]`;
  return `{\n${writeHclMembers(value.members)}}`;
}

function writeHclMembers(nodes: readonly (readonly [string, Plain])[]): string {
  const sign = (value: Plain): string => (typeof value === 'object' && 'members' in value ? ' ' : ' = ');
  return nodes.map(([name, value]) => `${name}${sign(value)}${writeHcl(value)}\n`).join('');
}

test.each<[string, (nodes: readonly (readonly [string, Plain])[]) => unknown[]]>([
  ['JSON', (nodes) => plainNodes(readJson(writeJson({ members: nodes })).nodes)],
  ['HCL', (nodes) => plainNodes(readHcl(writeHclMembers(nodes)).nodes)],
])('what is written as %s is read back as it was', (_name, roundTrip) => {
  fc.assert(
    fc.property(members, (nodes) => {
      expect(roundTrip(nodes)).toEqual(nodes);
    }),
    { numRuns: 500 },
  );
});
