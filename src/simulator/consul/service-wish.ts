import { isObject } from '../json-text.ts';
import type { Json } from '../json-text.ts';
import { ConsulRefusal } from './consul-error.ts';
import { parseGoDuration } from './go-duration.ts';
import { DecodeFault, decodeBody, membersOf, mismatch } from './request-json.ts';
import { bodyMembers, intField, type Members, textField, textsField } from './struct-fields.ts';

export type CheckStatus = 'passing' | 'warning' | 'critical';

/** A TTL check as it is asked for. */
export interface CheckWish {
  readonly ttlMs: number;
  /** How it begins. */
  readonly status: CheckStatus;
  /** 0: never. */
  readonly deregisterAfterMs: number;
}

/** A service as it is asked for. */
export interface ServiceWish {
  readonly id: string;
  readonly name: string;
  readonly tags: readonly string[];
  readonly address: string;
  readonly port: number;
  readonly check: CheckWish | undefined;
}

const STRUCT =
  'struct { EnableTagOverrideSnake bool "json:\\"enable_tag_override\\""; TaggedAddressesSnake map[string]structs.ServiceAddress "json:\\"tagged_addresses\\""; *structs.Alias }';
/** What Consul knows; the members that this server does nothing with are passed over. */
const KNOWN = new Set(
  'id name tags address port check checks kind meta weights enabletagoverride enable_tag_override token taggedaddresses tagged_addresses proxy connect'.split(
    ' ',
  ),
);
const LEAST_DEREGISTER_MS = 60_000;
const STATUSES: readonly CheckStatus[] = ['passing', 'warning', 'critical'];

/** A service's body; throws DecodeFault, or the refusal (400) of what can be read and makes no sense. */
export function readServiceWish(body: string): ServiceWish {
  const members = bodyMembers(decodeBody(body), STRUCT);
  for (const [field, { name }] of members)
    if (!KNOWN.has(field)) throw new DecodeFault(`json: unknown field ${JSON.stringify(name)}`);
  const name = textField(members, 'Name', '');
  const wish = {
    name,
    id: textField(members, 'ID', '') || name,
    tags: textsField(members, 'Tags', 'string') ?? [],
    address: textField(members, 'Address', ''),
    port: intField(members, 'Port'),
  };
  const check = checkMembers(members.get('check')?.value ?? null);
  const read = check === undefined ? undefined : readCheck(check);
  if (name === '') throw new ConsulRefusal(400, 'Missing service name');
  if (['0.0.0.0', '::', '[::]'].includes(wish.address))
    throw new ConsulRefusal(400, 'Invalid service address');
  return { ...wish, check: read === undefined ? undefined : checked(read) };
}

function checkMembers(value: Json): Members | undefined {
  if (value === null) return undefined;
  if (!isObject(value)) throw mismatch(value, 'struct field .Check', 'structs.CheckType');
  return membersOf(value);
}

interface RawCheck {
  readonly ttlMs: number;
  readonly status: string;
  readonly deregisterAfterMs: number;
}

/** Undefined for a check that says nothing. */
function readCheck(members: Members): RawCheck | undefined {
  const check = {
    ttlMs: durationField(members, 'TTL'),
    status: textField(members, 'Status', ''),
    deregisterAfterMs: durationField(members, 'DeregisterCriticalServiceAfter'),
  };
  const isSilent = check.ttlMs === 0 && check.status === '' && check.deregisterAfterMs === 0;
  return isSilent ? undefined : check;
}

function checked({ ttlMs, status, deregisterAfterMs }: RawCheck): CheckWish {
  const known = STATUSES.find((one) => one === (status === '' ? 'critical' : status));
  if (known === undefined)
    throw new ConsulRefusal(400, `Status for checks must 'passing', 'warning', 'critical'`);
  if (ttlMs <= 0) throw new ConsulRefusal(400, 'Invalid check: TTL must be > 0 for TTL checks');
  const least = deregisterAfterMs === 0 ? 0 : LEAST_DEREGISTER_MS;
  return { ttlMs, status: known, deregisterAfterMs: Math.max(deregisterAfterMs, least) };
}

function durationField(members: Members, name: string): number {
  const text = textField(members, name, '');
  if (text === '') return 0;
  const duration = parseGoDuration(text);
  if ('fault' in duration) throw new DecodeFault(duration.fault);
  return duration.ns / 1e6;
}
