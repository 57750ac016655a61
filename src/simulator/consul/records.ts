import type { WireValue } from './wire-json.ts';

/** One key. `value` is base64 (empty for no value), `session` empty when nobody holds it. */
export interface KvEntry {
  readonly key: string;
  readonly value: string;
  readonly flags: bigint;
  readonly session: string;
  readonly lockIndex: number;
  readonly createIndex: number;
  readonly modifyIndex: number;
}

/** The check that Consul itself keeps of each node. */
export const NODE_CHECK = 'serfHealth';

export interface ServiceCheck {
  readonly id: string;
  readonly namespace: string;
}

/** One session. A lock-delay may be anything a client sent; only 0 < delay ≤ 60 s has an effect in full. */
export interface ConsulSession {
  readonly id: string;
  readonly name: string;
  readonly node: string;
  readonly lockDelayNs: number;
  readonly behavior: 'release' | 'delete';
  /** As the client wrote it; empty for none. */
  readonly ttl: string;
  readonly ttlMs: number;
  readonly nodeChecks: readonly string[] | null;
  readonly serviceChecks: readonly ServiceCheck[] | null;
  /** What was asked for under the older name. */
  readonly checks: readonly string[];
  readonly createIndex: number;
  readonly modifyIndex: number;
}

/** The key as `GET /v1/kv` sends it; transactions leave the value of what they wrote or checked out. */
export function entryOnWire(entry: KvEntry, withValue = true): WireValue {
  return {
    LockIndex: entry.lockIndex,
    Key: entry.key,
    Flags: entry.flags,
    Value: withValue && entry.value !== '' ? entry.value : null,
    Session: entry.session === '' ? undefined : entry.session,
    CreateIndex: entry.createIndex,
    ModifyIndex: entry.modifyIndex,
  };
}

/** The ids of all checks that a session is bound to. */
export function sessionChecks({ checks, nodeChecks, serviceChecks }: ConsulSession): readonly string[] {
  return [...checks, ...(nodeChecks ?? []), ...(serviceChecks ?? []).map(({ id }) => id)];
}

/** The session as `/v1/session/info`, `list`, `node` and `renew` send it. */
export function sessionOnWire(session: ConsulSession): WireValue {
  return {
    ID: session.id,
    Name: session.name,
    Node: session.node,
    LockDelay: session.lockDelayNs,
    Behavior: session.behavior,
    TTL: session.ttl,
    NodeChecks: session.nodeChecks,
    ServiceChecks:
      session.serviceChecks?.map(({ id, namespace }) => ({ ID: id, Namespace: namespace })) ?? null,
    Checks: session.checks.length === 0 ? undefined : session.checks,
    CreateIndex: session.createIndex,
    ModifyIndex: session.modifyIndex,
  };
}
