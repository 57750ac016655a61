import { mapValues, writeJson } from '../json-text.ts';
import { rfc3339 } from '../world/time.ts';
import { cachedText } from './text-cache.ts';
import type { Json, JsonObject } from '../json-text.ts';
import type { Driver, Node } from '../world/types.ts';

function driversJson(drivers: Readonly<Record<string, Driver>>): JsonObject {
  return mapValues(drivers, (driver) => ({
    Attributes: driver.attributes,
    Detected: driver.detected,
    HealthDescription: driver.description,
    Healthy: driver.healthy,
    UpdateTime: rfc3339(driver.updateTimeNs),
  }));
}

function networks(node: Node): Json {
  return [
    {
      CIDR: `${node.address}/32`,
      DNS: null,
      Device: 'eth0',
      DynamicPorts: null,
      IP: node.address,
      MBits: 1000,
      Mode: 'host',
      ReservedPorts: null,
    },
  ];
}

function nodeResources(node: Node): Json {
  const address = {
    Address: node.address,
    Alias: 'default',
    Family: 'ipv4',
    Gateway: '',
    ReservedPorts: '',
  };
  return {
    Cpu: { CpuShares: node.cpuMhz },
    Devices: null,
    Disk: { DiskMB: node.diskMb },
    Memory: { MemoryMB: node.memoryMb },
    Networks: networks(node),
    NodeNetworks: [{ Addresses: [address], Device: 'eth0', MacAddress: '', Mode: 'host', Speed: 1000 }],
  };
}

function reservedResources(node: Node): Json {
  return {
    Cpu: { CpuShares: node.reservedCpuMhz },
    Disk: { DiskMB: node.reservedDiskMb },
    Memory: { MemoryMB: node.reservedMemoryMb },
    Networks: { ReservedHostPorts: '' },
  };
}

function oldResources(cpuMhz: number, memoryMb: number, more: { diskMb: number; networks: Json }): Json {
  return {
    CPU: cpuMhz,
    Devices: null,
    DiskMB: more.diskMb,
    IOPS: 0,
    MemoryMB: memoryMb,
    Networks: more.networks,
  };
}

function drainStrategy({ drain }: Node): Json {
  if (!drain) return null;
  return {
    Deadline: drain.deadlineNs,
    ForceDeadline: drain.forceDeadlineNs === null ? null : rfc3339(drain.forceDeadlineNs),
    IgnoreSystemJobs: drain.ignoreSystemJobs,
    StartedAt: rfc3339(drain.startedAtNs),
  };
}

function stub(node: Node, more: JsonObject): string {
  return writeJson({
    Address: node.address,
    CreateIndex: node.createIndex,
    Datacenter: node.datacenter,
    Drain: node.drain !== null,
    Drivers: driversJson(node.drivers),
    HostVolumes: null,
    ID: node.id,
    ModifyIndex: node.modifyIndex,
    Name: node.name,
    NodeClass: node.nodeClass,
    ...more,
    SchedulingEligibility: eligibility(node),
    Status: node.status,
    StatusDescription: '',
    Version: node.attributes['nomad.version'] ?? '',
  });
}

function eligibility(node: Node): string {
  return node.eligible ? 'eligible' : 'ineligible';
}

/** A node as the list gives it. */
export const nodeStubText = cachedText((node: Node): string => stub(node, {}));

/** A node as the list gives it with `?resources=true`. */
export const nodeStubWithResourcesText = cachedText((node: Node): string =>
  stub(node, { NodeResources: nodeResources(node), ReservedResources: reservedResources(node) }),
);

/** A node in full. */
export const nodeText = cachedText((node: Node): string =>
  writeJson({
    Attributes: node.attributes,
    CSIControllerPlugins: null,
    CSINodePlugins: null,
    ComputedClass: node.computedClass,
    CreateIndex: node.createIndex,
    Datacenter: node.datacenter,
    Drain: node.drain !== null,
    DrainStrategy: drainStrategy(node),
    Drivers: driversJson(node.drivers),
    Events: node.events.map((event) => ({
      CreateIndex: event.createIndex,
      Details: null,
      Message: event.message,
      Subsystem: event.subsystem,
      Timestamp: rfc3339((event.timeNs / 1_000_000_000n) * 1_000_000_000n),
    })),
    HTTPAddr: `${node.address}:${node.httpPort}`,
    HostVolumes: null,
    ID: node.id,
    Links: { consul: '' },
    Meta: node.meta,
    ModifyIndex: node.modifyIndex,
    Name: node.name,
    NodeClass: node.nodeClass,
    NodeResources: nodeResources(node),
    Reserved: oldResources(node.reservedCpuMhz, node.reservedMemoryMb, {
      diskMb: node.reservedDiskMb,
      networks: null,
    }),
    ReservedResources: reservedResources(node),
    Resources: oldResources(node.cpuMhz, node.memoryMb, { diskMb: node.diskMb, networks: networks(node) }),
    SchedulingEligibility: eligibility(node),
    SecretID: '',
    Status: node.status,
    StatusDescription: '',
    StatusUpdatedAt: node.statusUpdatedAtS,
    TLSEnabled: false,
  }),
);
