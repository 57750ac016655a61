import type { Clock } from '../ports/clock.ts';
import type { ClusterListener, ClusterView, FollowScope, Nomad } from '../ports/nomad.ts';
import type { PortError } from '../ports/port-error.ts';

/** A view of the whole cluster. Its lists go on being heard, and so stay fresh, until `stop`. */
export interface Look {
  readonly view: () => ClusterView;
  /** What could not be read: nodes, single jobs. */
  readonly failures: readonly PortError[];
  readonly stop: () => Promise<void>;
}

/** Nodes that cannot be read are waited for no longer than this. */
const NODES_MS = 15_000;

/** Follows Nomad's lists until all of them have been heard. Rejects with PortError when jobs or allocations cannot be read. */
export async function lookOnce(
  { nomad, clock }: { readonly nomad: Nomad; readonly clock: Clock },
  scope: FollowScope,
  signal: AbortSignal,
): Promise<Look> {
  const looking = new Looking(scope.nodes);
  const stop = nomad.follow(looking, scope);
  const cancel = clock.after(NODES_MS, () => looking.hasEnough());
  const abort = (): void => looking.giveUp(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    await looking.whole;
    return { view: () => looking.view(), failures: looking.failures, stop };
  } catch (error) {
    await stop();
    throw error;
  } finally {
    cancel();
    signal.removeEventListener('abort', abort);
  }
}

/** Waits until what it was told is a whole view. */
class Looking implements ClusterListener {
  readonly failures: PortError[] = [];
  readonly whole: Promise<void>;
  #waitsForNodes: boolean;
  #view: ClusterView | undefined;
  #resolve: () => void = () => undefined;
  #reject: (reason: unknown) => void = () => undefined;

  constructor(waitsForNodes: boolean) {
    this.#waitsForNodes = waitsForNodes;
    this.whole = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  view(): ClusterView {
    if (this.#view) return this.#view;
    throw new Error('nothing has been seen yet');
  }

  changed(view: ClusterView): void {
    this.#view = view;
    if (!this.#waitsForNodes || view.nodes?.unread.length === 0) this.#resolve();
  }

  failed(list: string, error: PortError): void {
    this.failures.push(error);
    if (list === 'jobs' || list === 'allocations') this.giveUp(error);
    if (list === 'nodes') this.hasEnough();
  }

  recovered(): void {
    // What has failed once is told: the look is over soon.
  }

  /** Nodes are not waited for any more. */
  hasEnough(): void {
    this.#waitsForNodes = false;
    if (this.#view) this.#resolve();
  }

  giveUp(reason: unknown): void {
    this.#reject(reason);
  }
}
