import type { Call, Caller, SendOptions } from './caller.ts';
import type { SdkClients, ServiceName } from './sdk.ts';

/** A read whose answer may come in pages. */
export interface PagedCall<Service extends ServiceName, Output, Item> {
  readonly service: Service;
  readonly region: string;
  readonly action: string;
  readonly doing: string;
  /** What AWS calls the list. */
  readonly list: string;
  sendPage(client: SdkClients[Service], token: string | undefined, options: SendOptions): Promise<Output>;
  /** Undefined when the answer has no such list: that is never an empty one. */
  items(output: Output): readonly Item[] | undefined;
  next(output: Output): string | undefined;
}

const MOST_PAGES = 200;

/** Reads all pages of a list. Throws PortError; `invalid` when a page has no list, or when the pages do not end. */
export async function readPages<Service extends ServiceName, Output, Item>(
  caller: Caller,
  paged: PagedCall<Service, Output, Item>,
  signal: AbortSignal,
): Promise<readonly Item[]> {
  const items: Item[] = [];
  const tokens = new Set<string | undefined>();
  let token: string | undefined;
  do {
    tokens.add(token);
    const output = await caller.read(pageCall(paged, token, tokens), signal);
    items.push(...(paged.items(output) ?? []));
    token = nextToken(paged, output);
  } while (token !== undefined);
  return items;
}

function pageCall<Service extends ServiceName, Output, Item>(
  paged: PagedCall<Service, Output, Item>,
  token: string | undefined,
  seen: ReadonlySet<string | undefined>,
): Call<Service, Output> {
  const { service, region, action, doing } = paged;
  return {
    service,
    region,
    action,
    doing,
    send: (client, options) => paged.sendPage(client, token, options),
    fault: (output) => {
      if (paged.items(output) === undefined) return `${action} answered without ${paged.list}`;
      const next = nextToken(paged, output);
      const isEndless = next !== undefined && (seen.has(next) || seen.size >= MOST_PAGES);
      return isEndless ? `the pages of ${action} do not end` : undefined;
    },
  };
}

function nextToken<Service extends ServiceName, Output, Item>(
  paged: PagedCall<Service, Output, Item>,
  output: Output,
): string | undefined {
  const next = paged.next(output);
  return next === '' ? undefined : next;
}
