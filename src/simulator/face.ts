/** One HTTP request as a face sees it, whatever carried it here. Header names are lower case. */
export interface FaceRequest {
  readonly method: string;
  /** Path without query, still percent-encoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Aborted when the caller hangs up; a blocking query then answers nobody. */
  readonly signal: AbortSignal;
}

/** One HTTP answer. `body` is sent as it is; the face sets content-type itself. */
export interface FaceResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** What follows the body piece by piece, until it ends or the request's signal is aborted. */
  readonly stream?: AsyncIterable<string>;
}

/** A server's wire protocol over the simulated world: no sockets, no timers but the world's clock. */
export interface Face {
  handle(request: FaceRequest): Promise<FaceResponse>;
}
