import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { childEnvironment, endChild, track } from './children.ts';

/** A real server on this machine's loopback interface, started for a test and stopped by it. */
export interface RunningServer {
  /** `127.0.0.1:port` of its HTTP API. */
  readonly address: string;
  readonly httpPort: number;
  /** As the server says, e.g. `1.8.7`. */
  readonly version: string;
  /** Ends it and removes its folder; may be called twice. */
  stop(): Promise<void>;
  /** Sends a signal, SIGKILL unless said otherwise, and for that one waits until it has gone. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Stops its processor time (SIGSTOP): connections are accepted, nothing answers. */
  pause(): void;
  resume(): void;
  /** Stops it and starts it, empty, on the same ports. */
  restart(): Promise<void>;
}

/** What is particular to one kind of server. */
export interface ServerKind {
  readonly name: string;
  readonly program: string;
  readonly version: string;
  readonly httpPort: number;
  /** How long it may take to get ready, and to end. */
  readonly readyMs: number;
  readonly endMs: number;
  /** On top of an environment without settings of this machine's own servers. */
  readonly env?: Readonly<Record<string, string>>;
  /** Writes its configuration into the folder; answers its arguments. */
  prepare(folder: string): readonly string[];
  /** True when tests may begin; a rejection counts as not yet. */
  isReady(signal: AbortSignal): Promise<boolean>;
  /** What remains to be done in the folder before it is removed. */
  cleanUp?(folder: string): void;
}

interface Instance {
  readonly child: ChildProcess;
  readonly folder: string;
}

function readTail(folder: string): string {
  return readFileSync(join(folder, 'log'), 'utf8').split('\n').slice(-40).join('\n');
}

function hasEnded(child: ChildProcess): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
}

function launch(kind: ServerKind): Instance {
  const folder = mkdtempSync(join(tmpdir(), `replicator-${kind.name}-`));
  const args = kind.prepare(folder);
  const log = openSync(join(folder, 'log'), 'w');
  try {
    const child = spawn(kind.program, args, {
      cwd: folder,
      env: childEnvironment(kind.env),
      stdio: ['ignore', log, log],
    });
    track(child, `${kind.name} ${kind.httpPort}`, 'server');
    return { child, folder };
  } finally {
    closeSync(log);
  }
}

async function tryIsReady(kind: ServerKind): Promise<boolean> {
  try {
    return await kind.isReady(AbortSignal.timeout(2_000));
  } catch {
    return false;
  }
}

async function end(kind: ServerKind, { child, folder }: Instance): Promise<void> {
  try {
    if (!hasEnded(child)) {
      child.kill('SIGCONT');
      await endChild(child, 'SIGTERM', kind.endMs);
    }
  } finally {
    kind.cleanUp?.(folder);
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function waitUntilReady(kind: ServerKind, instance: Instance): Promise<void> {
  const deadline = performance.now() + kind.readyMs;
  while (!(await tryIsReady(kind))) {
    const fault = hasEnded(instance.child) ? 'ended at once' : `was not ready within ${kind.readyMs} ms`;
    if (hasEnded(instance.child) || performance.now() > deadline) {
      const log = readTail(instance.folder);
      await end(kind, instance);
      throw new Error(`${kind.name} ${fault}; its log ends:\n${log}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function start(kind: ServerKind): Promise<Instance> {
  const instance = launch(kind);
  await waitUntilReady(kind, instance);
  return instance;
}

/** Starts the server and waits until it is ready; rejects with the end of its log. */
export async function startServer(kind: ServerKind): Promise<RunningServer> {
  let instance = await start(kind);
  return {
    address: `127.0.0.1:${kind.httpPort}`,
    httpPort: kind.httpPort,
    version: kind.version,
    stop: () => end(kind, instance),
    kill: async (signal = 'SIGKILL') => {
      if (signal === 'SIGKILL') await endChild(instance.child, signal, kind.endMs);
      else instance.child.kill(signal);
    },
    pause: () => void instance.child.kill('SIGSTOP'),
    resume: () => void instance.child.kill('SIGCONT'),
    restart: async () => {
      await end(kind, instance);
      instance = await start(kind);
    },
  };
}
