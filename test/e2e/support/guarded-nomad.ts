import { startGuardedNomad } from '../../contract/nomad/guarded-server.ts';
import { eventually } from './agents.ts';
import { nomadAt, type TestNomad } from './nomad.ts';

/** A Nomad with access control on; the test itself may do everything. */
export interface GuardedNomad extends TestNomad {
  /** The secret of a new token with exactly this policy, HCL. */
  tokenFor(rules: string): Promise<string>;
}

/** A real one, its access control bootstrapped and its node ready. */
export async function startGuarded(): Promise<GuardedNomad> {
  const server = await startGuardedNomad();
  const url = `http://${server.address}`;
  const made = await fetch(`${url}/v1/acl/bootstrap`, { method: 'PUT' });
  const { SecretID: token } = (await made.json()) as { SecretID: string };
  const nomad = nomadAt(url, {
    token,
    stop: () => server.stop(),
    beforeRegister: () => Promise.resolve(),
  });
  await eventually('its node is ready', 60_000, async () => {
    const nodes = (await nomad.get('/v1/nodes')) as readonly { readonly Status: string }[];
    return nodes.some(({ Status }) => Status === 'ready') ? true : undefined;
  });
  let policies = 0;
  return {
    ...nomad,
    tokenFor: (rules) => {
      policies += 1;
      return makeToken(nomad, `policy-${policies}`, rules);
    },
  };
}

async function makeToken({ send }: TestNomad, name: string, rules: string): Promise<string> {
  const policy = await send('PUT', `/v1/acl/policy/${name}`, { Name: name, Rules: rules });
  if (policy.status !== 200) throw new Error(`${name}: ${policy.status} ${policy.text}`);
  const answer = await send('PUT', '/v1/acl/token', { Name: name, Type: 'client', Policies: [name] });
  return (JSON.parse(answer.text) as { SecretID: string }).SecretID;
}
