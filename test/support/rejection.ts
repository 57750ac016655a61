import { PortError } from '../../src/ports/port-error.ts';

/** The PortError that a promise was rejected with; fails when it was not. */
export async function rejection(promise: Promise<unknown>): Promise<PortError> {
  const outcome = await promise.then(
    (value: unknown) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if ('error' in outcome && outcome.error instanceof PortError) return outcome.error;
  if ('error' in outcome) throw new Error(`no PortError but ${String(outcome.error)}`);
  throw new Error(`no error but ${JSON.stringify(outcome.value)}`);
}
