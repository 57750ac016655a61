// Runs a project command from any state of the clone: installs what the lock file names, builds what has
// changed, then continues in this very process as that command, so signals, stdin and the exit code are its own.
// Only node's own modules are used here; whatever this file says goes to stderr.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, extname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');
const program = join(dist, 'cmd/replicator.js');
const builtFrom = join(dist, '.built-from');

/** @param {string} text */
function say(text) {
  process.stderr.write(`replicator: ${text}\n`);
}

/**
 * Runs a child to its end; it dies with us. What it wrote is shown, on stderr, only when it fails.
 * @param {string} command
 * @param {string[]} args
 * @returns {Promise<number>} exit code, 128 + n after signal n
 */
function run(command, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    /** @type {Buffer[]} */
    const output = [];
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => output.push(chunk));
    /** @type {NodeJS.Signals[]} */
    const forwarded = ['SIGINT', 'SIGTERM', 'SIGHUP'];
    /** @type {(signal: NodeJS.Signals) => void} */
    const forward = (signal) => void child.kill(signal);
    for (const signal of forwarded) process.on(signal, forward);
    child.once('error', reject);
    child.once('close', (code, signal) => {
      for (const name of forwarded) process.removeListener(name, forward);
      if (code !== 0) process.stderr.write(Buffer.concat(output));
      resolve(code ?? 128 + (signal === null ? 1 : constants.signals[signal]));
    });
  });
}

/** @param {string} folder @returns {string[]} every file below it, sorted */
function filesBelow(folder) {
  const entries = readdirSync(folder, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
}

/** @param {string} path @returns {Record<string, {version?: string, integrity?: string, optional?: boolean}> | undefined} */
function lockedPackages(path) {
  if (!existsSync(path)) return undefined;
  return JSON.parse(readFileSync(path, 'utf8')).packages;
}

/** True when node_modules holds every package of the lock file in its version; npm keeps a record there of what it did. */
function isInstalled() {
  const installed = lockedPackages(join(root, 'node_modules/.package-lock.json'));
  const wanted = lockedPackages(join(root, 'package-lock.json'));
  if (installed === undefined || wanted === undefined) return false;
  return Object.entries(wanted).every(([path, entry]) => {
    const found = installed[path];
    if (path === '') return true;
    return found === undefined ? entry.optional === true : found.version === entry.version;
  });
}

/** Installs the locked packages when they are not there; the answer is an exit code. */
export async function installPackages() {
  if (isInstalled()) return 0;
  say('installing the packages of package-lock.json (npm ci)');
  const npm = process.env['npm_execpath'];
  const args = ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
  const code = npm === undefined ? await run('npm', args) : await run(process.execPath, [npm, ...args]);
  if (code !== 0) say(`npm ci failed (exit code ${code})`);
  return code;
}

/** The state of everything that the build reads. */
function fingerprint() {
  const hash = createHash('sha256');
  const files = ['src', 'cmd'].flatMap((folder) => filesBelow(join(root, folder)));
  for (const file of [...files, join(root, 'tsconfig.json'), join(root, 'package-lock.json')]) {
    hash
      .update(`${relative(root, file)}\0`)
      .update(readFileSync(file))
      .update('\0');
  }
  return hash.digest('hex');
}

/**
 * Files that are no program text (pages, styles) are read at run time beside the program.
 * @param {string} folder
 */
function copyAssets(folder) {
  for (const file of filesBelow(join(root, 'src'))) {
    if (extname(file) === '.ts') continue;
    const target = join(folder, relative(root, file));
    mkdirSync(dirname(target), { recursive: true });
    copyFileSync(file, target);
  }
}

/** Compiles src and cmd to dist when they have changed since (or always); the answer is an exit code. */
export async function build(always = false) {
  const print = fingerprint();
  if (!always && existsSync(builtFrom) && readFileSync(builtFrom, 'utf8') === print) return 0;
  say('building dist');
  const fresh = join(root, `.cache/dist-${process.pid}`);
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  const project = join(root, 'cmd/tsconfig.build.json');
  const code = await run(process.execPath, [compiler, '-p', project, '--outDir', fresh]);
  if (code !== 0) {
    rmSync(fresh, { recursive: true, force: true });
    say(`the build failed (exit code ${code})`);
    return code;
  }
  copyAssets(fresh);
  chmodSync(join(fresh, 'cmd/replicator.js'), 0o755);
  writeFileSync(join(fresh, '.built-from'), print);
  replaceDist(fresh);
  return 0;
}

/**
 * A program that runs from dist, or another build, never meets half of one.
 * @param {string} fresh
 */
function replaceDist(fresh) {
  const old = `${fresh}-old`;
  if (existsSync(dist)) renameSync(dist, old);
  renameSync(fresh, dist);
  rmSync(old, { recursive: true, force: true });
}

/** @param {string} script @param {string[]} args */
async function become(script, args) {
  process.argv = [process.execPath, script, ...args];
  await import(pathToFileURL(script).href);
}

async function main() {
  const [command, ...args] = process.argv.slice(2);
  const code = (await installPackages()) || (await build(command === 'build'));
  if (code !== 0) process.exitCode = code;
  else if (command === 'test') await become(join(root, 'test/setup/run-tests.mjs'), args);
  else if (command === 'chaos') await become(join(root, 'test/chaos/run.mjs'), args);
  else if (command === 'bench') await become(join(root, 'test/bench/run.mjs'), args);
  else if (command !== undefined && command !== 'build') await become(program, [command, ...args]);
}

const started = process.argv[1];
if (started !== undefined && realpathSync(started) === fileURLToPath(import.meta.url)) await main();
