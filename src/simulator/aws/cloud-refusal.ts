/** A call that AWS refuses: the error's code, its text, and the HTTP status it comes with. */
export class CloudRefusal extends Error {
  readonly code: string;
  readonly status: number;

  constructor(code: string, message: string, status = 400) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

/** What Auto Scaling refuses for its arguments. */
export function validationError(message: string): CloudRefusal {
  return new CloudRefusal('ValidationError', message);
}
