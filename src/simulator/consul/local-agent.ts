import type { Clock } from '../../ports/clock.ts';
import type { CheckStatus, ServiceWish } from './service-wish.ts';

/** A check as the agent knows it. */
export interface LocalCheck {
  readonly status: CheckStatus;
  readonly output: string;
}

/** A service as the agent knows it. */
export interface LocalService {
  readonly wish: ServiceWish;
  readonly check: LocalCheck | undefined;
}

interface Kept extends LocalService {
  criticalSinceMs: number | undefined;
  cancelExpiry: () => void;
  cancelReaping: () => void;
}

const REAP_INTERVAL_MS = 30_000;
const nothing = (): void => undefined;

/**
 * The agent's own services and TTL checks: what it is told, and what time does to it. `changed` is called with the id
 * of a service that the servers are to hear of.
 */
export class LocalAgent {
  readonly #clock: Clock;
  readonly #changed: (id: string) => void;
  readonly #services = new Map<string, Kept>();
  readonly #startedMs: number;

  constructor(clock: Clock, changed: (id: string) => void) {
    this.#clock = clock;
    this.#changed = changed;
    this.#startedMs = clock.monotonicMs();
  }

  get(id: string): LocalService | undefined {
    return this.#services.get(id);
  }

  /** A check that is there already keeps its status; its TTL begins anew. */
  register(wish: ServiceWish): void {
    const before = this.#services.get(wish.id);
    this.#forget(wish.id);
    const { status = 'critical' } = wish.check ?? {};
    const check = wish.check === undefined ? undefined : (before?.check ?? { status, output: '' });
    this.#keep({ wish, check }, before?.criticalSinceMs);
    this.#changed(wish.id);
  }

  /** False when there is none. */
  deregister(id: string): boolean {
    if (!this.#services.has(id)) return false;
    this.#forget(id);
    this.#changed(id);
    return true;
  }

  /** A sign of life, or of death: false when the service has no TTL check. */
  update(id: string, check: LocalCheck): boolean {
    const kept = this.#services.get(id);
    if (kept?.wish.check === undefined) return false;
    this.#replace(kept, check);
    return true;
  }

  /** Stops every timer. */
  stop(): void {
    for (const id of this.#services.keys()) this.#forget(id);
  }

  #replace(before: Kept, check: LocalCheck): void {
    const { id } = before.wish;
    this.#forget(id);
    this.#keep({ wish: before.wish, check }, before.criticalSinceMs);
    if (before.check?.status !== check.status) this.#changed(id);
  }

  #keep(service: LocalService, criticalSinceMs: number | undefined): void {
    const isCritical = service.check?.status === 'critical';
    const kept: Kept = {
      ...service,
      criticalSinceMs: isCritical ? (criticalSinceMs ?? this.#clock.monotonicMs()) : undefined,
      cancelExpiry: nothing,
      cancelReaping: nothing,
    };
    const { check, id } = service.wish;
    this.#services.set(id, kept);
    if (check === undefined) return;
    if (isCritical) kept.cancelReaping = this.#planReaping(kept, check.deregisterAfterMs);
    else kept.cancelExpiry = this.#clock.after(check.ttlMs, () => this.#expire(kept));
  }

  #expire(kept: Kept): void {
    this.#replace(kept, { status: 'critical', output: 'TTL expired' });
  }

  /** The agent looks every 30 s for checks that have been critical for longer than they may be. */
  #planReaping({ wish, criticalSinceMs = 0 }: Kept, afterMs: number): () => void {
    if (afterMs === 0) return nothing;
    const dueMs = criticalSinceMs + afterMs - this.#startedMs;
    const lookMs = (Math.floor(dueMs / REAP_INTERVAL_MS) + 1) * REAP_INTERVAL_MS;
    const restMs = this.#startedMs + lookMs - this.#clock.monotonicMs();
    return this.#clock.after(restMs, () => this.deregister(wish.id));
  }

  #forget(id: string): void {
    const kept = this.#services.get(id);
    kept?.cancelExpiry();
    kept?.cancelReaping();
    this.#services.delete(id);
  }
}
