import { isPortError, type PortError } from '../../src/ports/port-error.ts';
import { plain } from '../../src/domain/plain.ts';

/** `unknown`: it can only be seen by trying it. `warning`: it works, and somebody should look at it. */
export type CheckOutcome = 'ok' | 'fault' | 'warning' | 'unknown';

/** One thing that was looked at. */
export interface CheckItem {
  readonly service: 'Nomad' | 'Consul' | 'AWS';
  /** `namespace:read-job`, `version`. */
  readonly what: string;
  readonly outcome: CheckOutcome;
  /** What was found, or what is missing and what to do; '' where `what` says it all. */
  readonly detail: string;
  /** The ACL rule or IAM action that is missing. */
  readonly missing?: string;
}

/** Collects what was found out about one service. */
export class Items {
  readonly list: CheckItem[] = [];
  readonly #service: CheckItem['service'];

  constructor(service: CheckItem['service']) {
    this.#service = service;
  }

  add(outcome: CheckOutcome, what: string, detail = ''): void {
    this.list.push({ service: this.#service, what, outcome, detail: plain(detail) });
  }

  missing(what: string, rule: string, detail = ''): void {
    const text = plain(detail === '' ? `missing: ${rule}` : `missing: ${rule}; ${detail}`);
    this.list.push({ service: this.#service, what, outcome: 'fault', detail: text, missing: rule });
  }

  /** What a call that failed tells; anything but a PortError passes through. */
  failed(what: string, error: unknown): void {
    if (!isPortError(error)) throw error;
    const rule = error.kind === 'denied' ? error.detail.permission : undefined;
    if (rule === undefined) this.add('fault', what, wordsOf(error));
    else this.missing(what, rule, wordsOf(error));
  }

  /** Runs one look; its failure is an item of that name, and undefined. */
  async look<T>(what: string, run: () => Promise<T>): Promise<T | undefined> {
    try {
      return await run();
    } catch (error) {
      this.failed(what, error);
      return undefined;
    }
  }
}

function wordsOf({ detail }: PortError): string {
  return `${detail.doing}: ${detail.text}`;
}
