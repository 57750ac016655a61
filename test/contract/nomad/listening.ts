import { onTestFinished } from 'vitest';
import type { NomadUnderTest } from './wire.ts';

/** One line of an event stream; a heartbeat has no events. */
export interface EventLine {
  readonly Index?: number;
  readonly Events?: readonly any[];
}

/** An event stream that is listened to until the case has ended. */
export interface Listening {
  readonly status: number;
  readonly headers: Headers;
  readonly lines: readonly EventLine[];
  /** All events so far, in order. */
  events(): readonly any[];
  /** Lets time pass until an event is as wished; answers it. */
  until(isWished: (event: any) => boolean, withinMs?: number): Promise<any>;
  close(): void;
}

/** Opens `/v1/event/stream` with this query. */
export async function listen(
  nomad: NomadUnderTest,
  query: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Listening> {
  const ending = new AbortController();
  onTestFinished(() => ending.abort());
  const response = await fetch(`${nomad.url}/v1/event/stream?${query}`, { headers, signal: ending.signal });
  const lines: EventLine[] = [];
  void read(response, (line) => lines.push(JSON.parse(line) as EventLine)).catch(() => undefined);
  const events = (): readonly any[] => lines.flatMap((line) => line.Events ?? []);
  return {
    status: response.status,
    headers: response.headers,
    lines,
    events,
    until: async (isWished, withinMs = 30_000) => {
      const endMs = nomad.nowMs() + withinMs;
      for (;;) {
        const found = events().find(isWished);
        if (found) return found;
        if (nomad.nowMs() > endMs) throw new Error(`no such event within ${withinMs} ms`);
        await nomad.elapse(100);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    },
    close: () => ending.abort(),
  };
}

async function read(response: Response, hear: (line: string) => void): Promise<void> {
  let rest = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = parts.pop() ?? '';
    for (const part of parts) if (part !== '') hear(part);
  }
}
