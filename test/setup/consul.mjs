// Gets a real Consul: the one on PATH, else Debian 11's package.
import { existsSync, realpathSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fetchPackages } from './debian-packages.mjs';
import { cacheFolder, fetchedConsul, findConsul, versionOf } from './servers.mjs';

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
      await fetchPackages({ name: 'consul', suites: ['bullseye'], packages: ['consul'] });
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
