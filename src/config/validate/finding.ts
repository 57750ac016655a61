import { type ConfigFault, formatFault } from '../fault.ts';

/** `fault`: it will not work. `warning`: it works, but hardly as meant. `notice`: what could not be looked at, and why. */
export type Severity = 'fault' | 'warning' | 'notice';

/** One thing that was found in a document. */
export interface Finding extends ConfigFault {
  readonly severity: Severity;
}

/** `<file>:<line>: <key>: <message>`; what is no fault is called by its name before the message. */
export function formatFinding({ severity, message, ...place }: Finding): string {
  return formatFault({ ...place, message: severity === 'fault' ? message : `${severity}: ${message}` });
}

/** Where something stands in its document. */
export interface Place {
  readonly line: number;
  readonly key?: string | undefined;
}

/** Findings of one file. */
export class Findings {
  readonly #file: string;
  readonly #list: Finding[] = [];
  #isPartial = false;

  constructor(file: string) {
    this.#file = file;
  }

  add(severity: Severity, { line, key }: Place, message: string): void {
    this.#list.push({ severity, file: this.#file, line, key, message });
  }

  /** Faults of syntax: what stands behind them may have been lost, so that nothing can be said to be missing. */
  addSyntaxFaults(faults: readonly ConfigFault[]): void {
    this.#isPartial ||= faults.length > 0;
    this.addFaults(faults);
  }

  get isPartial(): boolean {
    return this.#isPartial;
  }

  addFaults(faults: readonly ConfigFault[]): void {
    for (const fault of faults) this.#list.push({ severity: 'fault', file: this.#file, ...fault });
  }

  /** In the order of their lines. */
  get all(): readonly Finding[] {
    return this.#list.toSorted((one, other) => (one.line ?? 0) - (other.line ?? 0));
  }
}
