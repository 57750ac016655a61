/** What a server tells about itself. */
export interface ServerFacts {
  /** `1.8.7`; '' where the token may not ask. Of several servers the lowest. */
  readonly version: string;
  /** The server's clock minus this machine's, milliseconds, to about half a second; undefined where no answer told. */
  readonly clockAheadMs: number | undefined;
}

/** What a Nomad token may do, as far as it can be read. */
export type NomadAccess =
  | { readonly kind: 'all'; readonly why: string }
  | {
      readonly kind: 'rules';
      readonly policies: readonly { readonly name: string; readonly rules: string }[];
    }
  | { readonly kind: 'unknown'; readonly why: string };

/** A change that Nomad can only refuse: of a job, or a node, that is not there. */
export type RefusableWrite = 'scale-job' | 'submit-job' | 'node-write';

/** Looks into a Nomad for what an agent will need. Methods throw PortError only. */
export interface NomadInspector {
  about(signal: AbortSignal): Promise<ServerFacts>;
  /** `denied` for a token that Nomad does not know. */
  access(signal: AbortSignal): Promise<NomadAccess>;
  /** Namespaces that the token can see; `default` alone where Nomad has none. */
  namespaces(signal: AbortSignal): Promise<readonly string[]>;
  /** Sends what can only be refused, and answers whether it was refused for want of rights. */
  isDenied(write: RefusableWrite, namespace: string, signal: AbortSignal): Promise<boolean>;
}

/** One right in Consul's words. */
export interface ConsulRight {
  readonly resource: 'key' | 'session' | 'service';
  readonly access: 'read' | 'write' | 'list';
  /** The key, the node of the session, or the service's name. */
  readonly segment: string;
}

/** Looks into a Consul for what an agent will need. Methods throw PortError only. */
export interface ConsulInspector {
  /** With the name of the node whose agent answers; '' where the token may not ask. */
  about(signal: AbortSignal): Promise<ServerFacts & { readonly node: string }>;
  /** Which of the rights the token has, in their order; undefined where Consul does not tell. */
  allowed(rights: readonly ConsulRight[], signal: AbortSignal): Promise<readonly boolean[] | undefined>;
  /** Nodes of the sessions of that name that the token can see. */
  sessionNodes(name: string, signal: AbortSignal): Promise<readonly string[]>;
}

/** Looks into AWS for what an agent will need. Methods throw PortError only: `denied` names the IAM action. */
export interface AwsInspector {
  /**
   * Asks EC2 whether the instance might be terminated (DryRun): nothing is. An endpoint that is not AWS's own might
   * not know DryRun: it is asked about an instance that cannot exist.
   */
  mayTerminate(region: string, instanceId: string, signal: AbortSignal): Promise<void>;
  /** Updates a group with nothing. */
  mayUpdate(region: string, group: string, signal: AbortSignal): Promise<void>;
}

/** A server's clock minus this machine's by a Date header: its seconds are whole, cut off. `middleMs`: halfway of the call. */
export function clockAheadBy(date: string | undefined, middleMs: number): number | undefined {
  const serverMs = Date.parse(date ?? '');
  return Number.isNaN(serverMs) ? undefined : serverMs + 500 - middleMs;
}
