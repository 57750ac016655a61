import { describe, expect, test } from 'vitest';
import { deploy, exchange, exchangesOf, unlike, newId, send, serviceJob } from './wire.ts';
import type { Exchange, NomadUnderTest } from './wire.ts';

const status = (position: number): Exchange => exchange('status-leader', position);

/** Requests of `unknown-ids` that need nothing to be there, asked at a server. */
const unknown = exchangesOf('unknown-ids').filter(
  ({ server = '', path }) =>
    server.includes('server') && !path.startsWith('/v1/job/web') && path !== '/v1/client/stats',
);

/** Status, headers and errors that do not depend on any job. */
export function httpCases(open: () => NomadUnderTest): void {
  describe('HTTP', () => {
    test.each([
      ['names the leader', 0],
      ['lists the peers', 2],
      ['has no path to an unknown region', 3],
      ['lists the regions', 4],
      ['knows no other path', 5],
      ['refuses a wrong method', 6],
    ])('%s', async (_name, position) => {
      const recorded = status(position);
      const body = recorded.method === 'POST' ? { body: {} } : {};
      expect(
        unlike(await send(open(), recorded.path, { method: recorded.method, ...body }), recorded),
      ).toEqual([]);
    });

    test.each(unknown.map((recorded) => [`${recorded.method} ${recorded.path}`, recorded] as const))(
      'answers for what is not there as recorded: %s',
      async (_name, recorded) => {
        const body = recorded.requestBody === undefined ? {} : { body: recorded.requestBody };
        expect(
          unlike(await send(open(), recorded.path, { method: recorded.method, ...body }), recorded),
        ).toEqual([]);
      },
    );

    test('gives a known job only in its own namespace', async () => {
      const nomad = open();
      const id = newId(nomad, 'spaced');
      await deploy(nomad, serviceJob(id, 1));
      const answer = await send(nomad, `/v1/job/${id}?namespace=nosuch`);
      expect(unlike(answer, exchange('unknown-ids', 30))).toEqual([]);
    });

    test('says which version it is', async () => {
      const { body } = await send(open(), '/v1/agent/self');
      expect(body.config.Version.Version).toMatch(/^\d+\.\d+\.\d+$/);
    });
  });
}
