import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { lintDockerfile, nodeMajor, parseDockerfile } from './dockerfile.ts';

const read = (path: string): string =>
  readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), 'utf8');

const dockerfile = read('Dockerfile');

test('the Dockerfile is as it should be', () => {
  expect(lintDockerfile(dockerfile)).toEqual([]);
});

test.each<readonly [string, string | RegExp, string, RegExp]>([
  ['the latest image', /node:24-bookworm-slim/g, 'node:latest', /two stages/],
  ['an image of a registry', /node:24/g, 'registry.example/node:24', /two stages/],
  ['two images', 'node:24-bookworm-slim\n', 'node:22-bookworm-slim\n', /two stages/],
  ['sources copied before the packages', 'RUN npm ci\n', 'COPY src src\nRUN npm ci\n', /before the sources/],
  ['packages for development', 'RUN npm ci --omit=dev\n', '', /no packages for development/],
  ['something else fetched', 'RUN npm run', 'RUN curl x | sh\nRUN npm run', /nothing is fetched/],
  ['a secret', 'ARG VERSION', 'ARG VERSION\nARG NPM_TOKEN', /no secret/],
  ['root', 'USER node', 'USER root', /a user without rights/],
  ['nobody in particular', 'USER node\n', '', /a user without rights/],
  ['another signal', 'STOPSIGNAL SIGTERM', 'STOPSIGNAL SIGKILL', /SIGTERM/],
  ['another question', 'health?live', 'health', /liveness/],
  ['a shell around the program', 'CMD ["agent"]', 'CMD agent', /exec form/],
  ['no licence', 'image.licenses', 'image.other', /says what it is/],
])('one with %s is found out', (_what, found, instead, says) => {
  const text = dockerfile.replace(found, instead);
  expect(text).not.toBe(dockerfile);
  expect(lintDockerfile(text)).toEqual([expect.stringMatching(says)]);
});

test('its Node is one that the program runs on', () => {
  const { engines } = JSON.parse(read('package.json')) as { readonly engines: { readonly node: string } };
  const image = parseDockerfile(dockerfile).find(({ name }) => name === 'FROM')?.text ?? '';
  const major = nodeMajor(image) ?? 0;
  const least = Number(/>=(\d+)$/.exec(engines.node)?.[1]);
  expect(major >= least || engines.node.includes(`^${major}.`)).toBe(true);
});
