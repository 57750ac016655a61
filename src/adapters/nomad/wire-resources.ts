import { addResources, subtractResources } from '../../domain/resources.ts';
import type { Resources } from '../../domain/resources.ts';
import { fieldsOf, needNumber, numberOf, WireFault } from './json.ts';
import type { Fields } from './json.ts';

/** What a node has without what is reserved; a WireFault when neither form of it is there. */
export function readCapacity(node: Fields, what: string): Resources {
  const capacity = readNodeResources(node, what);
  if (capacity === undefined) throw new WireFault(`${what} has no resources`);
  return capacity;
}

/** The same of a list's entry, which may tell nothing: undefined then. */
export function readNodeResources(node: Fields, what: string): Resources | undefined {
  if (isTold(node['NodeResources'])) {
    const has = needNew(fieldsOf(node['NodeResources']), what);
    return subtractResources(has, readNew(fieldsOf(node['ReservedResources'])));
  }
  if (!isTold(node['Resources'])) return undefined;
  return subtractResources(needOld(fieldsOf(node['Resources']), what), readOld(fieldsOf(node['Reserved'])));
}

/** What an allocation was given, disk included; undefined where neither form of it is there. */
export function readAllocated(allocation: Fields): Resources | undefined {
  const given = fieldsOf(allocation['AllocatedResources']);
  if (isTold(given['Tasks'])) {
    const tasks = Object.values(fieldsOf(given['Tasks'])).map((task) => readNew(fieldsOf(task)));
    const diskMb = numberOf(fieldsOf(given['Shared']), 'DiskMB');
    return addResources(...tasks, { cpuMhz: 0, memoryMb: 0, diskMb });
  }
  return isTold(allocation['Resources']) ? readOld(fieldsOf(allocation['Resources'])) : undefined;
}

function isTold(value: unknown): boolean {
  return value !== null && value !== undefined;
}

/** Since 0.9: a part for each of them. */
function readNew(fields: Fields): Resources {
  return {
    cpuMhz: numberOf(fieldsOf(fields['Cpu']), 'CpuShares'),
    memoryMb: numberOf(fieldsOf(fields['Memory']), 'MemoryMB'),
    diskMb: numberOf(fieldsOf(fields['Disk']), 'DiskMB'),
  };
}

function needNew(fields: Fields, what: string): Resources {
  return {
    cpuMhz: needNumber(fieldsOf(fields['Cpu']), 'CpuShares', what),
    memoryMb: needNumber(fieldsOf(fields['Memory']), 'MemoryMB', what),
    diskMb: needNumber(fieldsOf(fields['Disk']), 'DiskMB', what),
  };
}

/** Before 0.9, and beside the new form until today. */
function readOld(fields: Fields): Resources {
  return {
    cpuMhz: numberOf(fields, 'CPU'),
    memoryMb: numberOf(fields, 'MemoryMB'),
    diskMb: numberOf(fields, 'DiskMB'),
  };
}

function needOld(fields: Fields, what: string): Resources {
  return {
    cpuMhz: needNumber(fields, 'CPU', what),
    memoryMb: needNumber(fields, 'MemoryMB', what),
    diskMb: needNumber(fields, 'DiskMB', what),
  };
}
