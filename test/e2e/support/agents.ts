import { spawnCli } from '../../support/processes.ts';
import type { RunningCli } from '../../support/processes.ts';

/** Where an agent finds its servers. */
export interface AgentPlace {
  readonly nomadUrl: string;
  /** `host:port` */
  readonly consul: string;
  readonly keyRoot?: string;
  /** Flags on top of, or instead of, the usual ones. */
  readonly flags?: readonly string[];
  /** Environment on top of one without settings of this machine's own servers. */
  readonly env?: Readonly<Record<string, string>>;
}

/** The built agent as a child, one round a second, text log at DEBUG. */
export function startAgentProcess(place: AgentPlace): RunningCli {
  const args = [
    'agent',
    `-nomad=${place.nomadUrl}`,
    `-consul=${place.consul}`,
    `-consul-key-root=${place.keyRoot ?? 'replicator/config'}`,
    '-job-scaling-interval=1',
    '-log-level=debug',
    '-log-format=text',
    '-http-port=-1',
    ...(place.flags ?? []),
  ];
  return spawnCli(args, place.env === undefined ? {} : { env: place.env });
}

/** Resolves with `read`'s first answer that is not undefined; asks every 50 ms, fails after `timeoutMs`. */
export async function eventually<T>(
  what: string,
  timeoutMs: number,
  read: () => Promise<T | undefined> | T | undefined,
): Promise<T> {
  const endMs = Date.now() + timeoutMs;
  for (;;) {
    const value = await read();
    if (value !== undefined) return value;
    if (Date.now() > endMs) throw new Error(`${what}: not within ${timeoutMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Line numbers grow: where the log stands now. */
export function position(agent: RunningCli): number {
  return agent.lines.length;
}

/** The agent holds the lock, from line `from` on. */
export async function leads(agent: RunningCli, timeoutMs: number, from = 0): Promise<void> {
  await agent.waitForLine(/leadership lock obtained/, timeoutMs, from);
}
