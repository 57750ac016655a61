import type { LocalService } from './local-agent.ts';
import type { CheckStatus } from './service-wish.ts';

/** A TTL check as the servers know it. */
export interface CatalogCheck {
  readonly id: string;
  readonly status: CheckStatus;
  readonly output: string;
  readonly createIndex: number;
  readonly modifyIndex: number;
}

/** A service as the servers know it. */
export interface CatalogService {
  readonly id: string;
  readonly name: string;
  readonly tags: readonly string[];
  readonly address: string;
  readonly port: number;
  readonly check: CatalogCheck | undefined;
  readonly createIndex: number;
  readonly modifyIndex: number;
}

/** The id of a service's check. */
export function checkIdOf(serviceId: string): string {
  return `service:${serviceId}`;
}

const FIRST_INDEX = 12;

/** The services of the one node, and the indexes that reads of a name answer with. */
export class CatalogTable {
  readonly #services = new Map<string, CatalogService>();
  /** By name in lower case. */
  readonly #indexes = new Map<string, number>();
  #newest = FIRST_INDEX;
  /** When a name last lost its last service. */
  #extinct: number | undefined;

  /** Takes over what the agent has; a change of nothing leaves no trace. True for a change. */
  put({ wish, check }: LocalService, index: number): boolean {
    const before = this.#services.get(wish.id);
    const { id, name, tags, address, port } = wish;
    const facts = { id, name, tags, address, port };
    const isOld = before !== undefined && isSame(facts, before);
    const own = isOld ? before : { createIndex: before?.createIndex ?? index, modifyIndex: index };
    const ofCheck = check && checkAfter(before?.check, { ...check, id: checkIdOf(id) }, index);
    if (isOld && ofCheck === before.check) return false;
    const { createIndex, modifyIndex } = own;
    this.#services.set(id, { ...facts, check: ofCheck, createIndex, modifyIndex });
    this.#stamp(name, index);
    return true;
  }

  remove(id: string, index: number): boolean {
    const service = this.#services.get(id);
    if (service === undefined) return false;
    this.#services.delete(id);
    this.#stamp(service.name, index);
    if (this.list(service.name).length === 0) this.#extinct = index;
    return true;
  }

  get(id: string): CatalogService | undefined {
    return this.#services.get(id);
  }

  /** All of a name, in the order of their ids; case does not matter. */
  list(name: string): readonly CatalogService[] {
    return this.all().filter((service) => service.name.toLowerCase() === name.toLowerCase());
  }

  all(): readonly CatalogService[] {
    return [...this.#services.values()].toSorted((left, right) => (left.id < right.id ? -1 : 1));
  }

  indexOf(name: string): number {
    const own = this.list(name).length > 0 ? this.#indexes.get(name.toLowerCase()) : this.#extinct;
    return own ?? this.#newest;
  }

  /** The status of a service's check by the check's id; undefined when there is no such check. */
  statusOf(checkId: string): CheckStatus | undefined {
    return this.all().find(({ check }) => check?.id === checkId)?.check?.status;
  }

  #stamp(name: string, index: number): void {
    this.#indexes.set(name.toLowerCase(), index);
    this.#newest = index;
  }
}

function isSame(facts: object, before: CatalogService): boolean {
  const { check: _check, createIndex: _created, modifyIndex: _modified, ...known } = before;
  return JSON.stringify(facts) === JSON.stringify(known);
}

function checkAfter(
  before: CatalogCheck | undefined,
  { id, status, output }: Pick<CatalogCheck, 'id' | 'status' | 'output'>,
  index: number,
): CatalogCheck {
  if (before?.status === status && before.output === output) return before;
  return { id, status, output, createIndex: before?.createIndex ?? index, modifyIndex: index };
}
