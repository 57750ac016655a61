import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { expect, test, vi } from 'vitest';
import { startFake } from './fake-nomad.ts';
import { createPermit, createRig, never, rejection } from './harness.ts';
import { recorded } from './recorded.ts';

const web = { namespace: 'default', jobId: 'web' };
const { text } = recorded('job-read', 0);
const pem = (name: string): string =>
  readFileSync(new URL(`../../support/tls/${name}`, import.meta.url), 'utf8');

test('a request carries the token, the region and the namespace, each in its place', async () => {
  const server = await startFake(() => ({ text }));
  const rig = createRig({ address: `${server.address}/`, token: 'secret', region: 'north' });
  await rig.nomad.readJob({ namespace: 'blue green', jobId: 'a/b c' }, never);
  const seen = server.seen[0];
  expect(seen?.path).toBe('/v1/job/a%2Fb%20c');
  expect(seen?.headers['x-nomad-token']).toBe('secret');
  expect(seen?.headers.authorization).toBeUndefined();
  expect(Object.fromEntries(seen?.query ?? [])).toEqual({ namespace: 'blue green', region: 'north' });
});

test('without a token and a region neither is sent', async () => {
  const server = await startFake(() => ({ text }));
  const rig = createRig({ address: server.address, token: '', region: '' });
  await rig.nomad.readJob(web, never);
  expect(server.seen[0]?.headers).not.toHaveProperty('x-nomad-token');
  expect(Object.fromEntries(server.seen[0]?.query ?? [])).toEqual({ namespace: 'default' });
});

test('a path in the address comes first', async () => {
  const server = await startFake(() => ({ text }));
  const rig = createRig({ address: `${server.address}/behind/proxy` });
  await rig.nomad.readJob(web, never);
  expect(server.seen[0]?.path).toBe('/behind/proxy/v1/job/web');
});

test('an answer that is read whole is asked for as it is, and read also when it comes compressed', async () => {
  const server = await startFake(() => ({ text: gzipSync(text), headers: { 'Content-Encoding': 'gzip' } }));
  const rig = createRig({ address: server.address });
  expect((await rig.nomad.readJob(web, never))?.modifyIndex).toBe(24);
  expect(server.seen[0]?.headers['accept-encoding']).toBe('identity');
});

test('a redirect is not followed: the token stays with the server it is for', async () => {
  const other = await startFake(() => ({ text }));
  const server = await startFake(() => ({
    status: 307,
    text: '',
    headers: { Location: `${other.address}/v1/job/web` },
  }));
  const rig = createRig({ address: server.address, token: 'secret' });
  expect((await rejection(rig.drive(rig.nomad.readJob(web, never)))).kind).toBe('invalid');
  expect(other.seen).toEqual([]);
});

test('a proxy of the environment is not used', async () => {
  vi.stubEnv('HTTP_PROXY', 'http://127.0.0.1:1');
  vi.stubEnv('http_proxy', 'http://127.0.0.1:1');
  const server = await startFake(() => ({ text }));
  const rig = createRig({ address: server.address });
  expect((await rig.nomad.readJob(web, never))?.jobId).toBe('web');
});

test('a read is tried again after a 500, a 429 and a reset', async () => {
  const replies = ['reset', { status: 500, text: 'No cluster leader' }] as const;
  let count = 0;
  const server = await startFake(() => replies[count++] ?? { text });
  const rig = createRig({ address: server.address });
  expect((await rig.drive(rig.nomad.readJob(web, never)))?.jobId).toBe('web');
  expect(server.seen).toHaveLength(3);
});

test('a read that goes on failing is given up after three attempts', async () => {
  const server = await startFake(() => ({ status: 500, text: 'broken' }));
  const rig = createRig({ address: server.address });
  expect((await rejection(rig.drive(rig.nomad.readJob(web, never)))).message).toMatch(/500 broken$/);
  expect(server.seen).toHaveLength(3);
});

test.each([400, 403, 404])('a read refused with %d is not tried again', async (status) => {
  const server = await startFake(() => ({ status, text: 'no' }));
  const rig = createRig({ address: server.address });
  await rig.nomad.readJob(web, never).catch(() => undefined);
  expect(server.seen).toHaveLength(1);
});

test('a job that does not exist is undefined', async () => {
  const server = await startFake(() => recorded('unknown-ids', { path: '/v1/job/nosuch' }));
  const rig = createRig({ address: server.address });
  expect(await rig.nomad.readJob({ namespace: 'default', jobId: 'nosuch' }, never)).toBeUndefined();
});

test('a job is asked of the leader, not of any server', async () => {
  const server = await startFake(() => ({ text }));
  const rig = createRig({ address: server.address });
  await rig.nomad.readJob(web, never);
  expect(server.seen[0]?.query.has('stale')).toBe(false);
});

test('reads keep their connection, writes do not', async () => {
  const server = await startFake(({ method }) => (method === 'PUT' ? { text: '{}' } : { text }));
  const rig = createRig({ address: server.address });
  for (let count = 0; count < 3; count += 1) await rig.nomad.readJob(web, never);
  await expect.poll(server.most).toBe(1);
  expect(server.open()).toBe(1);
  for (let count = 0; count < 3; count += 1) await rig.nomad.failDeployment(web, 'd1', createPermit());
  expect(server.seen.at(-1)?.headers.connection).toBe('close');
  await expect.poll(server.open).toBe(1);
});

test('TLS with a client certificate and a server name of its own is spoken, for reads and writes', async () => {
  const tls = {
    key: pem('server-key.pem'),
    cert: pem('server.pem'),
    ca: pem('ca.pem'),
    requestCert: true,
    rejectUnauthorized: true,
  };
  const server = await startFake(({ method }) => (method === 'PUT' ? { text: '{}' } : { text }), tls);
  const client = { caCert: pem('ca.pem'), clientCert: pem('client.pem'), clientKey: pem('client-key.pem') };
  const rig = createRig({ address: server.address, tls: { ...client, serverName: 'server.global.nomad' } });
  expect((await rig.nomad.readJob(web, never))?.jobId).toBe('web');
  await rig.nomad.failDeployment(web, 'd1', createPermit());
  expect(server.seen).toHaveLength(2);

  const stranger = createRig({ address: server.address, tls: { serverName: 'server.global.nomad' } });
  const refusal = await rejection(stranger.drive(stranger.nomad.readJob(web, never)));
  expect(refusal.kind).toBe('unavailable');
  expect(refusal.message).toMatch(/CERT|SIGNATURE/);
  const other = createRig({ address: server.address, tls: { ...client, serverName: 'other.global.nomad' } });
  expect((await rejection(other.drive(other.nomad.readJob(web, never)))).message).toContain('ALTNAME');
});

test('an address that is no URL is refused at once', () => {
  expect(() => createRig({ address: 'localhost' })).toThrow(TypeError);
});

test('closing aborts what is under way and leaves no connection', async () => {
  const server = await startFake(() => 'hang');
  const rig = createRig({ address: server.address });
  const reading = rejection(rig.nomad.readJob(web, never));
  await expect.poll(() => server.seen.length).toBe(1);
  await rig.close();
  expect((await reading).kind).toBe('cancelled');
  await expect.poll(server.open).toBe(0);
});
