import type { ChildProcess } from 'node:child_process';
import { markName, runName } from '../setup/leftovers.mjs';

/** How a process ended: one of the two is null. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

interface Tracked {
  readonly label: string;
  readonly kind: 'program' | 'server';
  readonly scope: 'test' | 'file';
  readonly gone: Promise<void>;
}

const tracked = new Map<ChildProcess, Tracked>();
let scope: Tracked['scope'] = 'file';

process.on('exit', () => {
  for (const child of tracked.keys()) child.kill('SIGKILL');
});

/** Marks the beginning of a test: what is begun from now on ends with it. Called for every test by the setup file. */
export function beginTest(): void {
  scope = 'test';
}

/** Kills these children, wherever they are, and waits until they have gone. */
export async function killChildren(children: readonly ChildProcess[]): Promise<void> {
  const ends = children.map((child) => tracked.get(child)?.gone ?? Promise.resolve());
  for (const child of children) child.kill('SIGKILL');
  await Promise.all(ends);
}

/** Kills the programs that the test has not stopped. */
export async function endTest(): Promise<void> {
  scope = 'file';
  const isDue = ({ kind, scope: began }: Tracked): boolean => kind === 'program' && began === 'test';
  await killChildren([...tracked].filter(([, entry]) => isDue(entry)).map(([child]) => child));
}

/** Kills everything; the answer names the servers among it, which the file should have stopped itself. */
export async function endFile(): Promise<string[]> {
  const servers = [...tracked.values()].filter(({ kind }) => kind === 'server').map(({ label }) => label);
  await killChildren([...tracked.keys()]);
  return servers;
}

/** Keeps an eye on a child until it has gone. */
export function track(child: ChildProcess, label: string, kind: Tracked['kind']): void {
  const gone = new Promise<void>((resolve) => {
    const forget = (): void => {
      tracked.delete(child);
      resolve();
    };
    child.once('close', forget);
    child.once('error', forget);
  });
  tracked.set(child, { label, kind, scope, gone });
}

/** An environment without settings of this machine's own servers, with the mark by which leftovers are found. */
export function childEnvironment(more: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const isForeign = (name: string): boolean => /^(?:CONSUL|NOMAD|VAULT|AWS|REPLICATOR)_/.test(name);
  const own = Object.entries(process.env).filter(([name]) => !isForeign(name));
  const mark = process.env[runName] ?? `process-${process.pid}`;
  return { ...Object.fromEntries(own), [markName]: mark, ...more };
}

/** Resolves to `undefined` after `ms`; the timer ends with `signal`. */
function expire(ms: number, signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(undefined), ms);
    signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
  });
}

/** What `promise` gives, or `undefined` when that takes longer than `ms`. */
export async function within<T>(promise: Promise<T>, ms: number): Promise<T | undefined> {
  const done = new AbortController();
  try {
    return await Promise.race([promise, expire(ms, done.signal)]);
  } finally {
    done.abort();
  }
}

/** Sends a signal to a child and waits for its end; kills it and rejects when that takes longer than `ms`. */
export async function endChild(child: ChildProcess, signal: NodeJS.Signals, ms: number): Promise<Exit> {
  const { gone, label } = tracked.get(child) ?? { gone: Promise.resolve(), label: 'child' };
  child.kill(signal);
  const ended = await within(
    gone.then(() => true),
    ms,
  );
  if (ended === undefined) {
    await killChildren([child]);
    throw new Error(`${label} did not end within ${ms} ms of ${signal}`);
  }
  return { code: child.exitCode, signal: child.signalCode };
}
