import { asError } from '../../src/agent/moment.ts';
import { createDecisionRing } from '../../src/agent/decision-ring.ts';
import type { Agent } from '../../src/agent/agent.ts';
import type { AgentEvent } from '../../src/agent/events.ts';
import { createOperatorDesk } from '../../src/agent/operator/desk.ts';
import { startPulse } from '../../src/agent/pulse.ts';
import type { AgentSettings } from '../../src/agent/settings.ts';
import type { StatusSources } from '../../src/agent/status-sources.ts';
import { createStatusView, hearForView } from '../../src/agent/status-view.ts';
import { type SessionNodes, watchSessions } from '../../src/agent/watch-sessions.ts';
import { type ServerVersions, watchVersions } from '../../src/agent/watch-versions.ts';
import { findChangedOptions } from '../../src/config/changed-options.ts';
import type { HttpServer } from '../../src/http/server.ts';
import type { Served } from '../../src/http/route.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { Log } from '../../src/ports/log.ts';
import type { MetricsPage, ObserveRequest } from '../../src/ports/metrics.ts';
import type { SelfStatus } from '../../src/ports/status-view.ts';
import type { LoadedConfig } from '../load-config.ts';
import type { WiredPorts } from '../wire.ts';
import { readVersion } from '../version.ts';
import { describeOff, describeSettings } from './describe-settings.ts';

const ORIGIN = 'command/http';

/** The HTTP API of an agent, with everything that it remembers. */
export interface StatusService {
  /** `127.0.0.1:1313`, as it is listened at. */
  readonly address: string;
  readonly hear: (event: AgentEvent) => void;
  readonly observe: ObserveRequest;
  /** An agent has started, perhaps in the place of another: from now on it can be asked. */
  attach(agent: Agent, ports: Ports): void;
  /** The agent is about to stop: it is not fit for work any more. */
  leave(): void;
  close(): Promise<void>;
}

type Ports = Pick<WiredPorts, 'nomad' | 'coordination'>;

export interface StatusOptions {
  readonly loaded: () => LoadedConfig;
  readonly settings: () => AgentSettings;
  /** What this agent is called. */
  readonly name: string;
  readonly log: Log;
  readonly page: MetricsPage;
  readonly machine: Clock;
  /** That of the rounds. */
  readonly clock: Clock;
}

interface Running {
  served: Served | undefined;
  sources: StatusSources | undefined;
  nodes: SessionNodes | undefined;
  versions: ServerVersions | undefined;
}

/** Listens. A text says why that is not possible. */
export async function startStatusService(options: StatusOptions): Promise<StatusService | string> {
  const { machine, clock, settings } = options;
  const started = options.loaded();
  const ring = createDecisionRing(() => clock.now());
  const running: Running = { served: undefined, sources: undefined, nodes: undefined, versions: undefined };
  const server = await listen(options, running);
  if (typeof server === 'string') return server;
  const pulse = startPulse({ clock, machineClock: machine, settings });
  const selfOf = describeSelf(options, started, running);
  return {
    address: server.address,
    hear: (event) => hearForView({ ring, pulse }, event, running.sources),
    observe: pulse.observe,
    attach: ({ sources }, { nomad, coordination }) => {
      void Promise.all([running.nodes?.stop(), running.versions?.stop()]);
      running.sources = sources;
      pulse.attach(sources);
      const nodes = watchSessions({ coordination, clock: machine, shown: () => shownSessions(sources) });
      running.nodes = nodes;
      running.versions = watchVersions({ nomad, coordination, clock: machine });
      const view = createStatusView(sources, {
        ring,
        pulse,
        clock,
        nodeOf: (session) => nodes.of(session),
        self: selfOf,
        name: options.name,
        address: () => server.address,
      });
      const desk = createOperatorDesk({ coordination, clock: machine, keys: sources.keys });
      running.served = { view, desk, page: options.page, audit: (line) => tell(options, 'warn', line) };
    },
    leave: () => pulse.leave(),
    close: async () => {
      pulse.stop();
      await Promise.all([server.close(), running.nodes?.stop(), running.versions?.stop()]);
    },
  };
}

function shownSessions({ store, keys, session }: StatusSources): readonly string[] {
  return [store.get(keys.leader)?.session ?? '', session()];
}

/** The server, or one line about why there can be none. */
async function listen(options: StatusOptions, running: Running): Promise<HttpServer | string> {
  const { machine, log } = options;
  const { bindAddress, httpPort, httpToken } = options.loaded().config;
  const { startHttp } = await import('../../src/http/server.ts');
  try {
    const server = await startHttp({
      bindAddress,
      port: httpPort,
      token: httpToken?.reveal(),
      clock: machine,
      served: () => running.served,
      seen: ({ method, path, status, tookMs }) => {
        if (!log.writes('debug') || path === '') return;
        tell(options, 'debug', `${method} ${path}: ${status} (${Math.round(tookMs)} ms)`);
      },
      failed: (error) => tell(options, 'error', `a request could not be answered: ${asError(error).message}`),
    });
    tell(options, 'info', `the HTTP API listens at ${server.address}`);
    return server;
  } catch (error) {
    return `http_port ${httpPort} at ${bindAddress}: ${explain(error)}`;
  }
}

function tell({ log }: StatusOptions, level: 'debug' | 'info' | 'warn' | 'error', message: string): void {
  log.write({ level, origin: ORIGIN, message });
}

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'is in use by another program; -http-port=N takes another one, 0 a free one, -1 none',
  EACCES: 'this account may not listen there; -http-port=N takes another one, -1 none',
  EADDRNOTAVAIL: 'this machine does not have that address; bind_address names one that it has',
  ENOTFOUND: 'that name cannot be looked up; bind_address names an address of this machine',
};

function explain(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return REASONS[code] ?? asError(error).message;
}

function describeSelf(options: StatusOptions, started: LoadedConfig, running: Running): () => SelfStatus {
  const { clock, machine } = options;
  const startedMs = clock.now();
  const begunMs = machine.monotonicMs();
  const version = readVersion();
  return () => {
    const { config, given } = options.loaded();
    const changed = findChangedOptions(started.given, given).filter((row) => row.needsRestart === true);
    return {
      id: config.group?.serviceId ?? options.name,
      group: config.group?.name,
      version,
      startedMs,
      uptimeMs: machine.monotonicMs() - begunMs,
      servers: running.versions?.now() ?? { nomad: undefined, consul: undefined },
      off: describeOff(config, options.settings().clusterScalingDisabled),
      settings: describeSettings(given),
      pending: changed.map(({ key }) => key),
    };
  };
}
