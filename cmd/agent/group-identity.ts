import type { GroupIdentity } from '../../src/agent/group/group-identity.ts';
import type { Config } from '../../src/config/config.ts';
import { readVersion } from '../version.ts';

/** The agent as a member of its group; undefined standalone. */
export function groupIdentityOf(
  { group, partitions, bindAddress }: Config,
  of: Pick<GroupIdentity, 'membership' | 'takeOptions' | 'refused' | 'port'>,
): GroupIdentity | undefined {
  if (!group) return undefined;
  const { name, serviceId } = group;
  const address = ANY_ADDRESS.has(bindAddress) ? '' : bindAddress;
  return { name, serviceId, partitions, address, version: readVersion(), ...of };
}

/** Listening everywhere, it is reached at its Consul node's address. */
const ANY_ADDRESS: ReadonlySet<string> = new Set(['0.0.0.0', '::', '[::]']);
