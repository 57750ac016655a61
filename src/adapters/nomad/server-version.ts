import type { Clock } from '../../ports/clock.ts';
import { fieldsOf, listOf, parseAnswer, textOf } from './json.ts';
import type { Reader } from './reader.ts';

/** How long an answer is relied upon; one that could not be had is asked for again sooner. */
const KNOWN_MS = 10 * 60_000;
const UNKNOWN_MS = 60_000;

/** From this version on a scale request that is refused leaves the job alone. */
const SAFE_SCALE = [1, 4];

/** Knows the lowest version among the servers, as far as the token may ask. */
export class ServerVersion {
  private readonly reader: Reader;
  private readonly clock: Clock;
  private lowest: readonly number[] | undefined;
  private askAgainMs = Number.NEGATIVE_INFINITY;

  constructor(reader: Reader, clock: Clock) {
    this.reader = reader;
    this.clock = clock;
  }

  /**
   * True when every server is known to refuse a scale request without obeying it. Nomad 1.0.4 to 1.3 set the
   * count in the leader's memory before they look for a running deployment. Unknown counts as old.
   */
  async refusesCleanly(signal: AbortSignal): Promise<boolean> {
    const lowest = await this.known(signal);
    return lowest !== undefined && compareVersions(lowest, SAFE_SCALE) >= 0;
  }

  /** The lowest version as a text, undefined where it is not told. */
  async lowestText(signal: AbortSignal): Promise<string | undefined> {
    return (await this.known(signal))?.join('.');
  }

  private async known(signal: AbortSignal): Promise<readonly number[] | undefined> {
    if (this.clock.monotonicMs() >= this.askAgainMs) await this.ask(signal);
    return this.lowest;
  }

  private async ask(signal: AbortSignal): Promise<void> {
    this.lowest = await this.tryRead(signal);
    this.askAgainMs = this.clock.monotonicMs() + (this.lowest === undefined ? UNKNOWN_MS : KNOWN_MS);
  }

  /** Undefined where the members cannot be read: a token without `node:read`, a server that is away. */
  private async tryRead(signal: AbortSignal): Promise<readonly number[] | undefined> {
    const question = {
      doing: 'read the servers of Nomad',
      permission: 'node:read',
      path: '/v1/agent/members',
      query: {},
      stale: false,
    };
    try {
      const { text } = await this.reader.ask(question, signal);
      return parseAnswer(text, { ...question, mutating: false }, lowestBuild);
    } catch {
      return undefined;
    }
  }
}

/** The same as the server writes it: `1.0.18`. */
export function lowestBuildText(answer: unknown): string | undefined {
  return lowestBuild(answer)?.join('.');
}

/** The lowest version of the members that are alive; undefined when one of them tells none. */
function lowestBuild(answer: unknown): readonly number[] | undefined {
  const versions = listOf(fieldsOf(answer)['Members'], 'Members')
    .map(fieldsOf)
    .filter((member) => textOf(member, 'Status') === 'alive')
    .map((member) => parseVersion(textOf(fieldsOf(member['Tags']), 'build')));
  const known = versions.filter((version) => version !== undefined);
  return known.length < versions.length ? undefined : known.toSorted(compareVersions)[0];
}

/** `1.0.18`, `1.9.0-beta.1+ent` → its numbers. */
function parseVersion(text: string): readonly number[] | undefined {
  const parts = /^v?(\d+)\.(\d+)(?:\.(\d+))?/.exec(text);
  return parts ? parts.slice(1).map((part) => Number(part ?? 0)) : undefined;
}

function compareVersions(one: readonly number[], other: readonly number[]): number {
  const differing = [0, 1, 2].find((at) => (one[at] ?? 0) !== (other[at] ?? 0));
  return differing === undefined ? 0 : (one[differing] ?? 0) - (other[differing] ?? 0);
}
