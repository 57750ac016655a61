/** What the SDK threw, as far as errors look at it. */
export interface Thrown {
  /** AWS's error code, or the error's name. */
  readonly code: string;
  readonly text: string;
  /** HTTP status of the answer, if there was one. */
  readonly status: number | undefined;
  /** True when the answer was an error as AWS words them. */
  readonly isAnswer: boolean;
  /** A header of the answer, by its lower-case name. */
  header(name: string): string | undefined;
}

/** Takes an error apart; only what is a text or a number is taken over. */
export function takeApart(error: unknown): Thrown {
  const [name, message] = [get(error, 'name'), get(error, 'message')];
  const status = get(get(error, '$metadata'), 'httpStatusCode');
  const code = typeof name === 'string' ? name : 'Error';
  return {
    code,
    text: typeof message === 'string' ? message : '',
    status: typeof status === 'number' ? status : undefined,
    isAnswer: get(error, '$fault') !== undefined && code !== 'Unknown',
    header: (header) => {
      const value = get(get(get(error, '$response'), 'headers'), header);
      return typeof value === 'string' ? value : undefined;
    },
  };
}

/** Node's code of an error that is, or that was caused by, a failed connection; '' for none. */
export function connectionCode(error: unknown): string {
  const [code, cause] = [get(error, 'code'), get(error, 'cause')];
  if (typeof code === 'string') return code;
  return cause === undefined ? '' : connectionCode(cause);
}

/** Where a failed connection was to lead: `host`, `address:port`; '' where the error does not say. */
export function targetOf(error: unknown): string {
  const [hostname, address, port] = [get(error, 'hostname'), get(error, 'address'), get(error, 'port')];
  if (typeof hostname === 'string') return hostname;
  if (typeof address === 'string') return typeof port === 'number' ? `${address}:${port}` : address;
  const errors = get(error, 'errors');
  const inner: unknown = Array.isArray(errors) ? errors[0] : get(error, 'cause');
  return inner === undefined ? '' : targetOf(inner);
}

function get(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
