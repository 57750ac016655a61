import { checkSchema } from '../../src/http/schema.ts';
import type { Shape } from '../../src/http/shape.ts';

/** Why an agent was not heard, in a few words. */
export class AgentSilence extends Error {}

const DEADLINE_MS = 5_000;

/** Asks an agent's HTTP API at `host:port`. Members that a newer agent has besides are let pass. Throws AgentSilence. */
export async function askAgent<Wire>(
  address: string,
  path: string,
  shape: Shape<never, Wire>,
): Promise<Wire> {
  const answer = await request(address, path);
  const faults = checkSchema(shape.schema, answer, true);
  if (faults.length > 0)
    throw new AgentSilence(`no answer of a replicator agent of this version: ${faults[0]}`);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- checked against the schema of that type
  return answer as Wire;
}

async function request(address: string, path: string): Promise<unknown> {
  const signal = AbortSignal.timeout(DEADLINE_MS);
  try {
    const response = await fetch(`http://${address}${path}`, { signal, redirect: 'error' });
    if (!response.ok) throw new AgentSilence(`answered ${response.status} to ${path}`);
    return await response.json();
  } catch (error) {
    if (error instanceof AgentSilence) throw error;
    throw new AgentSilence(explain(error, signal));
  }
}

function explain(error: unknown, signal: AbortSignal): string {
  if (signal.aborted) return `no answer within ${DEADLINE_MS / 1000} s`;
  const cause: unknown = error instanceof Error ? (error.cause ?? error) : error;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  if (code === 'ECONNREFUSED') return 'connection refused';
  if (error instanceof SyntaxError) return 'the answer is not JSON';
  return cause instanceof Error ? cause.message || code : String(cause);
}
