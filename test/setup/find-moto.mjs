// Which moto (a mock of AWS) this machine has.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder, findOnPath } from './servers.mjs';

/**
 * How moto is run: `program` with `args` before its own options.
 * @typedef {{program: string, args: string[], env: Record<string, string>, version: string}} Moto
 */

/** Older ones send times without a zone, which the SDK refuses. */
const oldestVersion = '5.2.4';

/** The machine's own Python, which the fetched moto is run by. */
export const python = '/usr/bin/python3';

/** @param {string} root where Debian's packages were unpacked @returns {string} */
export function modulesIn(root) {
  return join(root, 'usr/lib/python3/dist-packages');
}

/**
 * The modules below `root` and Python's own, nothing else of the machine's.
 * @param {string} root @returns {{args: string[], env: Record<string, string>}}
 */
export function motoIn(root) {
  return { args: ['-S', '-m', 'moto.server'], env: { PYTHONPATH: modulesIn(root) } };
}

/** @param {string} version @returns {boolean} */
export function isFit(version) {
  const [own, oldest] = [version, oldestVersion].map((text) => text.split('.').map(Number));
  for (const [at, wanted] of (oldest ?? []).entries()) {
    const part = own?.[at] ?? 0;
    if (part !== wanted) return part > wanted;
  }
  return true;
}

/**
 * moto_server is a Python script and has no option that tells its version: its interpreter is asked.
 * @param {string} program @returns {string | undefined} undefined when it is something else
 */
export function versionOfServer(program) {
  const code = 'import importlib.metadata; print(importlib.metadata.version("moto"))';
  try {
    const interpreter = /^#!\s*(\S*python[\d.]*)\s/.exec(readFileSync(program, 'latin1'))?.[1];
    if (interpreter === undefined) return undefined;
    const options = { encoding: /** @type {const} */ ('utf8'), stdio: /** @type {const} */ ('pipe') };
    return execFileSync(interpreter, ['-c', code], options).trim();
  } catch {
    return undefined;
  }
}

/** @returns {Moto | undefined} */
function findInCache() {
  const root = join(cacheFolder, 'moto/root');
  if (!existsSync(modulesIn(root)) || !existsSync(python)) return undefined;
  const version = readdirSync(modulesIn(root)).flatMap(
    (name) => /^moto-(.+)\.dist-info$/.exec(name)?.[1] ?? [],
  )[0];
  return version === undefined ? undefined : { program: python, ...motoIn(root), version };
}

/** @returns {Moto | undefined} */
function look() {
  const named = process.env['MOTO_BIN'];
  if (named !== undefined && named !== '') {
    return { program: named, args: [], env: {}, version: versionOfServer(named) ?? 'of unknown version' };
  }
  const program = findOnPath('moto_server');
  const version = program === undefined ? undefined : versionOfServer(program);
  const onPath = program !== undefined && version !== undefined && isFit(version);
  return onPath ? { program, args: [], env: {}, version } : findInCache();
}

/** @type {Moto | undefined} */
let found;

/** @returns {Moto | undefined} MOTO_BIN, else a moto_server on PATH that is new enough, else the one fetched earlier */
export function findMoto() {
  found ??= look();
  return found;
}
