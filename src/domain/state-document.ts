import { formatInstant, parseInstant, ZERO_TIME } from './instant.ts';
import { parseJson, quoteGo, type RawMember, splitMembers } from './json-members.ts';
import type { LastNode } from './pool-snapshot.ts';
import type { ResourceType, ScalingState } from './scaling-state.ts';

export type StateReading =
  { readonly ok: true; readonly state: ScalingState } | { readonly ok: false; readonly fault: string };

type Reader<T> = (value: unknown) => T | undefined;

const isText: Reader<string> = (value) => (typeof value === 'string' ? value : undefined);
const isFlag: Reader<boolean> = (value) => (typeof value === 'boolean' ? value : undefined);
const isCount: Reader<number> = (value) =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
const isTime: Reader<string> = (value) =>
  typeof value === 'string' && parseInstant(value) !== undefined ? value : undefined;
const isType: Reader<ResourceType> = (value) =>
  value === 'job_group' || value === 'worker_pool' ? value : undefined;
const isTimes: Reader<Readonly<Record<string, string>>> = (value) => {
  const members = membersOf(value);
  const texts = members?.flatMap(([key, at]) => (isTime(at) === undefined ? [] : [[key, String(at)]]));
  return texts && texts.length === members?.length ? Object.fromEntries(texts) : undefined;
};
const isLastNode: Reader<LastNode> = (value) => {
  const node = new Map(membersOf(value));
  const [cpuMhz, memoryMb, diskMb] = ['cpu_mhz', 'memory_mb', 'disk_mb'].map((key) =>
    isAmount(node.get(key)),
  );
  const [datacenter, nodeClass] = [isText(node.get('datacenter')), isText(node.get('node_class'))];
  const drivers = isNodes(node.get('drivers'));
  if (cpuMhz === undefined || memoryMb === undefined || diskMb === undefined) return undefined;
  if (datacenter === undefined || nodeClass === undefined || drivers === undefined) return undefined;
  return { capacity: { cpuMhz, memoryMb, diskMb }, datacenter, nodeClass, drivers };
};
const isAmount: Reader<number> = (value) => (typeof value === 'number' && value >= 0 ? value : undefined);
const isNodes: Reader<readonly string[]> = (value) =>
  Array.isArray(value) && value.every((one) => typeof one === 'string') ? value : undefined;

/** The members in the order in which the Go programs write them. */
const KNOWN = [
  'alarm_open',
  'eligible_nodes',
  'failed_drains',
  'failsafe_admin',
  'failsafe_mode',
  'failure_count',
  'last_failure_event',
  'last_node',
  'last_notification_event',
  'last_scaling_event',
  'last_updated',
  'resource_name',
  'resource_type',
  'scalein_requests',
  'scaleout_requests',
  'state_path',
];

/** A stored state object → the state, or the one thing that makes it unreadable, with its key. */
export function decodeState(text: string): StateReading {
  const members = splitMembers(text);
  if (!members) return { ok: false, fault: 'not a JSON object' };
  const reader = new Members(members);
  const state: ScalingState = {
    eligibleNodes: reader.read('eligible_nodes', isNodes, null),
    failsafeAdmin: reader.read('failsafe_admin', isFlag, false),
    failsafeMode: reader.read('failsafe_mode', isFlag, false),
    failureCount: reader.read('failure_count', isCount, 0),
    lastNotificationEvent: reader.read('last_notification_event', isTime, ZERO_TIME),
    lastScalingEvent: reader.read('last_scaling_event', isTime, ZERO_TIME),
    lastUpdated: reader.read('last_updated', isTime, ZERO_TIME),
    resourceName: reader.read('resource_name', isText, ''),
    resourceType: reader.read('resource_type', isType, 'job_group'),
    scaleInRequests: reader.read('scalein_requests', isCount, 0),
    scaleOutRequests: reader.read('scaleout_requests', isCount, 0),
    statePath: reader.read('state_path', isText, ''),
    lastFailureEvent: reader.read('last_failure_event', isTime, ''),
    alarmOpen: reader.read('alarm_open', isFlag, false),
    failedDrains: reader.read('failed_drains', isTimes, {}),
    lastNode: reader.read('last_node', isLastNode, undefined),
    unknown: members.filter((member) => !KNOWN.includes(member.key)),
  };
  return reader.fault === undefined ? { ok: true, state } : { ok: false, fault: reader.fault };
}

/** The state → its text, `last_updated` set to `nowMs`. Byte for byte what a Go program would write. */
export function encodeState(state: ScalingState, nowMs: number): string {
  const { lastFailureEvent, lastNode } = state;
  const drains = Object.entries(state.failedDrains).map(([id, at]) => `${quoteGo(id)}:${quoteGo(at)}`);
  const members: RawMember[] = [
    ...whenTold('alarm_open', state.alarmOpen && 'true'),
    { key: 'eligible_nodes', raw: encodeNodes(state.eligibleNodes) },
    ...whenTold('failed_drains', drains.length > 0 && `{${drains.join(',')}}`),
    { key: 'failsafe_admin', raw: String(state.failsafeAdmin) },
    { key: 'failsafe_mode', raw: String(state.failsafeMode) },
    { key: 'failure_count', raw: String(state.failureCount) },
    ...whenTold('last_failure_event', lastFailureEvent !== '' && quoteGo(lastFailureEvent)),
    ...whenTold('last_node', lastNode !== undefined && encodeLastNode(lastNode)),
    { key: 'last_notification_event', raw: quoteGo(state.lastNotificationEvent) },
    { key: 'last_scaling_event', raw: quoteGo(state.lastScalingEvent) },
    { key: 'last_updated', raw: quoteGo(formatInstant(nowMs)) },
    { key: 'resource_name', raw: quoteGo(state.resourceName) },
    { key: 'resource_type', raw: quoteGo(state.resourceType) },
    { key: 'scalein_requests', raw: String(state.scaleInRequests) },
    { key: 'scaleout_requests', raw: String(state.scaleOutRequests) },
    { key: 'state_path', raw: quoteGo(state.statePath) },
    ...state.unknown,
  ];
  return `{${members.map(({ key, raw }) => `${quoteGo(key)}:${raw}`).join(',')}}`;
}

/** A member that the Go programs do not know: there only when it says something. */
function whenTold(key: string, raw: string | false): RawMember[] {
  return raw === false ? [] : [{ key, raw }];
}

function encodeLastNode({ capacity, datacenter, nodeClass, drivers }: LastNode): string {
  return JSON.stringify({
    cpu_mhz: capacity.cpuMhz,
    memory_mb: capacity.memoryMb,
    disk_mb: capacity.diskMb,
    datacenter,
    node_class: nodeClass,
    drivers,
  });
}

/** True when two states differ in more than `last_updated`: only then is one written. */
export function isSameState(one: ScalingState, other: ScalingState): boolean {
  return one === other || encodeState(one, 0) === encodeState(other, 0);
}

function membersOf(value: unknown): [string, unknown][] | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.entries(value)
    : undefined;
}

function encodeNodes(nodes: readonly string[] | null): string {
  return nodes === null ? 'null' : `[${nodes.map(quoteGo).join(',')}]`;
}

/** Reads members one after the other and keeps the first fault. `null` and absent give the fallback. */
class Members {
  fault: string | undefined;
  readonly #members: readonly RawMember[];

  constructor(members: readonly RawMember[]) {
    this.#members = members;
  }

  read<T, F>(key: string, reader: Reader<T>, fallback: F): T | F {
    const member = this.#members.findLast((one) => one.key === key);
    if (!member || member.raw === 'null') return fallback;
    const value = reader(parseJson(member.raw));
    if (value === undefined) this.fault ??= `${key} is ${member.raw.slice(0, 60)}`;
    return value ?? fallback;
  }
}
