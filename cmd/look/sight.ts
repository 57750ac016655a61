import { flag, list, maybe, record, text, type WireOf, word } from '../../src/http/shape.ts';
import { leader, members } from '../../src/http/shapes/agent-shapes.ts';
import { groupStatus } from '../../src/http/shapes/group-shapes.ts';
import { flagStatus } from '../../src/http/shapes/operator-shapes.ts';
import { poolStatus } from '../../src/http/shapes/pool-shapes.ts';

export type GroupWire = WireOf<typeof groupStatus>;
export type PoolWire = WireOf<typeof poolStatus>;
export type MembersWire = WireOf<typeof members>;
export type FlagWire = WireOf<typeof flagStatus>;

/** An agent that was asked. `error`: '' for one that answered. */
export interface AskedAgent {
  readonly address: string;
  readonly error: string;
}

/** Everything that is to be seen from outside, and where it was seen. */
export interface Sight {
  readonly source: 'agents' | 'consul';
  readonly agents: readonly AskedAgent[];
  /** What is therefore not known, one sentence each. */
  readonly missing: readonly string[];
  readonly leader: WireOf<typeof leader>;
  readonly team: MembersWire;
  readonly failsafe: FlagWire;
  readonly paused: FlagWire;
  readonly groups: readonly GroupWire[];
  readonly pools: readonly PoolWire[];
}

/** What is already in the form of the HTTP API. */
function wire<Wire>({ schema }: { readonly schema: object; readonly encode: (value: never) => Wire }) {
  return { schema, encode: (value: Wire) => value };
}

const asked = record<AskedAgent>()('AskedAgent', (field) => ({
  address: field(text, '`host:port`', (one) => one.address),
  answered: field(flag, 'it did', (one) => one.error === ''),
  error: field(text, 'why not, empty where it did', (one) => one.error),
}));

/** `replicator status --json`. */
export const sightShape = record<Sight>()('Status', (field) => ({
  source: field(word(['agents', 'consul']), 'who told it', (one) => one.source),
  agents: field(list(asked), 'the agents that were asked', (one) => one.agents),
  missing: field(list(text), 'what is not known, one sentence each', (one) => one.missing),
  leader: field(wire(leader), 'as /v1/status/leader', (one) => one.leader),
  group: field(
    maybe(text),
    'name of the group of agents; null: standalone',
    (one) => one.team.group ?? undefined,
  ),
  members: field(wire(members), 'as /v1/status/members', (one) => one.team),
  failsafe: field(wire(flagStatus), 'as /v1/failsafe', (one) => one.failsafe),
  paused: field(wire(flagStatus), 'as /v1/pause', (one) => one.paused),
  groups: field(wire(list(groupStatus)), 'as in /v1/groups, of the agent that acts', (one) => one.groups),
  pools: field(wire(list(poolStatus)), 'as in /v1/pools, of the agent that acts', (one) => one.pools),
}));
