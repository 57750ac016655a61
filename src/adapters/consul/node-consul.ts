import type { ClientRequest, IncomingMessage } from 'node:http';
import Consul from 'consul';

type Call = (options: object) => Promise<unknown>;

/** A request of papi, the HTTP client below node-consul, as its extensions get to see it. */
interface PapiRequest {
  readonly req: { hostname?: string };
  transport: Transport;
}

interface Transport {
  request(options: object): ClientRequest;
}

/** node-consul's methods as they behave; its own types refuse most correct calls. */
export interface NodeConsul {
  readonly kv: { get(options: object): Promise<unknown>; set(options: object): Promise<unknown> };
  readonly session: {
    readonly create: Call;
    readonly renew: Call;
    readonly destroy: Call;
    readonly info: Call;
  };
  readonly agent: {
    readonly self: Call;
    readonly service: { readonly register: Call; readonly deregister: Call };
    readonly check: { readonly pass: Call };
  };
  readonly health: { readonly service: Call };
  readonly catalog: { readonly node: { readonly list: Call } };
  readonly transaction: { create(operations: readonly object[], options: object): Promise<unknown> };
  _ext(event: 'onRequest', extend: (request: PapiRequest, next: () => void) => void): void;
}

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the one place where its types are put right
const Constructor = Consul as unknown as new (options: object) => NodeConsul;

/** A node-consul that finds IPv6 addresses, and notices a connection that dies within an answer. */
export function createNodeConsul(options: object): NodeConsul {
  const consul = new Constructor(options);
  // oxlint-disable-next-line no-underscore-dangle -- papi's documented way to extend requests
  consul._ext('onRequest', (request, next) => {
    request.req.hostname = withoutBrackets(request.req.hostname ?? '');
    request.transport = noticingCuts(request.transport);
    next();
  });
  return consul;
}

function withoutBrackets(hostname: string): string {
  return hostname.startsWith('[') && hostname.endsWith(']') ? hostname.slice(1, -1) : hostname;
}

/** papi waits for the end of an answer and for nothing else: a cut one would never settle. */
function noticingCuts(transport: Transport): Transport {
  return {
    request: (options) => {
      const request = transport.request(options);
      request.once('response', (response: IncomingMessage) => {
        response.once('close', () => {
          if (!response.complete) request.emit('error', new Error('the connection closed within the answer'));
        });
      });
      return request;
    },
  };
}
