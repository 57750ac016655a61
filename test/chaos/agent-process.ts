import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type RunningCli, spawnCli } from '../support/processes.ts';
import type { Link } from './link.ts';
import type { ServerName } from './passage.ts';
import { watchWaiting } from './vitals.ts';
import { INTERVAL_S, SPEED } from './world.ts';

/** Where everything of a run lies in Consul. */
export const KEY_ROOT = 'chaos/config';

/** A line of an agent's log; `atMs` is `performance.now()`. */
export interface AgentLine {
  readonly atMs: number;
  readonly life: number;
  readonly text: string;
}

/** An agent as a chain of processes, one at a time, always behind the same links. */
export interface AgentProcess {
  readonly number: number;
  readonly links: Readonly<Record<ServerName, Link>>;
  life(): number;
  pid(): number | undefined;
  /** `stopped`: by SIGSTOP. `gone`: until it is started again. */
  state(): 'running' | 'stopped' | 'gone';
  start(): void;
  pause(): void;
  resume(): void;
  /** SIGKILL, and its end. */
  kill(): Promise<void>;
  /**
   * SIGTERM, and its end; answers the exit code, and how long it took from where the process took notice, without
   * the time that it waited for a processor. One that has not begun yet may be ended by the signal itself.
   */
  terminate(): Promise<{ readonly code: number | null; readonly tookMs: number }>;
  /** Sets its wall clock so far ahead of the machine's. */
  setClockAhead(ms: number): void;
  lines(): readonly AgentLine[];
  /** How every process ended that was not told to. */
  readonly crashes: readonly string[];
  close(): Promise<void>;
}

export interface AgentOptions {
  readonly number: number;
  readonly links: Readonly<Record<ServerName, Link>>;
  /** The moment at which the cluster's time and the machine's are the same, milliseconds since the epoch. */
  readonly startedMs: number;
  /** Flags on top of those of every agent. */
  readonly flags?: readonly string[];
}

const preload = fileURLToPath(new URL('skewed-clock.mjs', import.meta.url));

/** Prepares an agent; nothing runs yet. */
export function prepareAgent(options: AgentOptions): AgentProcess {
  return new BuiltAgent(options);
}

/** One that takes longer is a fault of the suite or of the machine; the rules judge from where it took notice. */
const STOP_LIMIT_MS = 60_000;

interface Running {
  readonly cli: RunningCli;
  readonly beganMs: number;
  isExpected: boolean;
  isPaused: boolean;
}

class BuiltAgent implements AgentProcess {
  readonly number: number;
  readonly links: Readonly<Record<ServerName, Link>>;
  readonly crashes: string[] = [];
  readonly #folder = mkdtempSync(join(tmpdir(), 'replicator-clock-'));
  readonly #startedMs: number;
  readonly #flags: readonly string[];
  readonly #past: Running[] = [];
  #life = 0;
  #now: Running | undefined;

  constructor({ number, links, startedMs, flags = [] }: AgentOptions) {
    this.number = number;
    this.links = links;
    this.#startedMs = startedMs;
    this.#flags = flags;
    this.setClockAhead(0);
  }

  life(): number {
    return this.#life;
  }

  pid(): number | undefined {
    return this.#now?.cli.child.pid;
  }

  state(): 'running' | 'stopped' | 'gone' {
    if (!this.#now) return 'gone';
    return this.#now.isPaused ? 'stopped' : 'running';
  }

  start(): void {
    if (this.#now) throw new Error(`agent ${this.number} is running`);
    this.#life += 1;
    for (const link of Object.values(this.links)) link.life = this.#life;
    const cli = spawnCli(this.#arguments(), { env: this.#environment() });
    const running = { cli, beganMs: performance.now(), isExpected: false, isPaused: false };
    this.#now = running;
    this.#past.push(running);
    void this.#watch(running, this.#life);
  }

  async #watch(running: Running, life: number): Promise<void> {
    const { code, signal } = await running.cli.exit;
    if (this.#now === running) this.#now = undefined;
    if (running.isExpected) return;
    const last = running.cli.lines.slice(-5).map(({ text }) => text);
    const text = `agent ${this.number}, process ${life}: ended with ${code ?? signal}: ${last.join(' | ')}`;
    this.crashes.push(text);
  }

  pause(): void {
    if (!this.#now) return;
    this.#now.isPaused = true;
    this.#now.cli.child.kill('SIGSTOP');
  }

  resume(): void {
    if (!this.#now) return;
    this.#now.isPaused = false;
    this.#now.cli.child.kill('SIGCONT');
  }

  async kill(): Promise<void> {
    const running = this.#now;
    if (!running) return;
    running.isExpected = true;
    running.cli.child.kill('SIGKILL');
    await running.cli.exit;
  }

  async terminate(): Promise<{ readonly code: number | null; readonly tookMs: number }> {
    const running = this.#now;
    if (!running) return { code: null, tookMs: 0 };
    running.isExpected = true;
    const beganMs = performance.now();
    const hasBegun = running.cli.lines.length > 0;
    const waiting = watchWaiting(running.cli.child.pid ?? 0);
    const { code, signal } = await running.cli.stop('SIGTERM', STOP_LIMIT_MS).finally(() => waiting.stop());
    if (!hasBegun && signal === 'SIGTERM') return { code: 0, tookMs: 0 };
    const told = running.cli.lines.find(({ text }) => text.includes('received SIGTERM'));
    const noticedMs = told ? running.beganMs + told.atMs : beganMs;
    return { code, tookMs: Math.max(0, performance.now() - noticedMs - waiting.waitedMs()) };
  }

  setClockAhead(ms: number): void {
    writeFileSync(`${this.#clockFile()}.new`, String(ms));
    renameSync(`${this.#clockFile()}.new`, this.#clockFile());
  }

  lines(): readonly AgentLine[] {
    return this.#past.flatMap(({ cli, beganMs }, at) =>
      cli.lines.map((line) => ({ atMs: beganMs + line.atMs, life: at + 1, text: line.text })),
    );
  }

  async close(): Promise<void> {
    this.resume();
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #clockFile(): string {
    return join(this.#folder, 'ahead');
  }

  #arguments(): string[] {
    const { nomad, consul } = this.links;
    return [
      'agent',
      `-nomad=${nomad.url}`,
      `-consul=${consul.address}`,
      `-consul-key-root=${KEY_ROOT}`,
      `-job-scaling-interval=${INTERVAL_S}`,
      `-cluster-scaling-interval=${INTERVAL_S}`,
      '-drain-deadline=120',
      '-http-port=-1',
      '-log-level=debug',
      '-log-format=text',
      ...this.#flags,
    ];
  }

  #environment(): Record<string, string> {
    return {
      REPLICATOR_CLOCK: `${this.#startedMs}x${SPEED}`,
      NODE_OPTIONS: `--import ${preload}`,
      CHAOS_CLOCK_FILE: this.#clockFile(),
      AWS_ENDPOINT_URL: this.links.aws.url,
      AWS_ACCESS_KEY_ID: 'chaos',
      AWS_SECRET_ACCESS_KEY: 'chaos',
      AWS_REGION: 'eu-west-1',
      AWS_EC2_METADATA_DISABLED: 'true',
    };
  }
}
