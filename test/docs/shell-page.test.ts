import { expect, test } from 'vitest';
import { isAnswer, shellSteps } from '../support/shell-page.ts';

test('the steps of a section are its blocks of shell, each with the answer behind it', () => {
  const page = [
    '# Page',
    '## One\n\n```sh\nnot this\n```',
    '## Two\n\n```sh\na\nb\n```\n\n```text\nanswer\n```\n\nwords\n\n```sh\nc\n```\n\n```hcl\nx\n```\n\n```text\nof hcl\n```',
    '## Three\n\n```sh\nnor this\n```\n',
  ].join('\n\n');
  expect(shellSteps(page, 'Two')).toEqual([
    { commands: 'a\nb\n', answer: 'answer\n' },
    { commands: 'c\n', answer: undefined },
  ]);
});

test.each([
  ['one (two)\nthree\n', 'one (two)\nthree\n', true],
  ['one 12 two\nthree\n', 'one … two\nthree\n', true],
  ['one two\nthree\nfour\n', 'one two\nthree\n', false],
  ['one two\n', 'one\n', false],
  ['onextwo\n', 'one.two\n', false],
  ['a\nb\n', '…\n', false],
])('%j is answered as the page says in %j: %s', (text, answer, isOne) => {
  expect(isAnswer(text, answer)).toBe(isOne);
});
