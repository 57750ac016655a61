import type { WritePermit } from '../../ports/write-permit.ts';
import type { Transport } from './clients.ts';
import type { AwsOptions, SdkRequestHandler } from './options.ts';

/** What carries one mutating request, and what became of it. */
export interface Guard {
  readonly transport: Transport;
  /** True once the permit let the request pass: AWS may carry it out. */
  begun(): boolean;
  /** What the permit threw instead; nothing was sent then. */
  refusal(): unknown;
  close(): Promise<void>;
}

/** A connection of its own, plain or TLS as the endpoint wants it; the permit is asked at the first byte. */
export function guardSockets(options: Pick<AwsOptions, 'writeAgent' | 'tls'>, permit: WritePermit): Guard {
  const plain = options.writeAgent(permit, undefined);
  const secure = options.writeAgent(permit, options.tls ?? {});
  return {
    transport: { httpAgent: plain.agent, httpsAgent: secure.agent },
    begun: () => plain.begun() || secure.begun(),
    refusal: () => plain.refusal() ?? secure.refusal(),
    close: async () => void (await Promise.all([plain.close(), secure.close()])),
  };
}

/** The guard where no socket is used: the permit is asked where the request is handed over. */
export function guardHandler(handler: SdkRequestHandler, permit: WritePermit): Guard {
  const state: { begun: boolean; refusal?: unknown } = { begun: false };
  const handle: SdkRequestHandler['handle'] = (request, options) => {
    try {
      permit.assertHeld();
    } catch (error) {
      state.refusal = error;
      throw error;
    }
    state.begun = true;
    return handler.handle(request, options);
  };
  return {
    transport: { handle },
    begun: () => state.begun,
    refusal: () => state.refusal,
    close: () => Promise.resolve(),
  };
}
