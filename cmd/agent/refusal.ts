/** A reason, told once, for which the agent cannot go on. */
export interface Refusal {
  readonly refuse: (why: string) => void;
  /** Resolves to the reason; never without one. */
  readonly told: Promise<string>;
}

/** Starts with no reason. */
export function createRefusal(): Refusal {
  let refuse: (why: string) => void = () => undefined;
  const told = new Promise<string>((resolve) => {
    refuse = resolve;
  });
  return { refuse: (why) => refuse(why), told };
}
