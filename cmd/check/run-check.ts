import { SESSION_NAME } from '../../src/agent/session-keeper.ts';
import type { Config } from '../../src/config/config.ts';
import { discoverPools } from '../../src/domain/discover-pools.ts';
import { keysBelow } from '../../src/domain/keys.ts';
import { settingsOf } from '../agent/settings.ts';
import type { WiredCheck } from '../wire-check.ts';
import { checkAws } from './check-aws.ts';
import { checkConsul, type ConsulFound } from './check-consul.ts';
import { checkNomad, type NomadFound } from './check-nomad.ts';
import type { CheckItem } from './item.ts';

/** How the servers are looked at. */
export interface Checking {
  readonly config: Config;
  readonly wired: WiredCheck;
  readonly mayWrite: boolean;
  readonly unique: string;
  readonly signal: AbortSignal;
}

/** Looks at Consul, Nomad and, where there are worker pools, AWS. Throws nothing that a server has caused. */
export async function runCheck(checking: Checking): Promise<readonly CheckItem[]> {
  const { config, wired, mayWrite, unique, signal } = checking;
  const { inspectors, coordination, nomad, leaseClock: clock } = wired;
  const scalesPools = !settingsOf(config).clusterScalingDisabled;
  const [consul, found] = await Promise.all([
    checkConsul({
      config: config.consul,
      inspector: inspectors.consul,
      coordination,
      mayWrite,
      isMember: config.group !== undefined,
      sessionName: SESSION_NAME,
      unique,
      signal,
    }),
    checkNomad({
      config: config.nomad,
      inspector: inspectors.nomad,
      nomad,
      clock,
      scalesPools,
      mayWrite,
      signal,
    }),
  ]);
  try {
    const aws = scalesPools ? await checkPools(checking, consul, found) : [];
    return [...consul.items, ...found.items, ...aws];
  } finally {
    await found.look?.stop();
  }
}

/** Pools are known by their nodes and by Consul: without both there may be more of them. */
async function checkPools(
  { config, wired, mayWrite, signal }: Checking,
  { tree }: ConsulFound,
  { look }: NomadFound,
): Promise<readonly CheckItem[]> {
  const nodes = look?.view().nodes;
  if (!tree || !nodes) {
    const detail = 'not looked at: the pools are known by the nodes of Nomad and the keys in Consul';
    return [{ service: 'AWS', what: 'worker pools', outcome: 'unknown', detail }];
  }
  const prefix = keysBelow(config.consul.keyRoot).poolPolicy('');
  const documents = tree.entries
    .filter(({ key }) => key.startsWith(prefix) && key !== prefix)
    .map(({ key, value }) => [key.slice(prefix.length), value] as const);
  const pools = [...discoverPools(nodes.all, new Map(documents)).values()];
  return checkAws({ pools, provider: wired.provider, inspector: wired.inspectors.aws, mayWrite, signal });
}
