/** Says when something has lasted long enough to be told, and when it has been gone as long. */
export interface Lasting {
  /** One look. Undefined: nobody can tell just now, which changes nothing. */
  saw(holds: boolean | undefined): 'began' | 'ended' | undefined;
  /** True from its beginning to its end. */
  lasts(): boolean;
}

/** So many looks in a row: what comes and goes from round to round is told once. */
export const LOOKS = 3;

/** Starts as not there. */
export function createLasting(looks: number): Lasting {
  let lasts = false;
  let against = 0;
  return {
    lasts: () => lasts,
    saw: (holds) => {
      if (holds === undefined) return undefined;
      against = holds === lasts ? 0 : against + 1;
      if (against < looks) return undefined;
      against = 0;
      lasts = holds;
      return lasts ? 'began' : 'ended';
    },
  };
}
