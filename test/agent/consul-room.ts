import { onTestFinished } from 'vitest';
import { createCoordination } from '../../src/adapters/consul/coordination.ts';
import type { AgentEvent } from '../../src/agent/events.ts';
import { createOutages, type Outages } from '../../src/agent/outages.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { Coordination } from '../../src/ports/coordination.ts';
import { type ConsulFace, createConsulFace } from '../../src/simulator/consul/consul-face.ts';
import { agentFor } from '../../src/simulator/in-memory.ts';
import { Random } from '../../src/simulator/random.ts';
import { VirtualClock } from '../../src/simulator/virtual-clock.ts';
import { Wire } from '../support/virtual-wire.ts';

/** A request to Consul, by its path and query, and when it was sent. */
export interface SentRequest {
  readonly atMs: number;
  readonly what: string;
}

/** One process's way to a simulated Consul on a clock that moves only when told to. */
export interface Room {
  readonly clock: VirtualClock;
  /** The process's own machine: its wall clock may be set. */
  readonly machine: Clock;
  readonly setWallAheadMs: (ms: number) => void;
  readonly consul: ConsulFace;
  readonly wire: Wire;
  readonly coordination: Coordination;
  readonly events: readonly AgentEvent[];
  readonly emit: (event: AgentEvent) => void;
  readonly outages: Outages;
  readonly sent: readonly SentRequest[];
  /** Times of the requests that fit, milliseconds. */
  readonly timesOf: (pattern: RegExp) => readonly number[];
  /** Events of a kind. */
  readonly told: (kind: AgentEvent['kind']) => readonly AgentEvent[];
}

/** Opens a room; `shared` puts another process beside the first. Everything is closed when the test ends. */
export function openRoom(shared?: Room): Room {
  const clock = shared?.clock ?? new VirtualClock();
  const consul = shared?.consul ?? createConsulFace({ clock, random: new Random(5) });
  const wire = new Wire();
  const sent: SentRequest[] = [];
  wire.watch(({ method, path, query }) => {
    const target = `${method} ${decodeURIComponent(path)}${query.size > 0 ? `?${String(query)}` : ''}`;
    sent.push({ atMs: clock.monotonicMs(), what: target });
    return () => undefined;
  });
  const agent = agentFor(wire.through(consul), { activity: () => clock.activity() });
  const state = { aheadMs: 0 };
  const machine: Clock = {
    now: () => clock.now() + state.aheadMs,
    monotonicMs: () => clock.monotonicMs(),
    sleep: (ms, signal) => clock.sleep(ms, signal),
    after: (ms, run) => clock.after(ms, run),
  };
  const random = new Random(6);
  const coordination = createCoordination({
    address: 'http://consul.test:8500',
    clock: machine,
    agent,
    random: () => random.next(),
  });
  onTestFinished(async () => {
    await coordination.close();
    agent.destroy();
  });
  const events: AgentEvent[] = [];
  const emit = (event: AgentEvent): void => void events.push(event);
  return {
    clock,
    machine,
    setWallAheadMs: (ms) => {
      state.aheadMs = ms;
    },
    consul,
    wire,
    coordination,
    events,
    emit,
    outages: createOutages(emit),
    sent,
    timesOf: (pattern) => sent.filter(({ what }) => pattern.test(what)).map(({ atMs }) => atMs),
    told: (kind) => events.filter((event) => event.kind === kind),
  };
}

/** A signal that nobody aborts. */
export const never = new AbortController().signal;
