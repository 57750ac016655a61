import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createConsulInspector } from '../../../src/adapters/consul/inspector.ts';
import { systemClock } from '../../../src/adapters/system/clock.ts';
import { createWriteAgent } from '../../../src/adapters/system/write-agent.ts';
import type { ConsulRight } from '../../../src/ports/inspection.ts';
import type { PortError } from '../../../src/ports/port-error.ts';
import { createConsulFace } from '../../../src/simulator/consul/consul-face.ts';
import { Random } from '../../../src/simulator/random.ts';
import { type FaceServer, serveFace } from '../../../src/simulator/serve.ts';
import { needsConsul } from '../../support/needs.ts';
import { consulManagementToken, startConsul } from '../../support/real-consul.ts';
import type { RunningServer } from '../../support/server-process.ts';

const never = new AbortController().signal;
const root = 'replicator/config';

function inspectorOf(address: string, token?: string) {
  return createConsulInspector({ address, token, clock: systemClock(), writeAgent: createWriteAgent });
}

const rights = (node: string): readonly ConsulRight[] => [
  { resource: 'session', access: 'write', segment: node },
  { resource: 'key', access: 'write', segment: `${root}/leader` },
  { resource: 'key', access: 'list', segment: `${root}/` },
  { resource: 'key', access: 'write', segment: 'other' },
];

/** What a Consul tells tokens: one may write keys below the root and read sessions, the other everything. */
async function lookInto(address: string, tokens: { least: string; management: string }): Promise<object> {
  const [least, management] = [inspectorOf(address, tokens.least), inspectorOf(address, tokens.management)];
  const unknown = inspectorOf(address, '99999999-2222-3333-4444-555555555555');
  try {
    const { version, node, clockAheadMs } = await management.about(never);
    const { version: untold, node: nameless } = await least.about(never);
    return {
      told: [/^\d+\.\d+/.test(version), node !== '', Math.abs(clockAheadMs ?? Infinity) < 2_000],
      untold: [untold, nameless],
      least: await least.allowed(rights(node), never),
      management: await management.allowed(rights(node), never),
      sessions: await management.sessionNodes('replicator_leader_lock', never),
      unknown: await unknown
        .allowed(rights(node), never)
        .catch((error: unknown) => (error as PortError).kind),
    };
  } finally {
    await Promise.all([least.close(), management.close(), unknown.close()]);
  }
}

const EXPECTED = {
  told: [true, true, true],
  untold: ['', ''],
  least: [false, true, true, false],
  management: [true, true, true, true],
  sessions: [],
  unknown: 'denied',
};

describe('a real Consul', needsConsul, () => {
  let server: RunningServer;
  beforeAll(async () => {
    server = await startConsul({ acl: true });
  }, 60_000);
  afterAll(() => server?.stop());

  async function manage(path: string, body: object): Promise<Record<string, string>> {
    const headers = { 'X-Consul-Token': consulManagementToken };
    const url = `http://${server.address}/v1/acl/${path}`;
    return (await (
      await fetch(url, { method: 'PUT', headers, body: JSON.stringify(body) })
    ).json()) as Record<string, string>;
  }

  test('tells what a token may do', async () => {
    await manage('policy', {
      Name: 'least',
      Rules: `key_prefix "${root}" { policy = "write" } session_prefix "" { policy = "read" }`,
    });
    const { SecretID = '' } = await manage('token', { Policies: [{ Name: 'least' }] });
    const tokens = { least: SecretID, management: consulManagementToken };
    expect(await lookInto(`http://${server.address}`, tokens)).toEqual(EXPECTED);
  });
});

describe('a simulated Consul', () => {
  const tokens = { least: 'a-token', management: 'root' };
  const rules = { keyPrefix: { [root]: 'write' }, sessionPrefix: { '': 'read' } } as const;
  let server: FaceServer;
  beforeAll(async () => {
    const acl = { tokens: { [tokens.least]: rules, [tokens.management]: 'management' } } as const;
    const face = createConsulFace({ clock: systemClock(), random: new Random('inspector'), acl });
    server = await serveFace(face, { port: 0 });
  });
  afterAll(() => server.close());

  test('tells what a token may do', async () => {
    expect(await lookInto(server.url, tokens)).toEqual(EXPECTED);
  });

  test('that is not there is unavailable, and ends at once when it is closed', async () => {
    const inspector = inspectorOf('http://127.0.0.1:9');
    await expect(inspector.about(never)).rejects.toMatchObject({ kind: 'unavailable' });
    await inspector.close();
    await expect(inspector.about(never)).rejects.toMatchObject({ kind: 'cancelled' });
  });
});

test('a Consul without ACLs allows everything', async () => {
  const server = await serveFace(createConsulFace({ clock: systemClock(), random: new Random('open') }), {
    port: 0,
  });
  const inspector = inspectorOf(server.url);
  expect(await inspector.allowed(rights('n'), never)).toEqual([true, true, true, true]);
  await inspector.close();
  await server.close();
});
