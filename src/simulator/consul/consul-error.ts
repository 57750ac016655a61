/** An answer that is an error text: what the endpoint refuses a request with. */
export class ConsulRefusal extends Error {
  readonly status: number;

  constructor(status: number, text: string) {
    super(text);
    this.name = 'ConsulRefusal';
    this.status = status;
  }
}

/** The refusal of a token without the right. */
export function permissionDenied(): ConsulRefusal {
  return new ConsulRefusal(403, 'Permission denied');
}
