// Gets a moto: the one on PATH, else that of Debian's unstable release, which is Python only, with what it needs of
// the machine's own release, so that compiled modules fit the machine's own Python.
import { execFile } from 'node:child_process';
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { fetchPackages } from './debian-packages.mjs';
import { findMoto, motoIn, python } from './find-moto.mjs';
import { cacheFolder } from './servers.mjs';

const call = promisify(execFile);

/** Newer than in the machine's release; they contain no machine code. */
const fromUnstable = ['moto', 'boto3', 'botocore', 's3transfer', 'responses'];

/** What these import when Auto Scaling and EC2 are all that is asked of them. */
const fromOwnRelease =
  'blinker certifi cffi-backend chardet click cryptography dateutil flask flask-cors idna itsdangerous jinja2 ' +
  'jmespath markupsafe requests six urllib3 werkzeug xmltodict yaml';

/** @returns {string} `bookworm`; unstable itself where the machine's release has no name */
function ownRelease() {
  const text = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '';
  return /^VERSION_CODENAME="?([a-z]+)"?$/m.exec(text)?.[1] ?? 'sid';
}

/** @param {string} root @returns {Promise<void>} rejects with Python's last line */
async function checkImports(root) {
  const { env } = motoIn(root);
  const code = 'import moto.server, moto.autoscaling.urls, moto.ec2.urls';
  try {
    await call(python, ['-S', '-c', code], { env: { ...process.env, ...env }, timeout: 120_000 });
  } catch (error) {
    const stderr = error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error);
    throw new Error(`Debian's moto does not run: ${stderr.trim().split('\n').at(-1)}`, { cause: error });
  }
}

async function fetchMoto() {
  if (!existsSync(python)) throw new Error(`there is no ${python} to run it`);
  const own = ownRelease();
  await fetchPackages({
    name: 'moto',
    suites: [...new Set(['sid', own])],
    packages: [
      ...fromUnstable.map((name) => `python3-${name}/sid`),
      ...fromOwnRelease.split(' ').map((name) => `python3-${name}/${own}`),
    ],
    check: checkImports,
  });
}

/**
 * A moto that runs on this machine; rejects with one line that says what to do.
 * @returns {Promise<import('./find-moto.mjs').Moto>}
 */
export async function getMoto() {
  try {
    if (findMoto() === undefined) {
      const folder = `${dirname(cacheFolder)}/.cache`;
      process.stderr.write(
        `no moto_server 5.2.4 or later on PATH: fetching Debian's package into ${folder}\n`,
      );
      await fetchMoto();
    }
    const moto = findMoto();
    if (moto === undefined) throw new Error('nothing was fetched');
    if (!existsSync(moto.program)) throw new Error(`there is no ${moto.program}`);
    return moto;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`no moto: ${reason}; put moto_server 5.2.4 or later on PATH or its path into MOTO_BIN`, {
      cause: error,
    });
  }
}

const started = process.argv[1];
if (started !== undefined && realpathSync(started) === fileURLToPath(import.meta.url)) {
  try {
    const { version, program, args, env } = await getMoto();
    process.stdout.write(`moto ${version} ${[program, ...args].join(' ')} ${env['PYTHONPATH'] ?? ''}\n`);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
