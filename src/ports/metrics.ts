import type { CounterName, GaugeName, HistogramName, LabelsOf, MetricName } from '../domain/metric-table.ts';
import type { CounterPath } from '../domain/statsd-counters.ts';
import type { Clock } from './clock.ts';
import { isPortError, type PortErrorKind } from './port-error.ts';

/** Where figures with labels are kept until somebody reads them. Nothing here waits, throws or calls out. */
export interface Metrics {
  add<Name extends CounterName>(name: Name, labels: LabelsOf<Name>): void;
  set<Name extends GaugeName>(name: Name, labels: LabelsOf<Name>, value: number): void;
  observe<Name extends HistogramName>(name: Name, labels: LabelsOf<Name>, value: number): void;
  /** Forgets one series; one that is not there is no error. */
  drop<Name extends MetricName>(name: Name, labels: LabelsOf<Name>): void;
  /** Forgets all series of a metric. */
  clear(name: MetricName): void;
  /** The values that a label has just now, in any metric. */
  valuesOf(label: ResourceLabel): readonly string[];
  /** Forgets all series of all metrics that have this value of a label: the resource is gone. */
  forget(label: ResourceLabel, value: string): void;
  /** `run` is called before each reading, to bring figures up to date. */
  beforeReading(run: () => void): void;
}

/** The labels whose values come and go. */
export type ResourceLabel = 'group' | 'pool';

/** The figures as text, for whoever collects them. */
export interface MetricsPage {
  readonly contentType: string;
  text(): Promise<string>;
}

/** Counters without labels, sent off at once. Nothing here waits, throws or tells whether it arrived. */
export interface Counters {
  count(path: CounterPath): void;
}

/** One request as it ended. `watch`: a blocking read, which takes as long as nothing changes. */
export interface RequestSeen {
  readonly api: 'nomad' | 'consul' | 'aws';
  readonly call: 'read' | 'watch' | 'write';
  readonly outcome: 'ok' | PortErrorKind;
  readonly tookMs: number;
}

/** Told by adapters of every request they have made. */
export type ObserveRequest = (request: RequestSeen) => void;

/** What is observed of one request before it is made. */
export interface Observation extends Pick<RequestSeen, 'api' | 'call'> {
  readonly clock: Clock;
  /** Undefined: nobody wants to know. */
  readonly observe: ObserveRequest | undefined;
}

/** Makes one request and tells how it went. What it answers or throws passes through. */
export async function observed<T>(of: Observation, request: () => Promise<T>): Promise<T> {
  const { clock, observe, api, call } = of;
  if (observe === undefined) return request();
  const startedMs = clock.monotonicMs();
  const tell = (outcome: RequestSeen['outcome']): void =>
    observe({ api, call, outcome, tookMs: clock.monotonicMs() - startedMs });
  try {
    const answer = await request();
    tell('ok');
    return answer;
  } catch (error) {
    tell(isPortError(error) ? error.kind : 'invalid');
    throw error;
  }
}
