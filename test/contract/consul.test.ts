import { afterAll, beforeAll, describe } from 'vitest';
import type { AclRules } from '../../src/simulator/consul/acl.ts';
import { createConsulFace } from '../../src/simulator/consul/consul-face.ts';
import type { ConsulOptions } from '../../src/simulator/consul/consul-server.ts';
import type { Face } from '../../src/simulator/face.ts';
import { Random } from '../../src/simulator/random.ts';
import { serveFace } from '../../src/simulator/serve.ts';
import { VirtualClock } from '../../src/simulator/virtual-clock.ts';
import { needsConsul } from '../support/needs.ts';
import { consulManagementToken, startConsul } from '../support/real-consul.ts';
import type { RunningServer } from '../support/server-process.ts';
import { consulContract } from './consul-suite.ts';
import { policies } from './consul/wire.ts';
import type { ConsulUnderTest, GuardedConsul, PolicyName } from './consul/wire.ts';

const names = Object.keys(policies) as PolicyName[];
const tokenOf = (name: PolicyName): string => `b0000000-0000-0000-0000-00000000000${names.indexOf(name)}`;
const tokens = {
  management: consulManagementToken,
  ...(Object.fromEntries(names.map((name) => [name, tokenOf(name)])) as Record<PolicyName, string>),
};

/** The policies as the face takes them. */
const rules: Readonly<Record<PolicyName, AclRules>> = {
  keysOnly: { keyPrefix: { 'replicator/config': 'write' } },
  least: { keyPrefix: { 'replicator/config': 'write' }, sessionPrefix: { '': 'write' } },
  exactKey: { key: { '': 'read', 'replicator/config': 'write' }, session: { '': 'write' } },
  mixed: {
    keyPrefix: { 'replicator/': 'write', 'replicator/secret/': 'deny', 'listed/': 'list' },
    key: { 'replicator/read-only': 'read' },
    sessionPrefix: { '': 'read' },
    agentPrefix: { '': 'read' },
  },
  member: {
    keyPrefix: { 'replicator/config': 'write' },
    sessionPrefix: { '': 'write' },
    service: { replicator: 'write' },
    nodePrefix: { '': 'read' },
  },
  noNode: { service: { replicator: 'write' }, sessionPrefix: { '': 'write' } },
  watcher: { servicePrefix: { rep: 'read' }, nodePrefix: { '': 'read' } },
};

const aclTokens = {
  [consulManagementToken]: 'management' as const,
  ...Object.fromEntries(names.map((name) => [tokens[name], rules[name]])),
};
let seed = 0;

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A face of its own for each case, in virtual time behind a socket. */
async function openFace(options: Partial<ConsulOptions>): Promise<ConsulUnderTest> {
  const clock = new VirtualClock();
  seed += 1;
  const face = createConsulFace({ clock, random: new Random(seed), ...options });
  const requests = { taken: 0 };
  const counting: Face = {
    handle: (request) => {
      requests.taken += 1;
      return face.handle(request);
    },
  };
  const served = await serveFace(counting, { activity: () => clock.activity() });
  return {
    url: served.url,
    arrive: async (sent) => {
      while (requests.taken < sent) await nextTurn();
      await clock.settle();
    },
    elapse: (ms) => clock.advance(ms),
    nowMs: () => clock.monotonicMs(),
    close: () => served.close(),
  };
}

consulContract('the simulated Consul', {
  open: () => openFace({ sessionTtlMinMs: 1_000 }),
  openGuarded: async () => ({ ...(await openFace({ acl: { tokens: aclTokens } })), tokens }),
});

function shared({ address }: RunningServer): ConsulUnderTest {
  return {
    url: `http://${address}`,
    arrive: () => new Promise((resolve) => setTimeout(resolve, 120)),
    elapse: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    nowMs: () => performance.now(),
    close: () => Promise.resolve(),
  };
}

/** Policies and tokens at a real Consul, under the secrets that the face knows too. */
async function makeTokens({ address }: RunningServer): Promise<void> {
  const headers = { 'X-Consul-Token': consulManagementToken };
  const put = async (path: string, body: object): Promise<void> => {
    const url = `http://${address}/v1/acl/${path}`;
    const answer = await fetch(url, { method: 'PUT', headers, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  };
  for (const name of names) {
    await put('policy', { Name: name, Rules: policies[name] });
    await put('token', { SecretID: tokens[name], Policies: [{ Name: name }] });
  }
}

describe('beside a real one', needsConsul, () => {
  let open: RunningServer;
  let guarded: RunningServer;

  beforeAll(async () => {
    [open, guarded] = await Promise.all([
      startConsul({ hcl: 'session_ttl_min = "1s"' }),
      startConsul({ acl: true }),
    ]);
    await makeTokens(guarded);
  }, 60_000);
  afterAll(async () => {
    await Promise.all([open?.stop(), guarded?.stop()]);
  });

  consulContract('the real Consul', {
    open: () => Promise.resolve(shared(open)),
    openGuarded: () => Promise.resolve<GuardedConsul>({ ...shared(guarded), tokens }),
  });
});
