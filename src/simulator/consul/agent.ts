import type { FaceResponse } from '../face.ts';
import { jsonAnswer } from './answers.ts';
import { authorizeCaller, checkDatacenter } from './call.ts';
import type { Call } from './call.ts';
import { permissionDenied } from './consul-error.ts';
import type { ConsulServer } from './consul-server.ts';
import type { WireValue } from './wire-json.ts';

const VERSION = '1.8.7';
const DATACENTER = 'dc1';
const ADDRESS = '127.0.0.1';
const RPC_ADDRESS = `${ADDRESS}:8300`;

/** GET /v1/status/leader: the leader's address, empty when there is none. */
export function readLeader(call: Call): FaceResponse {
  checkDatacenter(call);
  return jsonAnswer(call.server.leader.isThere ? RPC_ADDRESS : '');
}

/** GET /v1/status/peers. */
export function readPeers(call: Call): FaceResponse {
  checkDatacenter(call);
  return jsonAnswer([RPC_ADDRESS]);
}

function memberOf({ nodeName, nodeId, acl }: ConsulServer): WireValue {
  return {
    Name: nodeName,
    Addr: ADDRESS,
    Port: 8301,
    Tags: {
      acls: acl === undefined ? '0' : '1',
      build: `${VERSION}:`,
      dc: DATACENTER,
      id: nodeId,
      port: '8300',
      raft_vsn: '3',
      role: 'consul',
      segment: '',
      vsn: '2',
      vsn_max: '3',
      vsn_min: '2',
      wan_join_port: '8302',
    },
    Status: 1,
    ProtocolMin: 1,
    ProtocolMax: 5,
    ProtocolCur: 2,
    DelegateMin: 2,
    DelegateMax: 5,
    DelegateCur: 4,
  };
}

function statsOf({ acl, leader }: ConsulServer): WireValue {
  return {
    agent: { check_monitors: '0', check_ttls: '0', checks: '0', services: '0' },
    build: { prerelease: '', revision: '', version: VERSION },
    consul: {
      acl: acl === undefined ? 'disabled' : 'enabled',
      bootstrap: 'false',
      known_datacenters: '1',
      leader: String(leader.isThere),
      leader_addr: leader.isThere ? RPC_ADDRESS : '',
      server: 'true',
    },
  };
}

/** GET /v1/agent/self: of its DebugConfig only what says how this server behaves. */
export function readAgent(call: Call): FaceResponse {
  const { server } = call;
  const { nodeName, nodeId, acl } = server;
  if (!authorizeCaller(call).canReadAgent(nodeName)) throw permissionDenied();
  const NodeID = nodeId;
  return jsonAnswer({
    Config: {
      Datacenter: DATACENTER,
      NodeName: nodeName,
      NodeID,
      Revision: '',
      Server: true,
      Version: VERSION,
    },
    DebugConfig: {
      ACLDefaultPolicy: acl === undefined ? 'allow' : 'deny',
      ACLsEnabled: acl !== undefined,
      Datacenter: DATACENTER,
      DevMode: true,
      KVMaxValueSize: 524288,
      NodeID,
      NodeName: nodeName,
      SessionTTLMin: '0s',
      TxnMaxReqLen: 524288,
      Version: VERSION,
    },
    Coord: { Vec: [0, 0, 0, 0, 0, 0, 0, 0], Error: 1.5, Adjustment: 0, Height: 1e-5 },
    Member: memberOf(server),
    Stats: statsOf(server),
    Meta: { 'consul-network-segment': '' },
  });
}

/** GET /v1/agent/members: this one. */
export function listMembers(call: Call): FaceResponse {
  const { server } = call;
  return jsonAnswer(authorizeCaller(call).canReadAgent(server.nodeName) ? [memberOf(server)] : []);
}
