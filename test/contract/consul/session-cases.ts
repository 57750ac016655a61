import { describe, expect, test } from 'vitest';
import { begin, indexOf } from './wire.ts';
import type { Answer, ConsulUnderTest, Wire } from './wire.ts';

const unknown = '11111111-2222-3333-4444-555555555555';
const noUuid = 'failed session lookup: index error: UUID must be 36 characters';
const aList =
  'json: cannot unmarshal array into Go value of type struct { LockDelay interface {}; *structs.Alias }';

function create(consul: Wire, body?: string): Promise<Answer> {
  return consul.call('PUT', '/v1/session/create', body === undefined ? {} : { body });
}

async function read(consul: Wire, id: string): Promise<Record<string, unknown>> {
  const answer = await consul.call('GET', `/v1/session/info/${id}`);
  expect(answer.status).toBe(200);
  const [session] = JSON.parse(answer.text) as [Record<string, unknown>];
  return session;
}

/** Making, reading, renewing and destroying sessions. */
export function sessionCases(open: () => Promise<ConsulUnderTest>): void {
  describe('a session', () => {
    test('is answered as its ID alone', async () => {
      const consul = await begin(open);
      const answer = await create(consul, '{"Name": "replicator_leader_lock", "TTL": "12s"}');
      expect(answer.status).toBe(200);
      expect(answer.text).toMatch(/^\{\n {4}"ID": "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"\n\}\n$/);
      expect(answer.headers).not.toHaveProperty('X-Consul-Index');
    });

    test('has these members in this order, and is renewed with the same', async () => {
      const consul = await begin(open);
      const id = await consul.session({ Name: 'n', TTL: '12s' });
      const { NodeName } = (
        JSON.parse((await consul.call('GET', '/v1/agent/self')).text) as { Config: { NodeName: string } }
      ).Config;
      const info = await consul.call('GET', `/v1/session/info/${id}`);
      const index = indexOf(info);
      expect(info.text).toBe(
        `[\n    {\n        "ID": "${id}",\n        "Name": "n",\n        "Node": "${NodeName}",\n` +
          `        "LockDelay": 15000000000,\n        "Behavior": "release",\n        "TTL": "12s",\n` +
          `        "NodeChecks": [\n            "serfHealth"\n        ],\n        "ServiceChecks": null,\n` +
          `        "CreateIndex": ${index},\n        "ModifyIndex": ${index}\n    }\n]\n`,
      );
      const renewed = await consul.call('PUT', `/v1/session/renew/${id}`);
      expect(renewed).toMatchObject({ status: 200, text: info.text });
      expect(renewed.headers).not.toHaveProperty('X-Consul-Index');
      await consul.destroy(id);
    });

    test.each([
      [undefined, { Name: '', TTL: '', LockDelay: 15e9, Behavior: 'release', NodeChecks: ['serfHealth'] }],
      ['null', { Name: '', TTL: '', LockDelay: 15e9 }],
      ['{"Unknown": 1}', { LockDelay: 15e9 }],
      [
        '{"name": "low", "ttl": "20s", "lockdelay": "3s", "behavior": ""}',
        { Name: 'low', TTL: '20s', LockDelay: 3e9, Behavior: 'release' },
      ],
      [
        '{"Behavior": "delete", "LockDelay": "2s", "TTL": "15s"}',
        { Behavior: 'delete', LockDelay: 2e9, TTL: '15s' },
      ],
      ['{"TTL": "10000ms"}', { TTL: '10000ms' }],
      ['{"TTL": "0s"}', { TTL: '0s' }],
      ['{"LockDelay": "61s"}', { LockDelay: 61e9 }],
      ['{"LockDelay": 5}', { LockDelay: 5e9 }],
      ['{"LockDelay": 1.5}', { LockDelay: 1e9 }],
      ['{"LockDelay": 2000}', { LockDelay: 2000 }],
      ['{"LockDelay": "1ms"}', { LockDelay: 1e6 }],
      ['{"LockDelay": "1m30.5s"}', { LockDelay: 90.5e9 }],
      ['{"LockDelay": null}', { LockDelay: 15e9 }],
      ['{"LockDelay": true}', { LockDelay: 0 }],
      ['{"Checks": ["serfHealth"]}', { NodeChecks: ['serfHealth'] }],
      ['{"Checks": []}', { NodeChecks: [] }],
      ['{"Checks": null}', { NodeChecks: [] }],
      ['{"NodeChecks": []}', { NodeChecks: [], ServiceChecks: null }],
      ['{"ServiceChecks": []}', { NodeChecks: ['serfHealth'], ServiceChecks: [] }],
      ['{"Checks": ["serfHealth"], "NodeChecks": []}', { NodeChecks: [] }],
      ['{"Checks": [], "NodeChecks": ["serfHealth"]}', { NodeChecks: [] }],
      ['{"Checks": null, "NodeChecks": ["serfHealth"]}', { NodeChecks: [] }],
      ['{"NodeChecks": null}', { NodeChecks: null }],
      [
        '{"NodeChecks": [], "ServiceChecks": [{"id": "serfHealth", "Foo": 1}]}',
        { NodeChecks: [], ServiceChecks: [{ ID: 'serfHealth', Namespace: '' }] },
      ],
      [`{"ID": "${unknown}"}`, { LockDelay: 15e9 }],
    ])('asked for with %s is %o', async (body, expected) => {
      const consul = await begin(open);
      const answer = await create(consul, body);
      expect(answer.status).toBe(200);
      const { ID } = JSON.parse(answer.text) as { ID: string };
      expect(ID).not.toBe(unknown);
      const session = await read(consul, ID);
      expect(session).toMatchObject(expected);
      expect(session).not.toHaveProperty('Checks');
      await consul.destroy(ID);
    });

    test.each([
      ['{"TTL":', 400, 'Request decode failed: unexpected EOF'],
      [' ', 400, 'Request decode failed: EOF'],
      ['[]', 400, `Request decode failed: ${aList}`],
      [
        '{"TTL": 12}',
        400,
        'Request decode failed: json: cannot unmarshal number into Go struct field .TTL of type string',
      ],
      [
        '{"Name": 5}',
        400,
        'Request decode failed: json: cannot unmarshal number into Go struct field .Name of type string',
      ],
      ['{"LockDelay": "abc"}', 400, 'Request decode failed: time: invalid duration "abc"'],
      ['{"LockDelay": ""}', 400, 'Request decode failed: time: invalid duration ""'],
      ['{"LockDelay": "5"}', 400, 'Request decode failed: time: missing unit in duration "5"'],
      ['{"LockDelay": "5x"}', 400, 'Request decode failed: time: unknown unit "x" in duration "5x"'],
      ['{"TTL": "500ms"}', 500, "Invalid Session TTL '500000000', must be between [1s=24h0m0s]"],
      ['{"TTL": "-12s"}', 500, "Invalid Session TTL '-12000000000', must be between [1s=24h0m0s]"],
      ['{"TTL": "86401s"}', 500, "Invalid Session TTL '86401000000000', must be between [1s=24h0m0s]"],
      ['{"TTL": "abc"}', 500, `Session TTL 'abc' invalid: time: invalid duration "abc"`],
      ['{"TTL": "10"}', 500, `Session TTL '10' invalid: time: missing unit in duration "10"`],
      ['{"Behavior": "explode"}', 500, "Invalid Behavior setting 'explode'"],
      ['{"Node": "nosuch"}', 500, 'Missing node registration'],
      ['{"Node": ""}', 500, 'Must provide Node'],
      ['{"Checks": ["nosuch"]}', 500, "Missing check 'nosuch' registration"],
      ['{"ServiceChecks": [{"ID": "x"}]}', 500, "Missing check 'x' registration"],
      [
        '{"ServiceChecks": ["x"]}',
        400,
        'Request decode failed: json: cannot unmarshal string into Go struct field .ServiceChecks of type structs.ServiceCheck',
      ],
      [
        '{"Checks": "x"}',
        400,
        'Request decode failed: json: cannot unmarshal string into Go struct field .Checks of type []types.CheckID',
      ],
      [
        '{"Checks": [1]}',
        400,
        'Request decode failed: json: cannot unmarshal number into Go struct field .Checks of type types.CheckID',
      ],
    ])('is not made of %s: %i %s', async (body, status, text) => {
      const consul = await begin(open);
      expect(await create(consul, body)).toMatchObject({
        status,
        text,
        headers: { 'Content-Type': 'text/plain; charset=utf-8' },
      });
    });

    test('is listed, for its node too, in the order of the IDs, under the index of the newest change', async () => {
      const consul = await begin(open);
      const ids = [await consul.session(), await consul.session(), await consul.session()];
      const { Node, CreateIndex } = await read(consul, ids[2] ?? '');
      const list = await consul.call('GET', '/v1/session/list');
      const listed = (JSON.parse(list.text) as { ID: string }[]).map(({ ID }) => ID);
      expect(listed.filter((id) => ids.includes(id))).toEqual(ids.toSorted());
      expect(indexOf(list)).toBe(CreateIndex);
      const ofNode = await consul.call('GET', `/v1/session/node/${String(Node)}`);
      expect(ofNode).toMatchObject({ text: list.text });
      expect(indexOf(await consul.call('GET', `/v1/session/info/${ids[0]}`))).toBe(CreateIndex);
    });

    test('of a node that is not there: none, 200', async () => {
      const consul = await begin(open);
      expect(await consul.call('GET', '/v1/session/node/nosuch')).toMatchObject({
        status: 200,
        text: '[]\n',
      });
    });

    test('is destroyed with true, as often as one likes, and is then not there', async () => {
      const consul = await begin(open);
      const id = await consul.session();
      expect(await consul.destroy(id)).toMatchObject({ status: 200, text: 'true\n' });
      expect(await consul.destroy(id)).toMatchObject({ status: 200, text: 'true\n' });
      expect(await consul.call('GET', `/v1/session/info/${id}`)).toMatchObject({ status: 200, text: '[]\n' });
      expect(await consul.call('PUT', `/v1/session/renew/${id}`)).toMatchObject({
        status: 404,
        text: `Session id '${id}' not found`,
      });
    });

    test.each([
      ['PUT', 'renew/xyz', 500, noUuid],
      ['PUT', 'destroy/xyz', 500, noUuid],
      ['GET', 'info/xyz', 500, noUuid],
      ['GET', `info/${unknown}/x`, 500, noUuid],
      [
        'PUT',
        `renew/${unknown.replaceAll('-', 'x')}`,
        500,
        "failed session lookup: index error: Invalid UUID: encoding/hex: invalid byte: U+0078 'x'",
      ],
      ['PUT', 'renew/', 400, 'Missing session'],
      ['PUT', 'destroy/', 400, 'Missing session'],
      ['GET', 'info/', 400, 'Missing session'],
      ['GET', 'node/', 400, 'Missing node name'],
      ['PUT', `renew/${unknown}`, 404, `Session id '${unknown}' not found`],
      ['GET', `info/${unknown}`, 200, '[]\n'],
      ['PUT', `destroy/${unknown}`, 200, 'true\n'],
    ])('that is not there: %s %s is %i %s', async (method, path, status, text) => {
      const consul = await begin(open);
      expect(await consul.call(method, `/v1/session/${path}`)).toMatchObject({ status, text });
    });

    test('read by no UUID is refused with the meta data of a server that was not reached', async () => {
      const consul = await begin(open);
      const { headers } = await consul.call('GET', '/v1/session/info/xyz');
      expect(headers).toMatchObject({ 'X-Consul-Index': '1', 'X-Consul-Knownleader': 'false' });
    });

    test('is found in upper case', async () => {
      const consul = await begin(open);
      const id = await consul.session();
      expect(await read(consul, id.toUpperCase())).toMatchObject({ ID: id });
    });

    test('whose end deletes its keys takes only those that it holds', async () => {
      const consul = await begin(open);
      const id = await consul.session({ Behavior: 'delete', LockDelay: '0s' });
      await consul.put('held', '', `?acquire=${id}`);
      await consul.put('free', 'x');
      await consul.destroy(id);
      expect(await consul.get('held')).toMatchObject({ status: 404 });
      expect(await consul.get('free')).toMatchObject({ status: 200 });
    });
  });
}
