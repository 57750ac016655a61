import type { FieldReader } from './world-file-reader.ts';
import type { NodeInput } from './world/node-build.ts';

/** Reads a node, or as many copies of it as it asks for. */
export function readNodes(reader: FieldReader): readonly NodeInput[] {
  const count = reader.number('count', { otherwise: 1 });
  const node = readNodeInput(reader);
  return Array.from({ length: count }, (_, position) =>
    node.name !== undefined && count > 1 ? { ...node, name: `${node.name}-${position + 1}` } : node,
  );
}

/** Reads one node; `count` is left to the caller. */
export function readNodeInput(reader: FieldReader): NodeInput {
  const drivers = reader.texts('drivers');
  const node = {
    ...(reader.has('name') ? { name: reader.text('name') } : {}),
    datacenter: reader.text('datacenter', 'dc1'),
    ...(reader.has('nodeClass') ? { nodeClass: reader.text('nodeClass') } : {}),
    meta: reader.textMap('meta'),
    attributes: reader.textMap('attributes'),
    ...(drivers ? { drivers } : {}),
    cpuMhz: reader.number('cpuMhz', { otherwise: 4000, min: 1 }),
    memoryMb: reader.number('memoryMb', { otherwise: 8192, min: 1 }),
    diskMb: reader.number('diskMb', { otherwise: 40_000, min: 1 }),
    reservedCpuMhz: reader.number('reservedCpuMhz', { otherwise: 0 }),
    reservedMemoryMb: reader.number('reservedMemoryMb', { otherwise: 0 }),
    reservedDiskMb: reader.number('reservedDiskMb', { otherwise: 0 }),
    coreMhz: reader.number('coreMhz', { otherwise: 2500, min: 1 }),
    cgroup: reader.oneOf('cgroup', ['v1', 'v2'], 'v2'),
    ...(reader.has('address') ? { address: reader.text('address') } : {}),
  };
  reader.refuseOthers();
  return node;
}
