/** An answer that is an error text: what the endpoint refuses a request with. */
export class ConsulRefusal extends Error {
  readonly status: number;

  constructor(status: number, text: string) {
    super(text);
    this.name = 'ConsulRefusal';
    this.status = status;
  }
}

/** The refusal of a token without the right; the agent's own endpoints say which is `missing`. */
export function permissionDenied(missing?: string): ConsulRefusal {
  const which = missing === undefined ? '' : `: Missing ${missing}`;
  return new ConsulRefusal(403, `Permission denied${which}`);
}
