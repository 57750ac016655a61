import { Agent, type AgentOptions } from 'node:http';
import { Agent as SecureAgent } from 'node:https';
import { createClient, type ClientOptions, type ConsulClient } from './client.ts';
import { isSecure } from './location.ts';
import type { CoordinationOptions, GuardedAgent } from './options.ts';
import type { WritePermit } from '../../ports/write-permit.ts';

/** The connections of the adapter. Locks have their own, so that no crowd of reads delays a renewal. */
export interface Connections {
  readonly reads: ConsulClient;
  readonly locks: ConsulClient;
  /** The connection of one write under a permit. */
  openWrite(permit: WritePermit): WriteConnection;
  destroy(): void;
}

/** Sends one write; `guard` tells how far it got, and is closed after it. */
export interface WriteConnection {
  readonly client: ConsulClient;
  readonly guard: Omit<GuardedAgent, 'agent'>;
}

/** Each blocking read holds a connection for up to half a minute; reads beyond these wait for a free one. */
const READ_SOCKETS = 32;
const LOCK_SOCKETS = 4;

/** Opens nothing until the first call. An `agent` given replaces all of it and is never destroyed here. */
export function createConnections(options: CoordinationOptions): Connections {
  const readAgent = options.agent ?? createAgent(options, READ_SOCKETS);
  const lockAgent = options.agent ?? createAgent(options, LOCK_SOCKETS);
  return {
    reads: createClient({ ...options, agent: readAgent }),
    locks: createClient({ ...options, agent: lockAgent }),
    openWrite: (permit) => openWrite(options, permit),
    destroy: () => {
      if (options.agent !== undefined) return;
      readAgent.destroy();
      lockAgent.destroy();
    },
  };
}

function openWrite(options: CoordinationOptions, permit: WritePermit): WriteConnection {
  if (options.writeAgent === undefined) return openUnguarded(options, permit);
  const guard = options.writeAgent(permit, isSecure(options.address) ? (options.tls ?? {}) : undefined);
  return { client: createClient({ ...options, agent: guard.agent }), guard };
}

/** Asks the permit in the turn in which the agent, which has no connection to wait for, gets the request. */
function openUnguarded(options: ClientOptions, permit: WritePermit): WriteConnection {
  const client = createClient(options);
  let begun = false;
  const transact: ConsulClient['transact'] = (operations, attempt) => {
    permit.assertHeld();
    begun = true;
    return client.transact(operations, attempt);
  };
  const guard = { begun: () => begun, refusal: () => undefined, close: async () => {} };
  return { client: { ...client, transact }, guard };
}

function createAgent(options: CoordinationOptions, maxSockets: number): Agent {
  const settings: AgentOptions = { keepAlive: true, maxSockets, scheduling: 'lifo' };
  return isSecure(options.address) ? new SecureAgent(settings) : new Agent(settings);
}
