import { hostname } from 'node:os';
import { formatFault } from '../../src/config/fault.ts';
import { plan, type Plan } from '../../src/agent/plan.ts';
import { decisionEntry } from '../../src/http/shapes/decision-shapes.ts';
import type { DecisionEntry } from '../../src/ports/status-view.ts';
import { settingsOf } from '../agent/settings.ts';
import type { CommandContext } from '../command.ts';
import type { LoadedConfig } from '../load-config.ts';
import { loadInForce } from '../load-in-force.ts';
import { AgentSilence } from '../look/ask-agent.ts';
import { identityOf, wirePorts } from '../wire.ts';
import type { Explanation } from './explanation.ts';
import { matchId } from './match-id.ts';

/** Evaluates everything once, as `plan`, and explains one of it; or the ids that there are. Throws PortError. */
export async function evaluateOnce(
  { environment }: CommandContext,
  loaded: LoadedConfig,
  id: string,
): Promise<Explanation | { readonly known: readonly string[] }> {
  const inForce = await loadInForce(loaded);
  if (inForce.kind === 'faults') throw new AgentSilence(inForce.faults.map(formatFault).join('; '));
  const { config } = inForce;
  const ports = await wirePorts(config, { rate: undefined, observe: undefined });
  const settings = settingsOf(config);
  const identity = identityOf(config, { name: hostname(), environment });
  try {
    const made = await plan({ ...ports, identity, settings: () => settings }, new AbortController().signal);
    return explainPlan(made, id, ports.clock.now());
  } finally {
    await ports.close();
  }
}

function explainPlan(
  { groups, pools = [], standstill, troubles }: Plan,
  id: string,
  nowMs: number,
): Explanation | { readonly known: readonly string[] } {
  const known = [...groups.map((one) => one.id), ...pools.map(({ pool }) => pool)];
  const found = matchId(id, known);
  if (found === undefined) return { known };
  const group = groups.find((one) => one.id === found);
  const pool = pools.find((one) => one.pool === found);
  const run = { sequence: 0, id: found, count: 1, firstMs: nowMs, lastMs: nowMs };
  const entries: readonly DecisionEntry[] = group
    ? [group.decision].flatMap((decision) => (decision ? [{ ...run, type: 'job_group', decision }] : []))
    : [pool?.decision].flatMap((decision) => (decision ? [{ ...run, type: 'worker_pool', decision }] : []));
  const notes = [
    'no agent answers that has decided: evaluated once, here and now; nothing was changed',
    ...standstill.map((text) => `nothing is done meanwhile: ${text}`),
    ...(group && group.detail !== '' ? [group.detail] : []),
    ...(pool?.notices ?? []),
    ...troubles,
  ];
  return {
    id: found,
    type: group ? 'job_group' : 'worker_pool',
    source: 'evaluated',
    address: '',
    isOfActing: false,
    decisions: entries.map(decisionEntry.encode),
    notes,
  };
}
