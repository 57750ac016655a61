import type * as http from 'node:http';
import type { ActiveFault } from './link-fault.ts';
import type { Passage } from './passage.ts';

/** What passes a stream on needs of its link. */
export interface StreamParts {
  readonly passage: Passage;
  readonly incoming: http.IncomingMessage;
  readonly outgoing: http.ServerResponse;
  /** A fault that this piece meets. */
  readonly draw: (passage: Passage) => ActiveFault | undefined;
  /** Resolves when the link lets something pass. */
  readonly pass: () => Promise<void>;
  readonly holdMs: (fault: ActiveFault) => number;
}

/** True for answers that have no end: they are passed on piece by piece. */
export function isStream({ path }: Pick<Passage, 'path'>): boolean {
  return path.startsWith('/v1/event/stream');
}

/**
 * Passes a server's stream on as it comes, until one side ends it. Each piece may meet a fault: it is held; or the
 * connection is reset; or it stands, and nothing comes through it any more.
 */
export async function passOn(parts: StreamParts, response: http.IncomingMessage): Promise<void> {
  const { passage, incoming, outgoing } = parts;
  const { socket } = incoming;
  const letGo = (): void => void response.destroy();
  socket.once('close', letGo);
  let isSilent = false;
  try {
    for await (const piece of response) {
      await parts.pass();
      if (socket.destroyed) return;
      const fault = isSilent ? undefined : parts.draw(passage);
      if (fault) isSilent = await meet(parts, fault);
      if (socket.destroyed) return;
      if (!isSilent) outgoing.write(piece);
    }
    if (!isSilent) outgoing.end();
  } catch {
    if (!isSilent) socket.destroy();
  } finally {
    socket.off('close', letGo);
  }
}

/** What a fault does to a stream; true where nothing comes through it from now on. */
async function meet({ passage, incoming, holdMs }: StreamParts, fault: ActiveFault): Promise<boolean> {
  fault.hits += 1;
  passage.fault = fault.kind;
  passage.faultMs = performance.now();
  switch (fault.kind) {
    case 'drop':
    case 'half-open':
      return true;
    case 'reset':
    case '5xx':
      incoming.socket.resetAndDestroy();
      return true;
    default:
      await new Promise<void>((resolve) => {
        setTimeout(resolve, holdMs(fault)).unref();
      });
      return false;
  }
}
