import { describe, expect, test } from 'vitest';
import { exchangesOf, unlike, send } from './wire.ts';
import type { Exchange, GuardedNomad } from './wire.ts';

const recorded = exchangesOf('acl');
const SECRETS = {
  'READ-ONLY-SECRET': 'readOnly',
  'SCALE-SECRET': 'scale',
  'AUTOSCALER-SECRET': 'autoscaler',
} as const;

/** The rows of the recording that ask for something of Replicator’s, without ids of that server. */
function rows(isWanted: (row: Exchange) => boolean): (readonly [string, Exchange])[] {
  const isOurs = ({ path, method }: Exchange): boolean =>
    !/[0-9a-f]{8}-/.test(path) && !/acl|metrics|leader/.test(path) && method !== 'DELETE';
  return recorded
    .filter((row) => isOurs(row) && isWanted(row))
    .map((row) => [`${row.method} ${row.path} ${row.note ?? ''}`, row] as const);
}

const secretOf = (row: Exchange): string | undefined => row.requestHeaders?.['X-Nomad-Token'];

/** Who may do what, and how it is refused. */
export function aclCases(open: () => GuardedNomad): void {
  const ask = (row: Exchange, token?: string): ReturnType<typeof send> =>
    send(open(), row.path, {
      method: row.method,
      ...(row.requestBody === undefined ? {} : { body: row.requestBody }),
      ...(token === undefined ? {} : { token }),
    });

  describe('access control', () => {
    test.each(rows((row) => row.note === 'anonymous' && row.status === 403))(
      'denies an anonymous %s',
      async (_name, row) => {
        expect(unlike(await ask(row), row)).toEqual([]);
      },
    );

    test.each(rows((row) => /does not exist|not a UUID/.test(row.note ?? '')))(
      'refuses %s',
      async (_name, row) => {
        expect(unlike(await ask(row, secretOf(row)), row)).toEqual([]);
      },
    );

    test('does not read a bearer token', async () => {
      const headers = { Authorization: `Bearer ${open().tokens.autoscaler}` };
      const answer = await send(open(), '/v1/jobs', { headers });
      expect([answer.status, answer.text]).toEqual([403, 'Permission denied']);
    });

    test.each(rows((row) => row.note?.startsWith('policy:') === true && row.status === 403))(
      'denies %s',
      async (_name, row) => {
        const name = SECRETS[secretOf(row) as keyof typeof SECRETS];
        expect(unlike(await ask(row, open().tokens[name]), row)).toEqual([]);
      },
    );

    test.each(
      rows((row) => row.note?.startsWith('policy:') === true && row.status < 300 && row.method === 'GET'),
    )('allows %s', async (_name, row) => {
      const name = SECRETS[secretOf(row) as keyof typeof SECRETS];
      expect((await ask(row, open().tokens[name])).status).toBe(200);
    });

    test('shows a node to those who may read nodes, but nothing on it whose job they may not read', async () => {
      const { tokens } = open();
      const [row] = (await send(open(), '/v1/job/web/allocations', { token: tokens.readOnly })).body;
      const path = `/v1/node/${row.NodeID}/allocations`;
      const whole = await send(open(), path, { token: tokens.readOnly });
      expect(whole.body.map((one: any) => one.ID)).toContain(row.ID);
      const hidden = await send(open(), path, { token: tokens.nodeOnly });
      expect([hidden.status, hidden.body]).toEqual([200, []]);
      expect((await send(open(), `/v1/node/${row.NodeID}`, { token: tokens.nodeOnly })).status).toBe(200);
      const list = await send(open(), '/v1/allocations?namespace=*', { token: tokens.nodeOnly });
      expect([list.status, list.body]).toEqual([200, []]);
    });

    test('answers a list of all namespaces with an empty one, its index 0, to those who may list none', async () => {
      const { tokens } = open();
      const token = tokens.nodeOnly;
      const list = await send(open(), '/v1/jobs?namespace=*', { token });
      expect([list.status, list.body, list.index]).toEqual([200, [], 0]);
      expect((await send(open(), '/v1/namespaces', { token })).body).toEqual([]);
      expect((await send(open(), '/v1/jobs?namespace=default', { token })).status).toBe(403);
      const seen = await send(open(), '/v1/namespaces', { token: tokens.scale });
      expect(seen.body.map((one: any) => one.Name)).toEqual(['default']);
    });

    test('hides an allocation from those who may not read it: 500, unknown', async () => {
      const { tokens } = open();
      const [row] = (await send(open(), '/v1/job/web/allocations', { token: tokens.readOnly })).body;
      const hidden = await send(open(), `/v1/allocation/${row.ID}`, { token: tokens.scale });
      expect([hidden.status, hidden.text]).toEqual([500, `Unknown allocation ${JSON.stringify(row.ID)}`]);
      const stats = await send(open(), `/v1/client/allocation/${row.ID}/stats`, { token: tokens.scale });
      expect([stats.status, stats.text]).toEqual([403, 'Permission denied']);
    });
  });
}
