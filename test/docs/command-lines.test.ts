import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { commandFaults, commandLinesIn } from '../support/command-line.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const pages = ['README.md', ...readdirSync(join(root, 'docs')).map((name) => `docs/${name}`)].filter((name) =>
  name.endsWith('.md'),
);

test.each(pages)('every command line in %s is one that the program takes', async (page) => {
  const lines = commandLinesIn(readFileSync(join(root, page), 'utf8'));
  const faults = await Promise.all(lines.map((line) => commandFaults(line)));
  expect(faults.flat()).toEqual([]);
});

test('what is wrong in a command line is found', async () => {
  const text = [
    '    replicator agnet',
    'replicator agent -nomda=x',
    'either `replicator failsafe -enable web` or not',
    '```sh\nnode dist/cmd/replicator.js failsafe -enable -job=<job>/<group>   # one of them\n```',
    'the replicator agents are no command',
  ].join('\n\n');
  const lines = commandLinesIn(text);
  expect(lines).toHaveLength(4);
  expect((await Promise.all(lines.map((line) => commandFaults(line)))).flat()).toEqual([
    expect.stringContaining('no command agnet'),
    expect.stringContaining('-nomda'),
    expect.stringContaining('unexpected web'),
  ]);
});
