import { decisionPage } from '../../src/http/shapes/decision-shapes.ts';
import type { LoadedConfig } from '../load-config.ts';
import { askAgent } from '../look/ask-agent.ts';
import { lookAround } from '../look/look-around.ts';
import type { Sight } from '../look/sight.ts';
import type { Explanation } from './explanation.ts';
import { matchId } from './match-id.ts';

interface Wanted {
  readonly id: string;
  /** How many decisions. */
  readonly last: number;
  /** The agent to ask, '' for those that are to be found. */
  readonly address: string;
}

/** What the acting agent tells, or the ids it knows of; undefined where no agent answers that has decided. */
export async function explainFromAgents(
  loaded: LoadedConfig,
  wanted: Wanted,
): Promise<Explanation | { readonly known: readonly string[] } | undefined> {
  const sight = await lookAround(loaded, wanted.address);
  if (sight.source === 'consul') return undefined;
  const groups = sight.groups.map(({ id }) => id);
  const pools = sight.pools.map(({ id }) => id);
  const group = matchId(wanted.id, groups);
  const id = group ?? matchId(wanted.id, pools);
  if (id === undefined) return { known: [...groups, ...pools] };
  const type = group === undefined ? 'worker_pool' : 'job_group';
  return read(sight, { id, type, last: wanted.last });
}

async function read(
  sight: Sight,
  { id, type, last }: { readonly id: string; readonly type: Explanation['type']; readonly last: number },
): Promise<Explanation | undefined> {
  const addresses = sight.agents.filter(({ error }) => error === '').map(({ address }) => address);
  const path = `/v1/decisions?type=${type}&id=${encodeURIComponent(id)}&limit=${last}`;
  const pages = await Promise.all(
    addresses.map(async (address) => ({ address, ...(await askAgent(address, path, decisionPage)) })),
  );
  const [best] = pages
    .filter(({ decisions }) => decisions.length > 0)
    .toSorted((one, other) => newest(other.decisions) - newest(one.decisions));
  if (!best) return undefined;
  const one = (type === 'job_group' ? sight.groups : sight.pools).find((resource) => resource.id === id);
  const isOfActing = one?.acts === true;
  const faults = one?.faults.map(({ key, text }) => `${key} ${text}`) ?? [];
  const notes = [
    ...(isOfActing ? [] : ['the agent that acts on it now was not heard: these decisions may be old']),
    ...(faults.length > 0 ? [`its policy has faults: ${faults.join('; ')}`] : []),
    ...(one?.state_fault ? [`${one.state_fault.key}: ${one.state_fault.text}`] : []),
  ];
  const decisions = [...best.decisions].toReversed();
  return { id, type, source: 'agent', address: best.address, isOfActing, decisions, notes };
}

function newest(decisions: readonly { readonly last_at: string }[]): number {
  return Math.max(...decisions.map((one) => Date.parse(one.last_at)));
}
