import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { isFit, versionOfServer } from './find-moto.mjs';

const folder = mkdtempSync(join(tmpdir(), 'replicator-moto-'));

afterAll(() => {
  rmSync(folder, { recursive: true });
});

test.each([
  ['5.2.4', true],
  ['5.2.10', true],
  ['5.3', true],
  ['6.0.0.dev0', true],
  ['5.2.3', false],
  ['5.1.22', false],
  ['4.9.9', false],
])('moto %s is new enough: %s', (version, expected) => {
  expect(isFit(version)).toBe(expected);
});

/** A program of that name whose first line is `firstLine`. */
function program(name: string, firstLine: string): string {
  const path = join(folder, name);
  writeFileSync(path, `${firstLine}\n`);
  chmodSync(path, 0o755);
  return path;
}

test('the version of a moto_server is that of its interpreter', () => {
  const python = program('python3.99', '#!/bin/sh\necho 5.9.1');
  expect(versionOfServer(program('moto_server', `#!${python}`))).toBe('5.9.1');
});

test.each([
  ['a wrapper in another language', '#!/usr/bin/env bash'],
  ['a script whose interpreter is gone', '#!/nonexistent/python3'],
  ['no script', '\u007fELF'],
])('%s has no version', (name, firstLine) => {
  expect(versionOfServer(program(name.replaceAll(' ', '-'), firstLine))).toBeUndefined();
});
