import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findConsul } from '../../setup/servers.mjs';
import { freePort } from '../../support/free-port.ts';
import { needsConsul } from '../../support/needs.ts';
import { startConsul } from '../../support/real-consul.ts';
import type { RunningServer } from '../../support/server-process.ts';
import { connect, failureOf, never, permit } from './support.ts';

describe('a real Consul that wants to see a certificate', needsConsul, () => {
  let server: RunningServer;
  let folder: string;
  let address: string;
  const pem = (name: string) => readFileSync(join(folder, name), 'utf8');
  const tls = () => ({
    caCert: pem('consul-agent-ca.pem'),
    clientCert: pem('dc1-cli-consul-0.pem'),
    clientKey: pem('dc1-cli-consul-0-key.pem'),
  });

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'replicator-tls-'));
    for (const words of [
      ['ca', 'create'],
      ['cert', 'create', '-server', '-dc=dc1'],
      ['cert', 'create', '-cli'],
    ]) {
      execFileSync(findConsul() ?? '', ['tls', ...words], { cwd: folder, stdio: 'ignore' });
    }
    const port = await freePort();
    address = `https://127.0.0.1:${port}`;
    server = await startConsul({
      hcl: `ports { https = ${port} } verify_incoming_https = true
        ca_file = "${folder}/consul-agent-ca.pem"
        cert_file = "${folder}/dc1-server-consul-0.pem" key_file = "${folder}/dc1-server-consul-0-key.pem"`,
    });
  }, 60_000);
  afterAll(async () => {
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test.each([
    ['by address', {}],
    ['by name', { serverName: 'server.dc1.consul' }],
    ['unseen', { caCert: undefined, skipVerify: true }],
  ])('reads, locks and writes, the server known %s', async (_how, more) => {
    const { caCert, ...rest } = { ...tls(), ...more };
    const consul = connect(address, { tls: caCert === undefined ? rest : { caCert, ...rest } });
    const lockKey = `r/${_how.replace(' ', '-')}`;
    const session = await consul.openSession({ name: 'x', ttlMs: 12_000, lockDelayMs: 0 }, never());
    expect(await consul.acquireLock(lockKey, session, never())).toBe(true);
    const fence = { lockKey, session, unchanged: [] };
    await consul.write(fence, [{ kind: 'set', key: `${lockKey}/a`, value: '1', index: 0 }], permit());
    expect((await consul.readTree(`${lockKey}/`, 0, never())).entries).toHaveLength(1);
  });

  test.each([
    ['without a certificate of ours', () => ({ caCert: tls().caCert }), /certificate required|alert/],
    ['without the authority', () => ({ ...tls(), caCert: tls().clientCert }), /certificate/],
    ['with another name', () => ({ ...tls(), serverName: 'other.example' }), /altnames/],
  ])('is unavailable %s', async (_how, options, text) => {
    const failure = await failureOf(connect(address, { tls: options() }).readKey('a', 0, never()));
    expect(failure.kind).toBe('unavailable');
    expect(failure.detail.text).toMatch(text);
  });
});
