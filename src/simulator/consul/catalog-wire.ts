import type { CatalogService } from './catalog-table.ts';
import type { ConsulServer } from './consul-server.ts';
import type { WireValue } from './wire-json.ts';

const ADDRESS = '127.0.0.1';

/** The node as the catalog sends it. */
export function nodeOnWire({ nodeId, nodeName }: ConsulServer): WireValue {
  return {
    ID: nodeId,
    Node: nodeName,
    Address: ADDRESS,
    Datacenter: 'dc1',
    TaggedAddresses: { lan: ADDRESS, lan_ipv4: ADDRESS, wan: ADDRESS, wan_ipv4: ADDRESS },
    Meta: { 'consul-network-segment': '' },
    CreateIndex: 10,
    ModifyIndex: 12,
  };
}

/** A service as health reads send it. */
export function serviceOnWire(service: CatalogService): WireValue {
  const { id, name, tags, address, port, createIndex, modifyIndex } = service;
  const place = { Address: address, Port: port };
  return {
    ID: id,
    Service: name,
    Tags: tags,
    Address: address,
    TaggedAddresses: address === '' ? undefined : { lan_ipv4: place, wan_ipv4: place },
    Meta: null,
    Port: port,
    Weights: { Passing: 1, Warning: 1 },
    EnableTagOverride: false,
    Proxy: { MeshGateway: {}, Expose: {} },
    Connect: {},
    CreateIndex: createIndex,
    ModifyIndex: modifyIndex,
  };
}

/** The check of the node, then that of the service. */
export function serviceChecksOnWire(server: ConsulServer, service: CatalogService): readonly WireValue[] {
  const { check, id, name, tags } = service;
  const nodeCheck = checkOnWire(server, {
    CheckID: 'serfHealth',
    Name: 'Serf Health Status',
    Status: 'passing',
    Notes: '',
    Output: 'Agent alive and reachable',
    ServiceID: '',
    ServiceName: '',
    ServiceTags: [],
    Type: '',
    Definition: {},
    CreateIndex: 10,
    ModifyIndex: 10,
  });
  if (check === undefined) return [nodeCheck];
  const own = checkOnWire(server, {
    CheckID: check.id,
    Name: `Service '${name}' check`,
    Status: check.status,
    Notes: '',
    Output: check.output,
    ServiceID: id,
    ServiceName: name,
    ServiceTags: tags,
    Type: 'ttl',
    Definition: {},
    CreateIndex: check.createIndex,
    ModifyIndex: check.modifyIndex,
  });
  return [nodeCheck, own];
}

function checkOnWire({ nodeName }: ConsulServer, members: Readonly<Record<string, WireValue>>): WireValue {
  return { Node: nodeName, ...members };
}
