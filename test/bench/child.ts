import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { childEnvironment, track } from '../support/children.ts';

/** A process of the benchmark: asked over IPC, one question at a time. */
export interface Child {
  readonly pid: number;
  /** What it says next of itself; rejects when it ends first. */
  hear<T>(): Promise<T>;
  ask<T>(what: string): Promise<T>;
  /** Tells it to stop and waits for its end; killed after ten seconds. */
  stop(): Promise<void>;
}

const STOP_MS = 10_000;

/** Starts `test/bench/<file>`; it ends with this process at the latest. */
export function startChild(file: string, argument: string, environment: Record<string, string> = {}): Child {
  const path = fileURLToPath(new URL(file, import.meta.url));
  const child = fork(path, [argument], {
    env: childEnvironment(environment),
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    execArgv: [],
  });
  track(child, file, 'program');
  const heard: unknown[] = [];
  let waiting: ((message: unknown) => void) | undefined;
  child.on('message', (message) => {
    if (waiting) waiting(message);
    else heard.push(message);
  });
  const ended = new Promise<void>((resolve) => void child.once('close', () => resolve()));
  const hear = async <T>(): Promise<T> => {
    const next = heard.shift() ?? (await nextOf(child, (take) => (waiting = take)));
    waiting = undefined;
    return next as T;
  };
  return {
    pid: child.pid ?? 0,
    hear,
    ask: (what) => {
      child.send(what);
      return hear();
    },
    stop: async () => {
      if (child.connected) child.send('stop');
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
      await ended;
      clearTimeout(timer);
    },
  };
}

function nextOf(child: ChildProcess, wait: (take: (message: unknown) => void) => void): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const gone = (code: number | null, signal: string | null): void =>
      reject(new Error(`a process of the benchmark ended: ${code ?? signal}`));
    child.once('close', gone);
    wait((message) => {
      child.off('close', gone);
      resolve(message);
    });
  });
}
