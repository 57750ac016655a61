import type { MetricsPage } from '../ports/metrics.ts';
import type { OperatorDesk } from '../ports/operator-desk.ts';
import type { StatusView } from '../ports/status-view.ts';
import type { Answer } from './answer.ts';
import type { Parameter, Query } from './query.ts';
import type { Schema } from './schema.ts';

/** What the routes are answered from. */
export interface Served {
  readonly view: StatusView;
  readonly desk: OperatorDesk;
  readonly page: MetricsPage;
  /** Told of each change that somebody has made: one line for the log. */
  readonly audit: (line: string) => void;
}

/** A request that has passed every check. */
export interface RouteRequest {
  readonly query: Query;
  /** As its schema says; undefined where the route takes none. */
  readonly body: unknown;
  /** The address it comes from. */
  readonly remote: string;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
}

/** What a status means at a route. Without a schema it is one line of text. */
export interface RouteAnswer {
  readonly status: number;
  readonly meaning: string;
  readonly schema?: Schema;
}

/** One row of the table: requests are dispatched by it, and the documentation is made from it. */
export interface Route {
  readonly method: 'GET' | 'PUT';
  readonly path: string;
  /** One sentence without a full stop. */
  readonly summary: string;
  readonly parameters?: readonly Parameter[];
  /** Of a JSON body that must be there. */
  readonly body?: Schema;
  /** True where `http_token` is asked for. */
  readonly isGuarded?: true;
  readonly answers: readonly RouteAnswer[];
  readonly run: (served: Served, request: RouteRequest) => Answer | Promise<Answer>;
}
