/** A few calls to a real Consul, made by the test itself. */
export interface ConsulProbe {
  holder(keyRoot?: string): Promise<string>;
  keys(prefix: string): Promise<Readonly<Record<string, string>>>;
  put(path: string, body?: string): Promise<string>;
  remove(key: string): Promise<void>;
}

interface Entry {
  readonly Key: string;
  readonly Value: string | null;
  readonly Session?: string;
}

/** Asks the Consul at `host:port`. */
export function probeConsul(address: string): ConsulProbe {
  const read = async (path: string): Promise<Entry[]> => {
    const answer = await fetch(`http://${address}/v1/kv/${path}`);
    return answer.ok ? ((await answer.json()) as Entry[]) : [];
  };
  return {
    holder: async (keyRoot = 'replicator/config') => (await read(`${keyRoot}/leader`))[0]?.Session ?? '',
    keys: async (prefix) => {
      const entries = await read(`${prefix}?recurse`);
      return Object.fromEntries(
        entries.map((entry) => [entry.Key, Buffer.from(entry.Value ?? '', 'base64').toString()]),
      );
    },
    put: async (path, body = '') => (await fetch(`http://${address}${path}`, { method: 'PUT', body })).text(),
    remove: async (key) => void (await fetch(`http://${address}/v1/kv/${key}`, { method: 'DELETE' })),
  };
}
