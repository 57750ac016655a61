/** A version of a key as Consul itself told it; `value` undefined: the key was gone. */
export interface KeyVersion {
  readonly key: string;
  readonly value: string | undefined;
  readonly session: string;
  readonly index: number;
  readonly lockIndex: number;
  /** When it was seen, `performance.now()`. */
  readonly seenMs: number;
}

/** Follows the keys below a root with consistent blocking reads of its own. */
export interface KeyWatch {
  /** Every version that was seen, in that order; two changes close together may be seen as one. */
  readonly versions: readonly KeyVersion[];
  current(key: string): KeyVersion | undefined;
  keys(prefix: string): readonly KeyVersion[];
  stop(): Promise<void>;
}

interface Entry {
  readonly Key: string;
  readonly Value: string | null;
  readonly ModifyIndex: number;
  readonly LockIndex: number;
  readonly Session?: string;
}

/** Starts following the keys below `root/`. */
export function watchKeys(address: string, root: string): KeyWatch {
  const ending = new AbortController();
  const versions: KeyVersion[] = [];
  const now = new Map<string, KeyVersion>();
  const done = follow({ address, root, signal: ending.signal }, (entries) => note(entries, now, versions));
  return {
    versions,
    current: (key) => now.get(key),
    keys: (prefix) => [...now.values()].filter(({ key }) => key.startsWith(prefix)),
    stop: async () => {
      ending.abort();
      await done;
    },
  };
}

async function follow(
  of: { readonly address: string; readonly root: string; readonly signal: AbortSignal },
  told: (entries: readonly Entry[]) => void,
): Promise<void> {
  let index = 0;
  while (!of.signal.aborted) {
    try {
      const path = `/v1/kv/${of.root}/?recurse&consistent&wait=20s&index=${index}`;
      const answer = await fetch(`http://${of.address}${path}`, { signal: of.signal });
      if (answer.status !== 200 && answer.status !== 404) throw new Error(`status ${answer.status}`);
      const entries = answer.status === 200 ? ((await answer.json()) as Entry[]) : [];
      const next = Number(answer.headers.get('x-consul-index') ?? 0);
      index = next < index ? 0 : next;
      told(entries);
    } catch {
      if (of.signal.aborted) return;
      index = 0;
      await new Promise((resolve) => {
        setTimeout(resolve, 100);
      });
    }
  }
}

function note(entries: readonly Entry[], now: Map<string, KeyVersion>, versions: KeyVersion[]): void {
  const seenMs = performance.now();
  const add = (version: KeyVersion): void => void versions.push(version);
  for (const {
    Key: key,
    Value,
    ModifyIndex: index,
    LockIndex: lockIndex,
    Session: session = '',
  } of entries) {
    const before = now.get(key);
    if (before?.index === index && before.session === session && before.value !== undefined) continue;
    const value = Buffer.from(Value ?? '', 'base64').toString();
    const version = { key, value, session, index, lockIndex, seenMs };
    now.set(key, version);
    add(version);
  }
  const present = new Set(entries.map(({ Key }) => Key));
  for (const before of now.values()) {
    if (present.has(before.key)) continue;
    now.delete(before.key);
    add({ ...before, value: undefined, session: '', seenMs });
  }
}
