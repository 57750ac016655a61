/** Requests and answers' bodies of one endpoint. */
export interface EndpointCount {
  readonly requests: number;
  readonly bytes: number;
}

/** What one server was asked, by endpoint. */
export type ServerCounts = Readonly<Record<string, EndpointCount>>;

/** What the simulator's process saw since it was last told to begin anew. */
export interface SimulatorReport {
  readonly nomad: ServerCounts;
  readonly consul: ServerCounts;
  readonly aws: ServerCounts;
  /** Sockets open now, and the most there ever were. */
  readonly nomadSockets: number;
  readonly nomadSocketsMax: number;
  readonly consulSockets: number;
  readonly cpuSeconds: number;
  readonly running: number;
}

/** Where the simulator's process serves. */
export interface SimulatorAddresses {
  readonly nomad: string;
  readonly consul: string;
  readonly aws: string;
}

/** Changes that happen by themselves while the agent is looked at. */
export interface Churn {
  /** Jobs that are registered anew each second, one more or one less of their group. */
  readonly jobsPerSecond: number;
}
