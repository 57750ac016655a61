import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { childEnvironment, endChild, killChildren, track, within } from './children.ts';
import type { Exit } from './children.ts';

/** The built program. */
export const cliPath = fileURLToPath(new URL('../../dist/cmd/replicator.js', import.meta.url));

/** One line that the program wrote; `atMs` counts from its start, `index` from 0 over both streams. */
export interface OutputLine {
  readonly index: number;
  readonly atMs: number;
  readonly stream: 'stdout' | 'stderr';
  readonly text: string;
}

/** Environment and folder of a program; the environment is on top of this process's without CONSUL_*, NOMAD_*, AWS_*. */
export interface SpawnOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** A running program and what it has written so far. Ended at the latest when the test (or file) that began it ends. */
export interface RunningCli {
  readonly child: ChildProcessWithoutNullStreams;
  readonly lines: readonly OutputLine[];
  readonly exit: Promise<Exit>;
  /** The first line from index `from` on that matches; rejects with the whole output on exit or after `timeoutMs`. */
  waitForLine(pattern: RegExp, timeoutMs?: number, from?: number): Promise<OutputLine>;
  /** Sends the signal (SIGTERM) and waits for the end; kills and rejects after `limitMs` (10 s). */
  stop(signal?: NodeJS.Signals, limitMs?: number): Promise<Exit>;
}

/** Collects lines of both streams and tells the listeners of each. */
class Output {
  readonly lines: OutputLine[] = [];
  readonly listeners = new Set<() => void>();
  readonly #begin = performance.now();

  read(stream: OutputLine['stream'], source: NodeJS.ReadableStream): void {
    let rest = '';
    source.setEncoding('utf8');
    source.on('data', (chunk: string) => {
      const parts = (rest + chunk).split('\n');
      rest = parts.pop() ?? '';
      for (const text of parts) this.#add(stream, text);
    });
    source.once('end', () => {
      if (rest !== '') this.#add(stream, rest);
    });
  }

  toString(): string {
    return this.lines.map(({ atMs, stream, text }) => `${atMs} ms ${stream}: ${text}`).join('\n');
  }

  #add(stream: OutputLine['stream'], text: string): void {
    const atMs = Math.round(performance.now() - this.#begin);
    this.lines.push({ index: this.lines.length, atMs, stream, text });
    for (const listener of this.listeners) listener();
  }

  /** Resolves with the first line that matches, now or later. */
  find(pattern: RegExp, from: number): { line: Promise<OutputLine>; cancel: () => void } {
    let cancel = (): void => {};
    const line = new Promise<OutputLine>((resolve) => {
      const look = (): void => {
        const found = this.lines.slice(from).find(({ text }) => pattern.test(text));
        if (found === undefined) return;
        cancel();
        resolve(found);
      };
      cancel = () => void this.listeners.delete(look);
      this.listeners.add(look);
      look();
    });
    return { line, cancel };
  }
}

async function waitForLine(
  output: Output,
  exit: Promise<Exit>,
  wanted: { pattern: RegExp; timeoutMs: number; from: number },
): Promise<OutputLine> {
  const { line, cancel } = output.find(wanted.pattern, wanted.from);
  const found = await within(Promise.race([line, exit]), wanted.timeoutMs);
  cancel();
  if (found !== undefined && 'text' in found) return found;
  const why =
    found === undefined ? `within ${wanted.timeoutMs} ms` : `before it ended (${JSON.stringify(found)})`;
  throw new Error(`no line like ${wanted.pattern} ${why}; it wrote:\n${output.toString()}`);
}

/** Starts the built program with these arguments; its stdin is an open pipe. */
export function spawnCli(args: readonly string[], options: SpawnOptions = {}): RunningCli {
  if (!existsSync(cliPath)) throw new Error(`${cliPath} is missing: npm run build`);
  const child = spawn(process.execPath, [cliPath, ...args], {
    env: childEnvironment(options.env),
    stdio: 'pipe',
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  track(child, `replicator ${args.join(' ')}`, 'program');
  const output = new Output();
  output.read('stdout', child.stdout);
  output.read('stderr', child.stderr);
  child.stdin.on('error', () => {});
  const exit = new Promise<Exit>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
  return {
    child,
    lines: output.lines,
    exit,
    waitForLine: (pattern, timeoutMs = 15_000, from = 0) =>
      waitForLine(output, exit, { pattern, timeoutMs, from }),
    stop: (signal = 'SIGTERM', limitMs = 10_000) => endChild(child, signal, limitMs),
  };
}

/** Runs the built program to its end (30 s at most) with `input` as its whole stdin. */
export async function runCli(
  args: readonly string[],
  options: SpawnOptions & { readonly input?: string; readonly timeoutMs?: number } = {},
): Promise<Exit & { readonly stdout: string; readonly stderr: string }> {
  const cli = spawnCli(args, options);
  cli.child.stdin.end(options.input ?? '');
  const { timeoutMs = 30_000 } = options;
  const exit = await within(cli.exit, timeoutMs);
  if (exit === undefined) {
    await killChildren([cli.child]);
    throw new Error(`replicator ${args.join(' ')} did not end within ${timeoutMs / 1_000} s`);
  }
  const text = (stream: OutputLine['stream']): string =>
    cli.lines.flatMap((line) => (line.stream === stream ? [`${line.text}\n`] : [])).join('');
  return { ...exit, stdout: text('stdout'), stderr: text('stderr') };
}
