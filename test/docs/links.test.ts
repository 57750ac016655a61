import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

const pages = ['README.md', 'CHANGELOG.md', ...markdownBelow('docs')];

function markdownBelow(folder: string): readonly string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name));
}

function textOf(page: string): string {
  return readFileSync(join(root, page), 'utf8').replaceAll(/^```[\s\S]*?^```$/gm, '');
}

/** The anchors of a page's headings, as GitHub makes them. */
function anchorsIn(page: string): readonly string[] {
  return [...textOf(page).matchAll(/^#+ (.*)$/gm)].map((heading) =>
    (heading[1] ?? '')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

/** Why a link of a page leads nowhere; '' for one that leads somewhere, or out of the repository. */
function faultOf(page: string, link: string): string {
  if (/^[a-z]+:/.test(link)) return '';
  const [path = '', anchor = ''] = link.split('#');
  const target = path === '' ? page : relative(root, resolve(root, dirname(page), path));
  if (!existsSync(join(root, target))) return `${link}: there is no ${target}`;
  if (anchor === '' || !statSync(join(root, target)).isFile()) return '';
  return anchorsIn(target).includes(anchor) ? '' : `${link}: ${target} has no heading #${anchor}`;
}

test.each(pages)('every link in %s leads somewhere', (page) => {
  const links = [...textOf(page).matchAll(/\]\(([^()\s]+)\)/g)].map((found) => found[1] ?? '');
  expect(links.map((link) => faultOf(page, link)).filter((fault) => fault !== '')).toEqual([]);
});

test('a link that leads nowhere is found', () => {
  expect(faultOf('docs/policies.md', 'nowhere.md')).toBe('nowhere.md: there is no docs/nowhere.md');
  expect(faultOf('docs/policies.md', '#nothing')).toMatch(/has no heading #nothing/);
  expect(faultOf('docs/policies.md', '#reasons')).toBe('');
});
