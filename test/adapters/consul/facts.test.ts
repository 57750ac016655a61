import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openRoom } from '../../agent/consul-room.ts';
import { needsConsul } from '../../support/needs.ts';
import { startConsul } from '../../support/real-consul.ts';
import type { RunningServer } from '../../support/server-process.ts';
import { connect, failureOf, never, recording, replay, startFake, type Adapter } from './support.ts';

const spec = { name: 'replicator_leader_lock', ttlMs: 12_000, lockDelayMs: 0 };
const NOBODY = '00000000-0000-0000-0000-000000000000';

interface Looks {
  readonly node: string | undefined;
  readonly nobody: string | undefined;
  readonly version: string | undefined;
}

/** What a Consul answers. */
async function look(consul: Pick<Adapter, 'openSession' | 'readSession' | 'readVersion'>): Promise<Looks> {
  const session = await consul.openSession(spec, never());
  return {
    node: await consul.readSession(session, never()),
    nobody: await consul.readSession(NOBODY, never()),
    version: await consul.readVersion(never()),
  };
}

const LOOKS = {
  node: expect.stringMatching(/^\S+$/) as string,
  nobody: undefined,
  version: expect.stringMatching(/^\d+\.\d+\.\d+/) as string,
};

test('of the simulated Consul: the node of a session, none of another, and its version', async () => {
  expect(await look(openRoom().coordination)).toEqual(LOOKS);
});

describe('of a real Consul', needsConsul, () => {
  let server: RunningServer;
  beforeAll(async () => {
    server = await startConsul();
  }, 60_000);
  afterAll(() => server?.stop());

  test('the same', async () => {
    expect(await look(connect(`http://${server.address}`))).toEqual(LOOKS);
  });
});

describe('as recorded', () => {
  const exchanges = recording('session');
  const info = exchanges.find(
    ({ path, body }) => path.includes('/session/info/') && JSON.stringify(body).includes('Node'),
  );

  test('the node of a session is read', async () => {
    expect(info).toBeDefined();
    const { address } = await startFake((_request, response) => info && replay(info, response));
    expect(await connect(address).readSession('x', never())).toBe('consul-1');
  });

  test.each<[what: string, answer: { status: number; type: string; body: string }, kind: string]>([
    ['an answer that is no list', { status: 200, type: 'application/json', body: '{}' }, 'unavailable'],
    [
      'a session without a node',
      { status: 200, type: 'application/json', body: '[{"ID":"x"}]' },
      'unavailable',
    ],
    ['a refusal', { status: 403, type: 'text/plain', body: 'Permission denied' }, 'denied'],
  ])('%s is a failure', async (_what, { status, type, body }, kind) => {
    const { address } = await startFake((_request, response) => {
      response.writeHead(status, { 'Content-Type': type, 'X-Consul-Index': '1' }).end(body);
    });
    expect(await failureOf(connect(address).readSession('x', never()))).toMatchObject({ kind });
    expect(await failureOf(connect(address).readVersion(never()))).toMatchObject({ kind });
  });
});
