import type { Face, FaceRequest, FaceResponse } from '../../src/simulator/face.ts';

/** Which request is meant. */
export type Match = (request: FaceRequest) => boolean;

/**
 * `lose-request`: never arrives. `lose-answer`: is served, its answer never comes. `hold`: waits on its way to the
 * server. `hold-answer`: is served at once, its answer waits on its way back.
 */
type Mishap =
  | { readonly kind: 'lose-request' | 'lose-answer'; readonly match: Match; readonly met: () => void }
  | {
      readonly kind: 'hold' | 'hold-answer';
      readonly match: Match;
      readonly until: Promise<void>;
      readonly met: () => void;
    };

/** One agent's way to one server: may be cut, and may lose or hold single requests. Nothing is refused: it hangs. */
export class Wire {
  private readonly mishaps: Mishap[] = [];
  private cutting = new AbortController();
  private watching: ((request: FaceRequest) => () => void) | undefined;
  private tampering: ((request: FaceRequest) => FaceResponse | undefined) | undefined;

  /** True while nothing passes. */
  get isCut(): boolean {
    return this.cutting.signal.aborted;
  }

  /** Nothing passes any more, and what is under way is not answered. */
  cut(): void {
    this.cutting.abort();
  }

  mend(): void {
    if (this.isCut) this.cutting = new AbortController();
  }

  /** The next request that fits never arrives. `met` is called when it is sent. */
  loseRequest(match: Match, met: () => void = () => undefined): void {
    this.mishaps.push({ kind: 'lose-request', match, met });
  }

  /** The next request that fits is served, and its answer never comes. `met` is called once it is served. */
  loseAnswer(match: Match, met: () => void = () => undefined): void {
    this.mishaps.push({ kind: 'lose-answer', match, met });
  }

  /** The next request that fits waits on its way until the answer is called. */
  hold(match: Match, met: () => void = () => undefined): () => void {
    return this.delay('hold', match, met);
  }

  /** The next request that fits is served at once; its answer waits on its way back until the answer is called. */
  holdAnswer(match: Match, met: () => void = () => undefined): () => void {
    return this.delay('hold-answer', match, met);
  }

  /** Calls `begin` for each request that is sent, and what it answers once that request is over. */
  watch(begin: (request: FaceRequest) => () => void): void {
    this.watching = begin;
  }

  /** Answers in the server's place whatever `answer` answers; undefined lets the request pass. */
  tamper(answer: ((request: FaceRequest) => FaceResponse | undefined) | undefined): void {
    this.tampering = answer;
  }

  /** The server as it is met at the end of this wire. */
  through(face: Face): Face {
    return {
      handle: async (request) => {
        const over = this.watching?.(request) ?? (() => undefined);
        try {
          return await this.carry(face, request);
        } finally {
          over();
        }
      },
    };
  }

  private delay(kind: 'hold' | 'hold-answer', match: Match, met: () => void): () => void {
    let release: () => void = () => undefined;
    const until = new Promise<void>((resolve) => {
      release = resolve;
    });
    this.mishaps.push({ kind, match, until, met });
    return release;
  }

  private async carry(face: Face, request: FaceRequest): Promise<FaceResponse> {
    const mishap = this.take(request);
    const isLostAtOnce = mishap?.kind === 'lose-request';
    if (isLostAtOnce || mishap?.kind === 'hold') mishap.met();
    if (this.isCut || isLostAtOnce) return silence(request.signal);
    if (mishap?.kind === 'hold') await mishap.until;
    return this.bringBack(face, request, mishap);
  }

  private async bringBack(
    face: Face,
    request: FaceRequest,
    mishap: Mishap | undefined,
  ): Promise<FaceResponse> {
    const { signal: cut } = this.cutting;
    try {
      const answer = await this.ask(face, request);
      const isLost = mishap?.kind === 'lose-answer';
      if (isLost || mishap?.kind === 'hold-answer') mishap.met();
      if (mishap?.kind === 'hold-answer') await mishap.until;
      if (cut.aborted || isLost) return await silence(request.signal);
      return answer.stream ? { ...answer, stream: untilCut(answer.stream, cut, request.signal) } : answer;
    } catch (error) {
      if (!cut.aborted) throw error;
      return silence(request.signal);
    }
  }

  private ask(face: Face, request: FaceRequest): Promise<FaceResponse> {
    const tampered = this.tampering?.(request);
    return tampered ? Promise.resolve(tampered) : face.handle(request);
  }

  private take(request: FaceRequest): Mishap | undefined {
    const at = this.mishaps.findIndex((mishap) => mishap.match(request));
    return at < 0 ? undefined : this.mishaps.splice(at, 1)[0];
  }
}

/** What flows while the wire is whole; afterwards nothing comes, and nobody is told. */
async function* untilCut(
  stream: AsyncIterable<string>,
  cut: AbortSignal,
  signal: AbortSignal,
): AsyncGenerator<string, void, undefined> {
  for await (const piece of stream) {
    if (cut.aborted) await silence(signal).catch(() => undefined);
    if (signal.aborted) return;
    yield piece;
  }
}

/** No answer, ever: settles only when the caller hangs up. */
function silence(signal: AbortSignal): Promise<FaceResponse> {
  return new Promise((_resolve, reject) => {
    const end = (): void => reject(new Error('the caller hung up'));
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  });
}

/** A request that changes a job's count or specification: by either of Nomad's two ways. */
export function scales(jobId: string): Match {
  return ({ method, path, body }) => {
    if (method === 'GET') return false;
    const decoded = decodeURIComponent(path);
    if (decoded === `/v1/job/${jobId}/scale`) return body.includes('"Count"');
    return decoded === '/v1/jobs' && (JSON.parse(body) as { Job: { ID: string } }).Job.ID === jobId;
  };
}

/** A fenced write to Consul. */
export const isTransaction: Match = ({ path }) => path === '/v1/txn';

/** A call to AWS of that action. */
export function callsAws(action: string): Match {
  return ({ body }) => new URLSearchParams(body).get('Action') === action;
}

/** A request that begins a drain of a node, or ends one. */
export const drains: Match = ({ method, path, body }) =>
  isDrain(method, path) && !/"DrainSpec":null/.test(body);
export const undrains: Match = ({ method, path, body }) =>
  isDrain(method, path) && /"DrainSpec":null/.test(body);

function isDrain(method: string, path: string): boolean {
  return method !== 'GET' && /^\/v1\/node\/[^/]+\/drain$/.test(path);
}

/** The request that is the `n`-th to fit. */
export function nth(n: number, match: Match): Match {
  let seen = 0;
  return (request) => {
    if (match(request)) seen += 1;
    else return false;
    return seen >= n;
  };
}
