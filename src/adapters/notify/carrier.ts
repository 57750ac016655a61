import { lookup } from 'node:dns';
import * as http from 'node:http';
import * as https from 'node:https';
import type { LookupFunction } from 'node:net';
import type { Clock } from '../../ports/clock.ts';

/** What all senders share: a clock, and the making of connections, a new one for each POST. */
export interface Carrier {
  readonly clock: Clock;
  readonly httpAgent: http.Agent;
  readonly httpsAgent: https.Agent;
}

/** Whoever has waited so long for a name to be looked up is gone. */
const PATIENCE_MS = 5_000;

/** Holds nothing open. */
export function createCarrier(clock: Clock): Carrier {
  const options = { keepAlive: false, lookup: createTurns(clock) };
  return { clock, httpAgent: new http.Agent(options), httpsAgent: new https.Agent(options) };
}

/**
 * Looks names up one after the other: a name server that does not answer holds one of Node's few threads for that,
 * and leaves the others to whoever looks for Nomad and Consul.
 */
function createTurns(clock: Clock): LookupFunction {
  const waiting: (() => void)[] = [];
  let isBusy = false;
  const next = (): void => {
    isBusy = false;
    waiting.shift()?.();
  };
  return (name, options, answer) => {
    const askedMs = clock.monotonicMs();
    const ask = (): void => {
      if (clock.monotonicMs() - askedMs > PATIENCE_MS) {
        next();
        return answer(new Error('its turn came too late'), '', 0);
      }
      isBusy = true;
      lookup(name, options, (error, address, family) => {
        next();
        answer(error, address, family);
      });
    };
    if (isBusy) waiting.push(ask);
    else ask();
  };
}
