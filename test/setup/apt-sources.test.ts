import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { debianMirrors, parseDeb822Sources, parseOneLineSources } from './apt-sources.mjs';

const folders: string[] = [];

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

function writeSources(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'replicator-apt-'));
  folders.push(folder);
  mkdirSync(join(folder, 'sources.list.d'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

describe('a one-line source', () => {
  test.each([
    ['deb http://m.test/debian bookworm main', [['http://m.test/debian'], 'main', undefined]],
    [
      'deb [arch=amd64 signed-by=/k.gpg] http://m.test/debian bookworm main contrib # why',
      [['http://m.test/debian'], 'main contrib', '/k.gpg'],
    ],
    ['deb-src http://m.test/debian bookworm main', undefined],
    ['# deb http://m.test/debian bookworm main', undefined],
    ['', undefined],
  ])('%s', (line, expected) => {
    const [source] = parseOneLineSources(line);
    const seen = source && [source.uris, source.components.join(' '), source.signedBy];
    expect(seen).toEqual(expected);
  });
});

describe('a deb822 source', () => {
  test('is read with continued and commented lines and a key that stands in the file', () => {
    const text = [
      'Types: deb deb-src',
      '# old: http://other.test',
      'URIs: http://m.test/debian',
      'Suites: bookworm',
      ' bookworm-updates',
      'Components: main',
      'Signed-By:',
      ' -----BEGIN PGP PUBLIC KEY BLOCK-----',
      ' .',
      ' abc',
      '',
      'Types: deb-src',
      'URIs: http://n.test/debian',
      'Suites: bookworm',
      'Components: main',
    ].join('\n');
    expect(parseDeb822Sources(text)).toEqual([
      {
        uris: ['http://m.test/debian'],
        suites: ['bookworm', 'bookworm-updates'],
        components: ['main'],
        signedBy: '-----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n abc',
      },
    ]);
  });

  test('that is switched off is left out', () => {
    const text = 'Types: deb\nURIs: http://m.test\nSuites: sid\nComponents: main\nEnabled: no\n';
    expect(parseDeb822Sources(text)).toEqual([]);
  });
});

test('the mirrors are those of the main archive, in order, each once, without other vendors', () => {
  const folder = writeSources({
    'sources.list': 'deb http://security.test/debian-security bookworm-security main\n',
    'sources.list.d/a.list':
      'deb http://vendor.test/apt nodistro main\ndeb http://m.test/debian bookworm main\n',
    'sources.list.d/b.sources':
      'Types: deb\nURIs: http://m.test/debian mirror+file:/m\nSuites: stable\nComponents: main\n',
    'sources.list.d/c.sources.disabled': 'Types: deb\nURIs: http://x.test\nSuites: sid\nComponents: main\n',
  });
  expect(debianMirrors(folder)).toEqual([
    { uri: 'http://m.test/debian', signedBy: undefined },
    { uri: 'mirror+file:/m', signedBy: undefined },
  ]);
});

test('a machine without apt has no mirrors', () => {
  expect(debianMirrors('/nonexistent')).toEqual([]);
});
