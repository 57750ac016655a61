import { describe, expect, test } from 'vitest';
import { readHcl } from '../../src/config/hcl.ts';
import { MAX_DEPTH } from '../../src/config/token.ts';
import { plainFaults, plainNodes } from './plain-tree.ts';

const read = (text: string): unknown[] => {
  const tree = readHcl(text);
  expect(plainFaults(tree)).toEqual([]);
  return plainNodes(tree.nodes);
};

const members = (...nodes: unknown[]): unknown => ({ members: nodes });

describe('HCL 1 is read', () => {
  test.each<[string, string, unknown[]]>([
    ['an empty text', '', []],
    ['blanks and line ends only', ' \t\r\n\n', []],
    ['an attribute', 'a = "x"', [['a', 'x']]],
    ['an attribute without blanks', 'a="x"', [['a', 'x']]],
    [
      'attributes on lines',
      'a = 1\nb = 2\n',
      [
        ['a', 1],
        ['b', 2],
      ],
    ],
    [
      'attributes on one line',
      'a = 1 b = 2',
      [
        ['a', 1],
        ['b', 2],
      ],
    ],
    [
      'attributes with commas',
      'a = 1, b = 2,',
      [
        ['a', 1],
        ['b', 2],
      ],
    ],
    [
      'CRLF line ends',
      'a = 1\r\nb = "x"\r\n',
      [
        ['a', 1],
        ['b', 'x'],
      ],
    ],
    [
      'comments of all kinds',
      '# c\na = 1 // c\n/* c\n * c */ b = 2 # c',
      [
        ['a', 1],
        ['b', 2],
      ],
    ],
    ['a comment between key and value', 'a = # c\n 1', [['a', 1]]],
    ['a comment that looks like a text', 'a = 1 # "', [['a', 1]]],
    ['a block over lines', 't {\n  a = 1\n}\n', [['t', members(['a', 1])]]],
    ['a block on one line', 't { a = "x" b = "y" }', [['t', members(['a', 'x'], ['b', 'y'])]]],
    ['a block with its brace on the next line', 't\n{\n}', [['t', members()]]],
    ['an empty block', 't {}', [['t', members()]]],
    ['a block with =', 't = { a = 1 }', [['t', members(['a', 1])]]],
    ['a block with labels', 'job "web" api { a = 1 }', [['job', 'web', 'api', members(['a', 1])]]],
    ['quoted keys', 'meta { "replicator_max" = 10 }', [['meta', members(['replicator_max', 10])]]],
    ['keys with - and .', 'a-b.c = 1', [['a-b.c', 1]]],
    ['keys with letters beyond ASCII', 'größe = 1', [['größe', 1]]],
    [
      'duplicates, in order',
      'a = 1\na = 2\nt {}\nt {}',
      [
        ['a', 1],
        ['a', 2],
        ['t', members()],
        ['t', members()],
      ],
    ],
    [
      'truth values',
      'a = true\nb = false',
      [
        ['a', true],
        ['b', false],
      ],
    ],
    [
      'whole numbers',
      'a = 0 b = -7 c = 12345',
      [
        ['a', 0],
        ['b', -7],
        ['c', 12345],
      ],
    ],
    [
      'octal and hexadecimal numbers',
      'a = 010 b = 0x1F',
      [
        ['a', 8],
        ['b', 31],
      ],
    ],
    [
      'fractions and exponents',
      'a = 1.5 b = .5 c = 1. d = 2e3 e = -1.5e-3',
      [
        ['a', 1.5],
        ['b', 0.5],
        ['c', 1],
        ['d', 2000],
        ['e', -0.0015],
      ],
    ],
    ['a list', 'a = ["x", 1, true]', [['a', ['x', 1, true]]]],
    ['a list over lines with a comma at its end', 'a = [\n  "x", # c\n  "y",\n]', [['a', ['x', 'y']]]],
    ['lists and objects in a list', 'a = [[1], { b = 2 }]', [['a', [[1], members(['b', 2])]]]],
    ['escapes', String.raw`a = "\t\"\\\n\u00e9\x41\101\U0001F600"`, [['a', '\t"\\\néAA😀']]],
    ['an interpolation as it stands', 'a = "${env.X}-tail"', [['a', '${env.X}-tail']]],
    ['an interpolation with quotes and line ends', 'a = "<${f("x", {\n})}>"', [['a', '<${f("x", {\n})}>']]],
    ['a lone $', 'a = "5$ $x"', [['a', '5$ $x']]],
    [
      'a heredoc',
      'a = <<EOF\nx\n  y\nEOF\nb = 1',
      [
        ['a', 'x\n  y\n'],
        ['b', 1],
      ],
    ],
    ['an empty heredoc', 'a = <<EOF\nEOF\n', [['a', '']]],
    ['an indented heredoc', 'a = <<-E_1\n    x\n      y\n    E_1\n', [['a', 'x\n  y\n']]],
    ['an indented heredoc with a line further left', 'a = <<-EOF\n  x\ny\n  EOF\n', [['a', '  x\ny\n']]],
    ['a heredoc at the end of the text', 'a = <<EOF\nx\nEOF', [['a', 'x\n']]],
    ['a heredoc with CRLF', 'a = <<EOF\r\nx\r\nEOF\r\n', [['a', 'x\r\n']]],
    ['a heredoc that holds quotes and comments', 'a = <<EOF\n"x # \\q\nEOF\n', [['a', '"x # \\q\n']]],
  ])('%s', (_name, text, expected) => {
    expect(read(text)).toEqual(expected);
  });

  test('a key and its value know where they begin', () => {
    const [, second] = readHcl('a = 1\n  t "l" {\n    b = "x"\n  }').nodes;
    expect(second).toMatchObject({ key: 't', line: 2, column: 3, value: { line: 2, column: 9 } });
    expect(second?.value).toMatchObject({
      members: [{ key: 'b', line: 3, column: 5, value: { line: 3, column: 9 } }],
    });
  });
});

describe('HCL that is wrong is told with its place', () => {
  test.each<[string, string, string]>([
    ['a value without quotes', 'a = info', '1:5 a expected a value'],
    ['no value', 'a =', '1:4 a expected a value'],
    ['a key alone', 'a\nb = 1', '1:1 a expected = or { after the key'],
    ['a number as a key', '1 = 2', '1:1 expected a key'],
    ['a label before =', 'a "b" = 1', '1:7 a expected {'],
    ['a brace too many', 'a = 1\n}', '2:1 expected a key'],
    [
      'a block that is not closed',
      'x = 1\nt {\n  a = 1\n',
      '2:3 t the block that begins here is not closed by }',
    ],
    ['a list that is not closed', 'a = [1,', '1:5 a the list that begins here is not closed by ]'],
    ['a list without commas', 'a = [1 2]', '1:8 a expected , or ] in the list'],
    ['a text that is not closed', 'a = "x\nb = 1', '1:5 a the text is not closed by a quote on its line'],
    ['an unknown escape', String.raw`a = "x\q"`, String.raw`1:7 a unknown escape after \ in a text`],
    ['a code point that is none', String.raw`a = "\U00110000"`, '1:6 a unknown escape'],
    ['an octal escape beyond a byte', String.raw`a = "\777"`, '1:6 a unknown escape'],
    ['an interpolation that is not closed', 'a = "${x"\nb = 1', '1:6 a ${ is not closed by }'],
    ['a heredoc that is not closed', 'a = <<EOF\nx\n', '1:5 a the heredoc is not closed'],
    ['a heredoc without a name', 'a = <<\nx\n', '1:5 a expected a heredoc'],
    ['a comment that is not closed', 'a = 1\n/* x', '2:1 the comment is not closed by */'],
    ['a number with a letter', 'a = 10s', '1:5 a not a number; a text needs quotes'],
    ['an octal number with a 9', 'a = 09', '1:5 a not a number'],
    ['a colon', 'a: 1', '1:2 a unexpected character'],
    ['a function call', 'a = upper("x")', '1:5 a expected a value'],
    ['a sum', 'a = 1 + 2', '1:7 unexpected character'],
  ])('%s', (_name, text, expected) => {
    const [fault, ...others] = plainFaults(readHcl(text));
    expect(fault?.slice(0, expected.length)).toBe(expected);
    expect(others).toEqual([]);
  });

  test('reading goes on behind a fault, and finds the next one', () => {
    const tree = readHcl('a = info\nb = 1\nc = [ 1,\n  x\n]\nd = 2\nt {\n  e = \n  f = 3\n}\ng = "x');
    expect(plainFaults(tree).map((fault) => fault.split(' ')[0])).toEqual(['1:5', '4:3', '9:3', '11:5']);
    expect(tree.nodes.map(({ key }) => key)).toEqual(['b', 'd', 't']);
  });

  test('a fault never repeats what stands in the text', () => {
    const tree = readHcl('token = s3cr3t\nother = "s3cr3t\nlast = ["a" s3cr3t]');
    expect(tree.faults.length).toBeGreaterThan(1);
    expect(JSON.stringify(tree.faults)).not.toContain('s3cr3t');
  });

  test.each([
    ['lists', '['.repeat(10_000)],
    ['blocks', 'a {'.repeat(10_000)],
    ['blocks on lines', 'a {\n'.repeat(10_000)],
  ])('too deep %s are one fault, not a crash', (_name, text) => {
    const tree = readHcl(text.startsWith('[') ? `a = ${text}` : text);
    expect(plainFaults(tree)).toEqual([expect.stringContaining(`more than ${MAX_DEPTH} levels`)]);
  });
});
