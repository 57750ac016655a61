import { readStoredView, type StoredView } from '../../src/agent/stored-view.ts';
import type { Config } from '../../src/config/config.ts';
import { keysBelow } from '../../src/domain/keys.ts';
import { leader, members } from '../../src/http/shapes/agent-shapes.ts';
import { groupStatus } from '../../src/http/shapes/group-shapes.ts';
import { flagStatus } from '../../src/http/shapes/operator-shapes.ts';
import { poolStatus } from '../../src/http/shapes/pool-shapes.ts';
import { wireConsul } from '../wire-consul.ts';
import type { AskedAgent, Sight } from './sight.ts';

/** Reads what is stored below the key root. Throws PortError. */
export async function readStored({ consul }: Config): Promise<StoredView> {
  const { coordination, clock, close } = await wireConsul(consul);
  const keys = keysBelow(consul.keyRoot);
  try {
    const tree = await coordination.readTree(`${keys.root}/`, 0, new AbortController().signal);
    return readStoredView(tree, keys, clock.now());
  } finally {
    await close();
  }
}

/** What Consul tells, where no agent answers. */
export function seeFromConsul(stored: StoredView, agents: readonly AskedAgent[]): Sight {
  const { session, group, failsafe, paused } = stored;
  return {
    source: 'consul',
    agents,
    missing: [
      'counts, bounds, usage and decisions, and everything that has never been scaled: only agents know these',
      'cooldowns: they depend on policies',
    ],
    leader: leader.encode({ session, node: '' }),
    team: members.encode({ group, members: stored.members }),
    failsafe: flagStatus.encode(failsafe),
    paused: flagStatus.encode(paused),
    groups: stored.groups.items.map(groupStatus.encode),
    pools: stored.pools.items.map(poolStatus.encode),
  };
}
