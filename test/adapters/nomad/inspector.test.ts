import { afterEach, describe, expect, test } from 'vitest';
import { createNomadInspector } from '../../../src/adapters/nomad/inspector.ts';
import { systemClock } from '../../../src/adapters/system/clock.ts';
import { createWriteAgent } from '../../../src/adapters/system/write-agent.ts';
import type { NomadInspector } from '../../../src/ports/inspection.ts';
import type { AclOptions } from '../../../src/simulator/nomad/acl.ts';
import { type SimulatedServers, startServers } from '../../cmd/simulated-servers.ts';

const TOKEN = '11111111-2222-3333-4444-555555555555';
const never = new AbortController().signal;
let servers: SimulatedServers;
let inspector: NomadInspector & { close(): Promise<void> };

afterEach(async () => {
  await inspector.close();
  await servers.stop();
});

async function inspect(acl?: AclOptions, token = TOKEN): Promise<void> {
  servers = await startServers(
    { nodes: [{ count: 1 }] },
    { nomadOptions: { ...(acl && { acl }), identity: { version: '1.9.3' } } },
  );
  inspector = createNomadInspector({
    address: servers.cluster.nomad.url,
    token,
    namespace: '*',
    tls: {},
    clock: systemClock(),
    random: () => 0,
    writeAgent: createWriteAgent,
  });
}

const rules = (policy: AclOptions['tokens'][string]): AclOptions => ({ tokens: { [TOKEN]: policy } });

test('the version is that of the servers, the clock the one in the header', async () => {
  await inspect();
  const { version, clockAheadMs } = await inspector.about(never);
  expect(version).toBe('1.9.3');
  expect(Math.abs(clockAheadMs ?? Infinity)).toBeLessThan(2_000);
});

test('a token that may read neither nodes nor agents is told no version', async () => {
  await inspect(rules({ namespaces: { default: 'read' } }));
  expect((await inspector.about(never)).version).toBe('');
});

describe('what a token may do', () => {
  test.each<[string, AclOptions | undefined, string, object]>([
    ['everything, without ACLs', undefined, '', { kind: 'all', why: 'ACLs are off' }],
    [
      'everything, with a management token',
      rules('management'),
      TOKEN,
      { kind: 'all', why: 'a management token' },
    ],
    [
      'what its policies say',
      rules({ namespaces: { default: 'read' }, node: 'read' }),
      TOKEN,
      {
        kind: 'rules',
        policies: [
          {
            name: 'token-1',
            rules: 'namespace "default" {\n  policy = "read"\n}\nnode {\n  policy = "read"\n}',
          },
        ],
      },
    ],
    [
      'what everybody may, without a token',
      { tokens: {}, anonymous: { node: 'read' } },
      '',
      { kind: 'rules', policies: [{ name: 'anonymous', rules: 'node {\n  policy = "read"\n}' }] },
    ],
    [
      'nothing, where nobody may anything',
      { tokens: {} },
      '',
      { kind: 'rules', policies: [{ name: 'anonymous', rules: '' }] },
    ],
  ])('%s', async (_name, acl, token, expected) => {
    await inspect(acl, token);
    expect(await inspector.access(never)).toEqual(expected);
  });

  test('is an error for a token that is not known', async () => {
    await inspect({ tokens: {} });
    await expect(inspector.access(never)).rejects.toMatchObject({
      kind: 'denied',
      detail: { permission: 'token unknown' },
    });
  });
});

describe('changes that can only be refused', () => {
  test.each([
    ['scale-job', ['scale-job']],
    ['submit-job', ['submit-job']],
  ] as const)(
    '%s is refused for want of rights, or because there is no such job',
    async (write, capabilities) => {
      await inspect(rules({ namespaces: { default: ['list-jobs'] } }));
      expect(await inspector.isDenied(write, 'default', never)).toBe(true);
      await inspector.close();
      await servers.stop();
      await inspect(rules({ namespaces: { default: [...capabilities] } }));
      expect(await inspector.isDenied(write, 'default', never)).toBe(false);
      expect(servers.cluster.world.store.tables.jobs.all()).toEqual([]);
      expect(servers.cluster.world.store.tables.evaluations.all()).toEqual([]);
    },
  );

  test('node:write likewise', async () => {
    await inspect(rules({ node: 'read' }));
    expect(await inspector.isDenied('node-write', '', never)).toBe(true);
    await inspector.close();
    await servers.stop();
    await inspect(rules({ node: 'write' }));
    expect(await inspector.isDenied('node-write', '', never)).toBe(false);
  });
});

test('namespaces are those that there are', async () => {
  await inspect();
  expect(await inspector.namespaces(never)).toEqual(['default']);
});
