import type { AgentChild } from './agent-child.ts';

/** Where the process of an agent stands: not started yet, running, or ended in one way or the other. */
export type Post = 'waiting' | 'running' | 'killed' | 'stopped';

/** What a script does to agents. Each rejects for one that is not where it has to be. */
export interface CrewOrders {
  /** SIGKILL. */
  kill(id: string): Promise<void>;
  /** SIGTERM. */
  end(id: string): Promise<void>;
  start(id: string): Promise<void>;
}

/** An agent that has ended although nobody ended it, and the last it said. */
export interface Loss {
  readonly why: string;
  readonly lastWords: readonly string[];
}

/** The processes of the agents. */
export interface Crew extends CrewOrders {
  readonly ids: readonly string[];
  readonly post: (id: string) => Post;
  startFirst(): void;
  /** Starts those that have never been started. */
  startWaiting(): void;
  readonly lost: Promise<Loss>;
  /** Ends all of them; none is started any more. */
  close(): Promise<void>;
}

export interface CrewOptions {
  /** An agent that stands alone is called ''. */
  readonly ids: readonly string[];
  readonly launch: (id: string) => AgentChild;
  /** Told before it is done. */
  readonly ordered: (id: string, post: Post) => void;
}

interface Hand {
  readonly child: AgentChild;
  post: Post;
}

/** Starts with nobody. */
export function createCrew({ ids, launch, ordered }: CrewOptions): Crew {
  const hands = new Map<string, Hand>();
  const state = { isClosed: false };
  let lose: (loss: Loss) => void = () => undefined;
  const lost = new Promise<Loss>((resolve) => {
    lose = resolve;
  });
  const start = (id: string): void => {
    if (state.isClosed) return;
    ordered(id, 'running');
    const hand: Hand = { child: launch(id), post: 'running' };
    hands.set(id, hand);
    const { ended, lastWords } = hand.child;
    void ended.then((why) => hand.post === 'running' && lose({ why, lastWords }));
  };
  const take = (id: string, post: Post): AgentChild => {
    const hand = hands.get(id);
    if (hand?.post !== 'running') throw new Error(`${id} does not run`);
    ordered(id, post);
    hand.post = post;
    return hand.child;
  };
  return {
    ids,
    lost,
    post: (id) => hands.get(id)?.post ?? 'waiting',
    startFirst: () => ids.slice(0, 1).forEach(start),
    startWaiting: () => ids.filter((id) => !hands.has(id)).forEach(start),
    kill: async (id) => take(id, 'killed').kill(),
    end: async (id) => take(id, 'stopped').stop(),
    start: async (id) => {
      if (hands.get(id)?.post === 'running') throw new Error(`${id} runs already`);
      start(id);
    },
    close: async () => {
      state.isClosed = true;
      await Promise.all([...hands.values()].map(({ child }) => child.stop()));
    },
  };
}
