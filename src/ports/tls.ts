/** How a server is met over TLS: file contents as PEM text. An absent member means Node's default. */
export interface TlsOptions {
  readonly caCert?: string | undefined;
  readonly clientCert?: string | undefined;
  readonly clientKey?: string | undefined;
  /** Name that is sent and that the server's certificate must carry, if not the address's host. */
  readonly serverName?: string | undefined;
  /** True accepts any certificate. */
  readonly skipVerify?: boolean | undefined;
}
