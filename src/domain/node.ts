import type { Resources } from './resources.ts';

/** A client node of Nomad as registered, in Nomad's words. */
export interface NodeFacts {
  readonly id: string;
  readonly name: string;
  readonly datacenter: string;
  readonly nodeClass: string;
  /** Nomad's node pool (≥ 1.6), `default` where the server knows none. Not a worker pool. */
  readonly nodePool: string;
  /** `initializing`, `ready`, `down`, `disconnected`. */
  readonly status: string;
  readonly eligible: boolean;
  readonly draining: boolean;
  readonly createIndex: number;
  readonly modifyIndex: number;
  readonly meta: Readonly<Record<string, string>>;
  readonly attributes: Readonly<Record<string, string>>;
  /** Drivers that are detected and healthy. */
  readonly drivers: readonly string[];
  /** Its resources without what is reserved. */
  readonly capacity: Resources;
  /** Attribute `unique.platform.aws.instance-id`; '' where the client knows none. */
  readonly instanceId: string;
  /** Its private addresses as the client knows them, the likeliest first. */
  readonly addresses: readonly string[];
  /** Attribute `platform.aws.placement.availability-zone`; '' where the client knows none. */
  readonly zone: string;
}

/** True for a node that takes new work: the condition of belonging to its worker pool. */
export function isReadyNode(node: NodeFacts): boolean {
  return node.status === 'ready' && node.eligible && !node.draining;
}
