import type { Keys } from '../domain/keys.ts';
import type { Clock } from '../ports/clock.ts';
import type { ClusterView, Nomad } from '../ports/nomad.ts';
import type { Acting } from './acting.ts';
import type { Alarms } from './alarms.ts';
import type { Emit } from './events.ts';
import type { Outages } from './outages.ts';
import type { AgentSettings } from './settings.ts';
import type { Store } from './store.ts';
import type { Troubles } from './troubles.ts';

/** What the rounds of one group or pool work with. */
export interface RoundContext {
  readonly nomad: Nomad;
  readonly store: Store;
  readonly keys: Keys;
  readonly clock: Clock;
  /** The clock that ClusterView.freshMs is of. */
  readonly machineClock: Clock;
  /** The acting on this resource. */
  readonly acting: Acting;
  readonly emit: Emit;
  readonly alarms: Alarms;
  readonly outages: Outages;
  readonly troubles: Troubles;
  readonly settings: () => AgentSettings;
  readonly view: () => ClusterView | undefined;
}

/** What the rounds of all groups and pools share. */
export interface SharedContext extends Omit<RoundContext, 'acting'> {
  /** The acting on a resource, e.g. `job_group:web/api`. */
  readonly actingOn: (resource: string) => Acting;
}
