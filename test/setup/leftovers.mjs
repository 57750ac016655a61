// Finds processes that a test run started and left behind, by a mark in their environment (Linux only).
import { readFileSync, readdirSync } from 'node:fs';

/** The variable that test/support/processes.ts puts into the environment of everything it starts. */
export const markName = 'REPLICATOR_STARTED_BY';

/** The variable that carries this run's mark to the workers. */
export const runName = 'REPLICATOR_TEST_RUN';

/** @param {string} path @returns {string} its text, or nothing when the process has gone or is another user's */
function tryRead(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** @param {string} mark @returns {{pid: number, command: string}[]} living processes that carry it */
export function findMarked(mark) {
  if (process.platform !== 'linux') return [];
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const marked = pids.filter((pid) =>
    tryRead(`/proc/${pid}/environ`).split('\0').includes(`${markName}=${mark}`),
  );
  return marked.map((pid) => ({
    pid: Number(pid),
    command: tryRead(`/proc/${pid}/cmdline`).split('\0').join(' ').trim(),
  }));
}

/**
 * Kills what carries the mark, after a second's grace for what is about to end.
 * @param {string} mark @returns {Promise<string[]>} one line for each process that had to be killed
 */
export async function killMarked(mark) {
  for (let tries = 0; tries < 20 && findMarked(mark).length > 0; tries += 1) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return findMarked(mark).map(({ pid, command }) => {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      return `process ${pid} was about to end: ${command}`;
    }
    return `process ${pid} was left running and is killed: ${command}`;
  });
}
