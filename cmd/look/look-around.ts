import type { LoadedConfig } from '../load-config.ts';
import { AgentSilence } from './ask-agent.ts';
import { placeOf, seeFromAgents } from './from-agents.ts';
import { readStored, seeFromConsul } from './from-consul.ts';
import type { AskedAgent, Sight } from './sight.ts';

/** Looks from the agents' HTTP API, else from Consul. `address`: the agent to ask, '' for those that are to be found. Throws PortError. */
export async function lookAround({ config, given }: LoadedConfig, address: string): Promise<Sight> {
  const near = address === '' ? localAddress(config) : address;
  const strange = near !== '' && address === '' ? await strangerAt(near, { config, given }) : undefined;
  const first = await seeFromAgents(near === '' || strange ? [] : [near]);
  if (first.sight) return first.sight;
  const silent = [...first.agents, ...(strange ? [strange] : [])];
  const stored = await readStored(config);
  const alive = stored.members.flatMap((one) =>
    one.alive && one.address !== undefined ? [one.address] : [],
  );
  const { sight, agents } = await seeFromAgents(alive.filter((one) => one !== near));
  if (sight) return { ...sight, agents: [...agents, ...silent] };
  return seeFromConsul(stored, [...agents, ...silent]);
}

/** Where the agent of this configuration listens; '' where it does not, or nobody can tell. */
export function localAddress({ bindAddress, httpPort }: LoadedConfig['config']): string {
  if (httpPort <= 0) return '';
  const every: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1', '[::]': '::1' };
  const host = every[bindAddress] ?? bindAddress;
  const isBare = host.includes(':') && !host.startsWith('[');
  return `${isBare ? `[${host}]` : host}:${httpPort}`;
}

/** An agent of another key root or group than the ones that were named is not meant. */
async function strangerAt(
  address: string,
  { config, given }: Pick<LoadedConfig, 'config' | 'given'>,
): Promise<AskedAgent | undefined> {
  const isNamed = (key: string): boolean => given.has(key);
  if (!isNamed('consul_key_root') && !isNamed('group')) return undefined;
  try {
    const { keyRoot, group } = await placeOf(address);
    if (isNamed('consul_key_root') && keyRoot !== config.consul.keyRoot) {
      return { address, error: `its key root is ${keyRoot}` };
    }
    if (isNamed('group') && group !== config.group?.name) {
      return {
        address,
        error: group === undefined ? 'it belongs to no group' : `it belongs to the group ${group}`,
      };
    }
  } catch (error) {
    if (!(error instanceof AgentSilence)) throw error;
  }
  return undefined;
}
