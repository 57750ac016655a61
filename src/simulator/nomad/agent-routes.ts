import { writeJson } from '../json-text.ts';
import { needMethod } from './call.ts';
import { jsonReply } from './reply.ts';
import type { Json } from '../json-text.ts';
import type { Route } from './call.ts';

/** What the agent says it is. */
export interface AgentIdentity {
  readonly version: string;
  readonly name: string;
  readonly region: string;
  readonly datacenter: string;
  /** Where the servers talk to each other: what `/v1/status/leader` answers. */
  readonly rpcAddress: string;
}

export const DEFAULT_IDENTITY: AgentIdentity = {
  version: '1.0.18',
  name: 'nomad-server-1',
  region: 'global',
  datacenter: 'dc1',
  rpcAddress: '127.0.0.1:4647',
};

/** Routes that tell about the agent itself. */
export function agentRoutes(identity: AgentIdentity, isAclEnabled: boolean): Readonly<Record<string, Route>> {
  const { rpcAddress, region } = identity;
  const fixed =
    (value: Json): Route =>
    (call) => {
      needMethod(call, 'GET');
      return jsonReply(writeJson(value));
    };
  const members = fixed(membersJson(identity));
  return {
    '/v1/status/leader': fixed(rpcAddress),
    '/v1/status/peers': fixed([rpcAddress]),
    '/v1/regions': fixed([region]),
    '/v1/agent/health': fixed({ server: { message: 'ok', ok: true } }),
    '/v1/agent/members': (call) => {
      call.rights.needNode('read');
      return members(call);
    },
    '/v1/agent/servers': fixed([rpcAddress]),
    '/v1/agent/self': (call) => {
      call.rights.needAgent();
      return fixed(selfJson(identity, isAclEnabled))(call);
    },
  };
}

function membersJson(identity: AgentIdentity): Json {
  const { datacenter, name, region } = identity;
  return {
    Members: [memberJson(identity)],
    ServerDC: datacenter,
    ServerName: name,
    ServerRegion: region,
  };
}

function memberJson(identity: AgentIdentity): Json {
  const [address = '', port = ''] = identity.rpcAddress.split(':');
  return {
    Addr: address,
    DelegateCur: 4,
    DelegateMax: 5,
    DelegateMin: 2,
    Name: `${identity.name}.${identity.region}`,
    Port: Number(port) + 1,
    ProtocolCur: 2,
    ProtocolMax: 5,
    ProtocolMin: 1,
    Status: 'alive',
    Tags: {
      bootstrap: '1',
      build: identity.version,
      dc: identity.datacenter,
      port,
      region: identity.region,
      role: 'nomad',
      rpc_addr: address,
    },
  };
}

function selfJson(identity: AgentIdentity, isAclEnabled: boolean): Json {
  const second = 1_000_000_000;
  return {
    config: {
      ACL: { Enabled: isAclEnabled, PolicyTTL: 30 * second, ReplicationToken: '', TokenTTL: 30 * second },
      Client: { Enabled: false },
      Datacenter: identity.datacenter,
      DevMode: false,
      NodeName: identity.name,
      Region: identity.region,
      Server: { Enabled: true },
      Version: { Revision: '', Version: identity.version, VersionMetadata: '', VersionPrerelease: '' },
    },
    member: memberJson(identity),
    stats: { nomad: { bootstrap: 'true', leader: 'true', server: 'true' } },
  };
}
