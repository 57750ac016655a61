// Which real servers this machine has.
import { execFileSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where test tools that are no package of npm are kept; ignored by git. */
export const cacheFolder = fileURLToPath(new URL('../../.cache', import.meta.url));

/** Where the fetched Consul lies once it has been fetched. */
export const fetchedConsul = join(cacheFolder, 'consul/root/usr/bin/consul');

/** @param {string} path */
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** @param {string} name @returns {string | undefined} absolute path of a program on PATH */
export function findOnPath(name) {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders.map((folder) => join(folder, name)).find((path) => isExecutable(path));
}

/** @returns {string | undefined} CONSUL_BIN, else `consul` on PATH, else the one fetched earlier */
export function findConsul() {
  const named = process.env['CONSUL_BIN'];
  if (named !== undefined && named !== '') return named;
  return findOnPath('consul') ?? (isExecutable(fetchedConsul) ? fetchedConsul : undefined);
}

/** @returns {string | undefined} NOMAD_BIN, else `nomad` on PATH */
export function findNomad() {
  const named = process.env['NOMAD_BIN'];
  return named !== undefined && named !== '' ? named : findOnPath('nomad');
}

/** @param {string} program @returns {string} `1.8.7` from `Consul v1.8.7`; throws when it does not run */
export function versionOf(program) {
  const text = execFileSync(program, ['version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  return /\bv(\d[^\s]*)/.exec(text)?.[1] ?? text.trim();
}
