import { isIP } from 'node:net';
import type { NodeFacts } from '../../domain/node.ts';
import type { Resources } from '../../domain/resources.ts';
import { fieldsOf, needFields, needNumber, needText, textOf, textsOf } from './json.ts';
import type { Fields } from './json.ts';
import { readCapacity, readNodeResources } from './wire-resources.ts';

/** A node of the list: what may be newer than the node read whole. */
export interface NodeStub {
  readonly id: string;
  readonly modifyIndex: number;
  readonly status: string;
  readonly eligible: boolean;
  readonly draining: boolean;
  /** Told since 1.0 and with `resources=true` only. */
  readonly capacity: Resources | undefined;
}

/** Reads one entry of GET /v1/nodes. */
export function readNodeStub(value: unknown): NodeStub {
  const stub = needFields(value, 'a node');
  const id = needText(stub, 'ID', 'a node');
  return {
    id,
    modifyIndex: needNumber(stub, 'ModifyIndex', `node ${id}`),
    ...readStanding(stub, id),
    capacity: readNodeResources(stub, `node ${id}`),
  };
}

/** Reads GET /v1/node/:id. */
export function readNodeFacts(value: unknown): NodeFacts {
  const node = needFields(value, 'the node');
  const id = needText(node, 'ID', 'the node');
  const attributes = textsOf(node['Attributes']);
  return {
    id,
    name: textOf(node, 'Name'),
    datacenter: textOf(node, 'Datacenter'),
    nodeClass: textOf(node, 'NodeClass'),
    nodePool: textOf(node, 'NodePool') || 'default',
    ...readStanding(node, id),
    createIndex: needNumber(node, 'CreateIndex', `node ${id}`),
    modifyIndex: needNumber(node, 'ModifyIndex', `node ${id}`),
    meta: textsOf(node['Meta']),
    attributes,
    drivers: readDrivers(node['Drivers']),
    capacity: readCapacity(node, `node ${id}`),
    instanceId: attributes['unique.platform.aws.instance-id'] ?? '',
    addresses: readAddresses(attributes, textOf(node, 'HTTPAddr')),
    zone: attributes['platform.aws.placement.availability-zone'] ?? '',
  };
}

function readStanding(node: Fields, id: string): Pick<NodeFacts, 'status' | 'eligible' | 'draining'> {
  const strategy = node['DrainStrategy'];
  return {
    status: needText(node, 'Status', `node ${id}`),
    eligible: textOf(node, 'SchedulingEligibility') !== 'ineligible',
    draining: node['Drain'] === true || (strategy !== null && strategy !== undefined),
  };
}

function readDrivers(value: unknown): readonly string[] {
  return Object.entries(fieldsOf(value)).flatMap(([name, entry]) => {
    const driver = fieldsOf(entry);
    return driver['Detected'] === true && driver['Healthy'] === true ? [name] : [];
  });
}

/** What a cloud calls the address comes before what the client uses itself. */
function readAddresses(attributes: Readonly<Record<string, string>>, httpAddress: string): readonly string[] {
  const candidates = [
    attributes['unique.platform.aws.local-ipv4'] ?? '',
    attributes['unique.network.ip-address'] ?? '',
    hostOf(httpAddress),
  ];
  return [...new Set(candidates)].filter((address) => isIP(address) !== 0);
}

function hostOf(address: string): string {
  return address.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
}
