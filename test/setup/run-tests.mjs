// `npm test`: types, lint, format, then vitest with a real Consul and a moto (a mock of AWS), then what was run against
// what. With arguments, which go to vitest (`npm test -- test/domain`), only the tests they name.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { getConsul } from './consul.mjs';
import { findMoto } from './find-moto.mjs';
import { killMarked, runName } from './leftovers.mjs';
import { getMoto } from './moto.mjs';
import { findConsul, findNomad, versionOf } from './servers.mjs';

/** @typedef {import('./results-reporter.mjs').Results} Results */

const root = fileURLToPath(new URL('../..', import.meta.url));
const isCi = ![undefined, '', '0', 'false'].includes(process.env['CI']);
const mark = `tests-${process.pid}`;
const none = { passed: 0, failed: 0, skipped: [], filtered: false };

/** @param {string} text */
function say(text) {
  process.stdout.write(`${text}\n`);
}

/**
 * Runs one of the project's tools to its end; signals are passed on to it.
 * @param {string} script below node_modules @param {string[]} args
 * @param {{quiet?: boolean, env?: Record<string, string>}} [options] quiet: print only when it fails
 * @returns {Promise<number>} exit code, 1 after a signal
 */
function runTool(script, args, { quiet = false, env = {} } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(root, 'node_modules', script), ...args], {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ['ignore', quiet ? 'pipe' : 'inherit', quiet ? 'pipe' : 'inherit'],
    });
    /** @type {Buffer[]} */
    const output = [];
    child.stdout?.on('data', (chunk) => output.push(chunk));
    child.stderr?.on('data', (chunk) => output.push(chunk));
    /** @type {(signal: NodeJS.Signals) => void} */
    const forward = (signal) => void child.kill(signal);
    /** @type {NodeJS.Signals[]} */
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
    for (const signal of signals) process.on(signal, forward);
    child.once('error', reject);
    child.once('close', (code) => {
      for (const signal of signals) process.removeListener(signal, forward);
      if (code !== 0) process.stdout.write(Buffer.concat(output));
      resolve(code ?? 1);
    });
  });
}

/** @param {[string, string, string[]]} check */
async function runCheck([name, script, args]) {
  const begin = performance.now();
  const code = await runTool(script, args, { quiet: true });
  const seconds = ((performance.now() - begin) / 1000).toFixed(1);
  say(code === 0 ? `${name}: good (${seconds} s)` : `${name}: FAILED`);
  return code === 0;
}

/** The checks that run no test: all of them, so that one run names every fault. */
async function runChecks() {
  const results = await Promise.all([
    runCheck(['types', 'typescript/bin/tsc', ['--noEmit', '-p', '.']]),
    runCheck(['lint', 'oxlint/bin/oxlint', ['--type-aware', '--deny-warnings']]),
    runCheck([
      'format',
      'prettier/bin/prettier.cjs',
      ['--check', '--cache', '--cache-location', '.cache/prettier', '.'],
    ]),
  ]);
  return results.every((isGood) => isGood);
}

/**
 * Vitest in a temporary folder of its own, which goes with all that the tests, or an interrupt, have left there.
 * @param {string[]} args
 * @returns {Promise<{code: number, results: Results, left: string[]}>} `left`: processes that had to be killed
 */
async function runVitest(args) {
  const folder = mkdtempSync(join(tmpdir(), 'replicator-tests-'));
  const file = join(folder, 'results.json');
  const env = { REPLICATOR_TEST_RESULTS: file, [runName]: mark, TMPDIR: folder };
  try {
    const code = await runTool('vitest/vitest.mjs', ['run', '--config', 'test/vitest.config.ts', ...args], {
      env,
    });
    const left = await killMarked(mark);
    const results = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : none;
    return { code, results, left };
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** @param {Results['skipped'][number]} test @param {boolean} isFiltered */
function reasonOf({ needs, note }, isFiltered) {
  const isMissing = {
    consul: findConsul() === undefined,
    nomad: findNomad() === undefined,
    moto: findMoto() === undefined,
  };
  if (needs !== undefined && isMissing[needs])
    return needs === 'moto' ? 'needs moto' : `needs a real ${needs}`;
  return note ?? (isFiltered ? 'left out by the name filter' : 'no reason given');
}

/** @param {Results} results @returns {string[]} `12 skipped: needs a real nomad` */
function countReasons({ skipped, filtered }) {
  /** @type {Map<string, number>} */
  const counts = new Map();
  for (const test of skipped) {
    const reason = reasonOf(test, filtered);
    counts.set(reason, (counts.get(reason) ?? 0) + 1);
  }
  return [...counts].map(([reason, count]) => `${count} skipped: ${reason}`);
}

/** @returns {string} which Nomad the tests ran against */
function describeNomad() {
  const path = findNomad();
  return path === undefined
    ? 'no nomad on PATH: the Nomad contract suite and end-to-end tests ran against the simulator only'
    : `real Nomad ${versionOf(path)} (${path})`;
}

/**
 * @param {() => Promise<string>} describe
 * @returns {Promise<string | undefined>} its line; none when there is no such server, which CI does not accept
 */
async function tryDescribe(describe) {
  try {
    return await describe();
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
    return undefined;
  }
}

async function describeConsul() {
  const { path, version } = await getConsul();
  return `real Consul ${version} (${path})`;
}

async function describeMoto() {
  const { program, args, version } = await getMoto();
  return `moto ${version}, a mock of AWS (${[program, ...args].join(' ')})`;
}

/**
 * What makes a run fail although no test failed.
 * @param {Results} results @param {string[]} left
 * @returns {string[]}
 */
function faultsOf(results, left) {
  const faults = [...left];
  if (results.passed + results.failed === 0) faults.push('no test ran');
  if (!isCi || results.filtered) return faults;
  for (const [server, name] of /** @type {const} */ ([
    ['consul', 'Consul'],
    ['moto', 'moto'],
  ])) {
    const without = results.skipped.filter(({ needs }) => needs === server).length;
    if (without > 0) faults.push(`CI must run the ${without} tests that need ${name}`);
  }
  return faults;
}

/** @param {Results} results */
function sayCounts({ passed, failed, skipped }) {
  say(`${passed} passed, ${failed} failed, ${skipped.length} skipped`);
}

/** @param {string[]} args @returns {Promise<number>} exit code */
async function runTests(args) {
  if (args.length === 0 && !(await runChecks())) {
    sayCounts(none);
    return 1;
  }
  const [consul, moto] = await Promise.all([tryDescribe(describeConsul), tryDescribe(describeMoto)]);
  if ((consul === undefined || moto === undefined) && isCi) {
    sayCounts(none);
    return 1;
  }
  const { code, results, left } = await runVitest(args);
  const faults = faultsOf(results, left);
  if (args.length > 0) say('types, lint and format were not checked: this run was given arguments');
  say(
    consul ?? 'no real Consul: the Consul contract suite and end-to-end tests ran against the simulator only',
  );
  say(moto ?? 'no moto: the AWS contract suite ran against the simulator only');
  say(describeNomad());
  for (const line of [...countReasons(results), ...faults]) say(line);
  sayCounts(results);
  return code === 0 && faults.length > 0 ? 1 : code;
}

process.exitCode = await runTests(process.argv.slice(2));
