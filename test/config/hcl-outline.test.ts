import { describe, expect, test } from 'vitest';
import { createHcl2Reader } from '../../cmd/validate/read-hcl2.ts';
import { readHclOutline } from '../../src/config/hcl.ts';
import { EXPRESSION, plainFaults, plainNodes } from './plain-tree.ts';

const readHcl2 = createHcl2Reader();

const members = (...nodes: unknown[]): unknown => ({ members: nodes });

describe('the structure of HCL 2 is read', () => {
  test.each<[string, string, unknown[]]>([
    ['a plain text', 'a = "x"', [['a', 'x']]],
    ['a negative number', 'a = -5', [['a', -5]]],
    ['a reference', 'a = var.x', [['a', EXPRESSION]]],
    [
      'a reference with an index',
      'a = local.a["b"].c[0]\nb = 1',
      [
        ['a', EXPRESSION],
        ['b', 1],
      ],
    ],
    [
      'a call',
      'a = upper("x", 3)\nb = 1',
      [
        ['a', EXPRESSION],
        ['b', 1],
      ],
    ],
    [
      'a call over several lines',
      'a = merge(\n  local.a,\n  { b = 1 },\n)\nb = 1',
      [
        ['a', EXPRESSION],
        ['b', 1],
      ],
    ],
    [
      'sums and comparisons',
      'a = 1 + 2 * 3\nb = !var.x && 1 >= 2',
      [
        ['a', EXPRESSION],
        ['b', EXPRESSION],
      ],
    ],
    [
      'a choice',
      'a = var.x ? 1 : 2\nb = 1',
      [
        ['a', EXPRESSION],
        ['b', 1],
      ],
    ],
    [
      'null',
      'a = null\nb = 1',
      [
        ['a', EXPRESSION],
        ['b', 1],
      ],
    ],
    [
      'a splat',
      'a = x[*].id\nb = x.*.id',
      [
        ['a', EXPRESSION],
        ['b', EXPRESSION],
      ],
    ],
    [
      'a for over lists',
      'a = [for x in y : x if x != 1]\nb = 1',
      [
        ['a', EXPRESSION],
        ['b', 1],
      ],
    ],
    [
      'a for over objects',
      'a = { for k, v in y : k => v }\nb = 1',
      [
        ['a', EXPRESSION],
        ['b', 1],
      ],
    ],
    ['an object with a key named for', 'a = { b = 1, for = 2 }', [['a', members(['b', 1], ['for', 2])]]],
    ['an object', 'a = { b = var.x, "c" : 2 }', [['a', members(['b', EXPRESSION], ['c', 2])]]],
    ['a key in parentheses', 'a = {\n (var.x) = 2\n}', [['a', members(['', 2])]]],
    ['a list', 'a = [1, var.x, "y", upper("z")]', [['a', [1, EXPRESSION, 'y', EXPRESSION]]]],
    ['a list over lines', 'a = [\n 1,\n var.x\n]\n', [['a', [1, EXPRESSION]]]],
    [
      'a block on a line',
      'a "b" { c = var.x }\nd = 1',
      [
        ['a', 'b', members(['c', EXPRESSION])],
        ['d', 1],
      ],
    ],
    [
      'blocks that end in an expression',
      'a {\n b {\n c = var.x\n }\n}',
      [['a', members(['b', members(['c', EXPRESSION])])]],
    ],
    ['a text with references in it', 'a = "x${upper("y")}"', [['a', 'x${upper("y")}']]],
    [
      'a heredoc',
      'a = <<-EOT\n  x\n  EOT\nb = 1',
      [
        ['a', 'x\n'],
        ['b', 1],
      ],
    ],
    [
      'a heredoc in a call',
      'a = upper(<<EOT\nx )\nEOT\n)\nb = 1',
      [
        ['a', EXPRESSION],
        ['b', 1],
      ],
    ],
  ])('%s', (_name, text, expected) => {
    const tree = readHclOutline(text);
    expect(plainFaults(tree)).toEqual([]);
    expect(plainNodes(tree.nodes)).toEqual(expected);
    expect(readHcl2(`${text}\n`), 'it is HCL 2').toBeDefined();
  });
});

test('HCL 1 is read as well: quoted keys in blocks, several attributes on a line', () => {
  const tree = readHclOutline('meta { "a" = 1 b = 2 }\nnetwork { mbits = 10 } port "db" {}');
  expect(plainFaults(tree)).toEqual([]);
  expect(plainNodes(tree.nodes)).toEqual([
    ['meta', members(['a', 1], ['b', 2])],
    ['network', members(['mbits', 10])],
    ['port', 'db', members()],
  ]);
});

describe('what is wrong in any version is told with its place', () => {
  test.each([
    [
      'a block that is not closed',
      'a {\n b = var.x\n',
      '1:3 a the block that begins here is not closed by }',
    ],
    [
      'an object that is not closed',
      'a = {\n b = var.x\n',
      '1:5 a the block that begins here is not closed by }',
    ],
    ['a list that is not closed', 'a = [1,\n', '1:5 a the list that begins here is not closed by ]'],
    [
      'a text that is not closed',
      'a = upper("x)\nb = 1',
      '1:11 the text is not closed by a quote on its line',
    ],
    ['a value that is missing', 'a =\n', '2:1 a expected a value'],
    ['a key that is none', '= 3\n', '1:1 expected a key'],
  ])('%s', (_name, text, fault) => {
    const faults = plainFaults(readHclOutline(text));
    expect(faults[0]).toContain(fault);
    expect(faults).toHaveLength(1);
  });
});

test('the parser of HCL 2 leaves the stack traces of the process alone', () => {
  const { stackTraceLimit } = Error;
  expect(readHcl2('a = 1')).toEqual({ a: 1 });
  expect(Error.stackTraceLimit).toBe(stackTraceLimit);
});
