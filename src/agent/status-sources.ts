import type { DiscoveredPool } from '../domain/discover-pools.ts';
import type { ResourceType } from '../domain/scaling-state.ts';
import type { ClusterView } from '../ports/nomad.ts';
import type { AnswerSources } from './agent-readings.ts';

/** What the state of an agent is shown from; it reads nothing but memory. */
export interface StatusSources extends AnswerSources {
  /** The lists as they were last heard. */
  readonly view: () => ClusterView | undefined;
  /** Consul's id of the agent's own session; '' without one. */
  readonly session: () => string;
  /** Numbers of the partitions whose locks are held. */
  readonly held: () => readonly number[];
  /** True when this agent acts on a resource now, by the name people give it. */
  readonly isOurs: (type: ResourceType, id: string) => boolean;
}

/** What lists of resources are made of; a pool of which only its state is known is undefined. */
export interface ListSources extends Pick<StatusSources, 'store' | 'keys' | 'groups' | 'isOurs' | 'view'> {
  readonly pools: () => ReadonlyMap<string, DiscoveredPool | undefined>;
}
