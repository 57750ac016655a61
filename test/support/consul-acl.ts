import { consulManagementToken } from './real-consul.ts';

/** Makes tokens at a Consul that denies by default. */
export interface ConsulTokens {
  /** The secret of a new token with exactly these rules. */
  tokenFor(rules: string): Promise<string>;
}

/** Tokens of the Consul at `host:port`, which was started with `acl: true`. */
export function consulTokens(address: string): ConsulTokens {
  let made = 0;
  const put = async (path: string, body: object): Promise<Readonly<Record<string, string>>> => {
    const answer = await fetch(`http://${address}/v1/acl/${path}`, {
      method: 'PUT',
      headers: { 'X-Consul-Token': consulManagementToken },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as Record<string, string>;
  };
  return {
    tokenFor: async (rules) => {
      made += 1;
      const name = `rules-${made}`;
      await put('policy', { Name: name, Rules: rules });
      return (await put('token', { Policies: [{ Name: name }] }))['SecretID'] ?? '';
    },
  };
}
