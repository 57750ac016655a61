import type { Readable } from 'node:stream';
import { Axios, type AxiosRequestConfig, type AxiosResponse } from 'axios';
import type { Clock } from '../../ports/clock.ts';
import { PortError } from '../../ports/port-error.ts';
import type { Carrier } from './carrier.ts';
import { brokenDown, refused, type Addressee } from './errors.ts';

/** A POST of a JSON document. */
export interface Post {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: object;
}

/** Makes one attempt; resolves once the answer says 2xx. Throws PortError, without secrets. */
export type Poster = (post: Post, signal: AbortSignal) => Promise<void>;

/** One attempt may take this long, the answer included. */
const DEADLINE_MS = 5_000;
/** More of a refusal is not read. */
const LONGEST_ANSWER = 2_048;

/** POSTs to one addressee: no redirects, no proxy, a connection for each. */
export function createPoster({ clock, httpAgent, httpsAgent }: Carrier, to: Addressee): Poster {
  const client = new Axios({});
  return async ({ url, headers, body }, signal) => {
    if (!URL.canParse(url))
      throw new PortError('invalid', { ...detailOf(to), text: 'its address is no URL' });
    const deadline = startDeadline(clock, signal);
    try {
      const answer = await client.request<Readable>({
        ...CONFIG,
        httpAgent,
        httpsAgent,
        url,
        headers: { 'Content-Type': 'application/json', 'User-Agent': 'replicator', ...headers },
        data: JSON.stringify(body),
        signal: deadline.signal,
      });
      await accept(to, answer);
    } catch (error) {
      if (error instanceof PortError) throw error;
      throw brokenDown(to, error, { isLate: deadline.isPassed(), isStopped: signal.aborted });
    } finally {
      deadline.end();
    }
  };
}

const CONFIG: AxiosRequestConfig = {
  method: 'POST',
  responseType: 'stream',
  transformRequest: [(data: unknown) => data],
  transformResponse: [(data: unknown) => data],
  validateStatus: () => true,
  maxRedirects: 0,
  proxy: false,
};

/** A good answer is not read; of another one its beginning. */
async function accept(to: Addressee, { status, headers, data }: AxiosResponse<Readable>): Promise<void> {
  data.on('error', () => undefined);
  const isGood = status >= 200 && status <= 299;
  const text = isGood ? '' : await beginningOf(data);
  data.destroy();
  if (!isGood) throw refused(to, { status, text, retryAfter: String(headers['retry-after'] ?? '') });
}

async function beginningOf(answer: Readable): Promise<string> {
  let text = '';
  for await (const chunk of answer) {
    text += String(chunk);
    if (text.length >= LONGEST_ANSWER) break;
  }
  return text.slice(0, LONGEST_ANSWER);
}

interface Deadline {
  readonly signal: AbortSignal;
  isPassed(): boolean;
  end(): void;
}

function startDeadline(clock: Clock, outer: AbortSignal): Deadline {
  const controller = new AbortController();
  let isPassed = false;
  const stop = (): void => controller.abort();
  if (outer.aborted) stop();
  outer.addEventListener('abort', stop, { once: true });
  const cancel = clock.after(DEADLINE_MS, () => {
    isPassed = !controller.signal.aborted;
    controller.abort();
  });
  return {
    signal: controller.signal,
    isPassed: () => isPassed,
    end: () => {
      cancel();
      outer.removeEventListener('abort', stop);
    },
  };
}

function detailOf(to: Addressee) {
  return { service: 'notifier', doing: `notify ${to.name}` } as const;
}
