// Gets a real Consul: the one on PATH, else Debian 11's package, downloaded through the machine's own apt
// mirror without root, checked by apt against the machine's keyring, and unpacked below .cache only.
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { debianMirrors } from './apt-sources.mjs';
import { cacheFolder, fetchedConsul, findConsul, findOnPath, versionOf } from './servers.mjs';

const suite = 'bullseye';
const timeoutMs = 240_000;
const call = promisify(execFile);

/**
 * An apt configuration that touches nothing of the system's: own lists, own cache, one source, no hooks. Proxies
 * and the like are inherited from the system's, which apt reads before this file.
 * @param {string} folder @param {{uri: string, signedBy: string | undefined}} mirror
 */
function writeAptConfiguration(folder, mirror) {
  for (const part of ['state/lists/partial', 'cache/archives/partial'])
    mkdirSync(join(folder, part), { recursive: true });
  const signedBy = mirror.signedBy === undefined ? '' : `Signed-By: ${mirror.signedBy}\n`;
  writeFileSync(
    join(folder, 'debian.sources'),
    `Types: deb\nURIs: ${mirror.uri}\nSuites: ${suite}\nComponents: main\n${signedBy}`,
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

/** @param {string} folder an empty folder @param {{uri: string, signedBy: string | undefined}} mirror */
async function downloadAndUnpack(folder, mirror) {
  writeAptConfiguration(folder, mirror);
  const options = { cwd: folder, timeout: timeoutMs, env: { ...process.env, LC_ALL: 'C' } };
  const configuration = ['-c', join(folder, 'apt.conf'), '-qq'];
  await call('apt-get', [...configuration, 'update'], options);
  await call('apt-get', [...configuration, 'download', 'consul'], options);
  const name = readdirSync(folder).find((file) => file.endsWith('.deb'));
  if (name === undefined) throw new Error('apt-get download left no package');
  await call('dpkg-deb', ['-x', join(folder, name), join(folder, 'root')], options);
}

/** @param {{uri: string, signedBy: string | undefined}} mirror */
async function fetchFrom(mirror) {
  const work = join(cacheFolder, `consul-${process.pid}`);
  const target = join(cacheFolder, 'consul');
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work, { recursive: true });
  try {
    await downloadAndUnpack(work, mirror);
    rmSync(target, { recursive: true, force: true });
    mkdirSync(target, { recursive: true });
    renameSync(join(work, 'root'), join(target, 'root'));
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

async function fetchConsul() {
  for (const tool of ['apt-get', 'dpkg-deb']) {
    if (findOnPath(tool) === undefined) throw new Error(`there is no ${tool} to fetch Debian's package with`);
  }
  const faults = [];
  for (const mirror of debianMirrors()) {
    try {
      await fetchFrom(mirror);
      return;
    } catch (error) {
      faults.push(firstLine(error));
    }
  }
  throw new Error(faults[0] ?? 'apt has no source with a main archive of Debian');
}

/**
 * A Consul that runs on this machine; rejects with one line that says what to do.
 * @returns {Promise<{path: string, version: string}>}
 */
export async function getConsul() {
  try {
    if (findConsul() === undefined) {
      process.stderr.write(
        `no consul on PATH: fetching Debian's package into ${dirname(cacheFolder)}/.cache\n`,
      );
      await fetchConsul();
    }
    const path = findConsul();
    if (path === undefined || !existsSync(path)) throw new Error(`there is no ${path ?? fetchedConsul}`);
    return { path, version: versionOf(path) };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`no real Consul: ${reason}; put consul on PATH or its path into CONSUL_BIN`, {
      cause: error,
    });
  }
}

const started = process.argv[1];
if (started !== undefined && realpathSync(started) === fileURLToPath(import.meta.url)) {
  try {
    const { path, version } = await getConsul();
    process.stdout.write(`consul ${version} ${path}\n`);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
