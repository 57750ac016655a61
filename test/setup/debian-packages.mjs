// Fetches packages of Debian through the machine's own apt mirror without root, checked by apt against the machine's
// keyring, and unpacks them below .cache only.
import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { debianMirrors } from './apt-sources.mjs';
import { cacheFolder, findOnPath } from './servers.mjs';

const timeoutMs = 240_000;
const call = promisify(execFile);

/**
 * @typedef {object} Wanted
 * @property {string} name of the folder below .cache: the packages' files are then in `<name>/root`
 * @property {string[]} suites releases of Debian, e.g. `['sid', 'bookworm']`
 * @property {string[]} packages `name`, or `name/suite`
 * @property {(root: string) => Promise<void>} [check] rejects when what was unpacked is of no use
 * @typedef {{uri: string, signedBy: string | undefined}} Mirror
 */

/**
 * An apt configuration that touches nothing of the system's: own lists, own cache, one source, no hooks. Proxies
 * and the like are inherited from the system's, which apt reads before this file.
 * @param {string} folder @param {Mirror} mirror @param {string[]} suites
 */
function writeAptConfiguration(folder, mirror, suites) {
  for (const part of ['state/lists/partial', 'cache/archives/partial'])
    mkdirSync(join(folder, part), { recursive: true });
  const signedBy = mirror.signedBy === undefined ? '' : `Signed-By: ${mirror.signedBy}\n`;
  writeFileSync(
    join(folder, 'debian.sources'),
    `Types: deb\nURIs: ${mirror.uri}\nSuites: ${suites.join(' ')}\nComponents: main\n${signedBy}`,
  );
  const settings = [
    '#clear APT::Update::Pre-Invoke;',
    '#clear APT::Update::Post-Invoke;',
    '#clear APT::Update::Post-Invoke-Success;',
    `Dir::State "${folder}/state";`,
    'Dir::State::status "/dev/null";',
    `Dir::Cache "${folder}/cache";`,
    `Dir::Etc::sourcelist "${folder}/debian.sources";`,
    'Dir::Etc::sourceparts "/dev/null";',
    'Dir::Etc::preferences "/dev/null";',
    'Dir::Etc::preferencesparts "/dev/null";',
    'Acquire::Languages "none";',
    'Acquire::Retries "2";',
    'Acquire::Check-Valid-Until "false";',
    'APT::Update::Error-Mode "any";',
    'APT::Sandbox::User "root";',
  ];
  writeFileSync(join(folder, 'apt.conf'), `${settings.join('\n')}\n`);
}

/** @param {unknown} error @returns {string} apt's own error line, else the first line that says something */
function firstLine(error) {
  const stderr = error instanceof Error && 'stderr' in error ? String(error.stderr) : '';
  const lines = `${stderr}\n${String(error)}`.split('\n').map((line) => line.trim());
  return lines.find((line) => line.startsWith('E:')) ?? lines.find((line) => line !== '') ?? 'no message';
}

/** @param {string} folder an empty folder @param {Mirror} mirror @param {Wanted} wanted */
async function downloadAndUnpack(folder, mirror, wanted) {
  writeAptConfiguration(folder, mirror, wanted.suites);
  const options = { cwd: folder, timeout: timeoutMs, env: { ...process.env, LC_ALL: 'C' } };
  const configuration = ['-c', join(folder, 'apt.conf'), '-qq'];
  await call('apt-get', [...configuration, 'update'], options);
  await call('apt-get', [...configuration, 'download', ...wanted.packages], options);
  const files = readdirSync(folder).filter((file) => file.endsWith('.deb'));
  if (files.length < wanted.packages.length) throw new Error('apt-get download left packages out');
  for (const file of files) {
    await call('dpkg-deb', ['-x', join(folder, file), join(folder, 'root')], options);
  }
}

/** @param {Mirror} mirror @param {Wanted} wanted */
async function fetchFrom(mirror, wanted) {
  const work = join(cacheFolder, `${wanted.name}-${process.pid}`);
  const target = join(cacheFolder, wanted.name);
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work, { recursive: true });
  try {
    await downloadAndUnpack(work, mirror, wanted);
    await wanted.check?.(join(work, 'root'));
    rmSync(target, { recursive: true, force: true });
    mkdirSync(target, { recursive: true });
    renameSync(join(work, 'root'), join(target, 'root'));
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/**
 * Fetches packages into the cache folder; rejects with one line when no mirror of the machine's serves.
 * @param {Wanted} wanted
 */
export async function fetchPackages(wanted) {
  for (const tool of ['apt-get', 'dpkg-deb']) {
    if (findOnPath(tool) === undefined)
      throw new Error(`there is no ${tool} to fetch Debian's packages with`);
  }
  const faults = [];
  for (const mirror of debianMirrors()) {
    try {
      await fetchFrom(mirror, wanted);
      return;
    } catch (error) {
      faults.push(firstLine(error));
    }
  }
  throw new Error(faults[0] ?? 'apt has no source with a main archive of Debian');
}
