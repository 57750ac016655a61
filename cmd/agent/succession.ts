/** Something that works until it is closed. */
export interface Working<T> {
  readonly it: T;
  close(): Promise<void>;
}

/** One after the other of the same kind, never two at once. */
export interface Succession<T> {
  current(): T;
  /** Closes the one there is and starts another in its place; asked for again meanwhile, once more. */
  renew(): void;
  /** Ends the last one; none is started any more. */
  close(): Promise<void>;
}

/** `start` starts the first and each that follows; one that cannot be started is tried again by whoever renews. */
export async function startSuccession<T>(
  start: () => Promise<Working<T>>,
  failed: (error: unknown) => void,
): Promise<Succession<T>> {
  const state = { working: await start(), isWanted: false, isClosed: false };
  let renewing: Promise<void> = Promise.resolve();
  const renewOnce = async (): Promise<void> => {
    if (!state.isWanted || state.isClosed) return;
    state.isWanted = false;
    try {
      await state.working.close();
      state.working = await start();
    } catch (error) {
      failed(error);
    }
  };
  return {
    current: () => state.working.it,
    renew: () => {
      state.isWanted = true;
      renewing = renewing.then(renewOnce);
    },
    close: async () => {
      state.isClosed = true;
      await renewing;
      await state.working.close();
    },
  };
}
