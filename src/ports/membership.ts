/** The name of the Consul service that members register. */
export const SERVICE_NAME = 'replicator';

/** A member's service as it is registered with the local Consul agent. */
export interface MemberService {
  /** Unique on the Consul agent. */
  readonly id: string;
  /** The tag. */
  readonly group: string;
  /** '': that of the Consul agent's node. */
  readonly address: string;
  /** 0: none. */
  readonly port: number;
  /** How long one pass of its check lasts. */
  readonly ttlMs: number;
  /** Critical this long, it is deregistered; Consul itself looks every 30 s, and waits for a minute at least. */
  readonly deregisterAfterMs: number;
}

/** A service as the catalog has it. */
export interface ServiceEntry {
  readonly id: string;
  /** Its own, else its node's. */
  readonly address: string;
  readonly port: number;
  readonly tags: readonly string[];
  /** Name of the Consul node. */
  readonly node: string;
  /** True when its own check and those of its node pass. */
  readonly passing: boolean;
}

/** What a blocking read of services saw. `index` is handed back to the next one; 0 asks for an answer at once. */
export interface ServicesRead {
  readonly entries: readonly ServiceEntry[];
  readonly index: number;
}

/**
 * Services of members and their TTL checks, with the local Consul agent. Every method throws PortError only and is
 * one attempt; `denied` names the missing ACL rule.
 */
export interface Membership {
  /** Registers service `replicator` with a TTL check that passes from now; again, also while critical, is no error. */
  register(service: MemberService, signal: AbortSignal): Promise<void>;
  /** Passes the TTL check. `not-found` when the Consul agent does not know it, as after its restart: register again. */
  pass(id: string, signal: AbortSignal): Promise<void>;
  /** One that is not there is no error. Sessions bound to its check end, and their locks fall under lock-delay. */
  deregister(id: string, signal: AbortSignal): Promise<void>;
  /** All services `replicator` with that tag; blocks from `index` on until one changes or the wait is over. */
  services(group: string, index: number, signal: AbortSignal): Promise<ServicesRead>;
}
