import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { needsConsul, needsNomad } from '../support/needs.ts';
import { consulManagementToken, startConsul } from '../support/real-consul.ts';
import { startNomad } from '../support/real-nomad.ts';
import type { RunningServer } from '../support/server-process.ts';

async function read(server: RunningServer, path: string, init: RequestInit = {}): Promise<string> {
  const answer = await fetch(`http://${server.address}/v1/${path}`, {
    ...init,
    signal: AbortSignal.timeout(5_000),
  });
  return answer.status === 404 ? 'none' : answer.text();
}

describe('a real Consul', needsConsul, () => {
  let consul: RunningServer;

  beforeAll(async () => {
    consul = await startConsul();
  });

  afterAll(async () => {
    await consul.stop();
  });

  test('can make a session as soon as it is ready', async () => {
    expect(await read(consul, 'session/create', { method: 'PUT' })).toContain('ID');
  });

  test('answers nothing while it is paused, and the answer comes when it is resumed', async () => {
    consul.pause();
    const answer = read(consul, 'status/leader').then((text) => ({ text }));
    const early = await Promise.race([answer, new Promise((resolve) => setTimeout(resolve, 300, 'nothing'))]);
    consul.resume();
    expect(early).toBe('nothing');
    expect(await answer).toEqual({ text: expect.stringContaining('127.0.0.1') });
  });

  test('is empty after a restart, at the same address, also after it was killed', async () => {
    await read(consul, 'kv/x', { method: 'PUT', body: '1' });
    expect(await read(consul, 'kv/x?raw')).toBe('1');
    await consul.restart();
    expect(await read(consul, 'kv/x?raw')).toBe('none');
    await consul.kill();
    await expect(read(consul, 'kv/x')).rejects.toThrow('fetch failed');
    await consul.restart();
    expect(await read(consul, 'kv/x?raw')).toBe('none');
  });
});

test('a Consul with access control refuses without a token', needsConsul, async () => {
  const consul = await startConsul({ acl: true });
  try {
    const put = { method: 'PUT', body: '1' };
    const headers = { 'X-Consul-Token': consulManagementToken };
    expect(await read(consul, 'kv/x', put)).toContain('Permission denied');
    expect(await read(consul, 'kv/x', { ...put, headers })).toBe('true\n');
  } finally {
    await consul.stop();
  }
});

test('a Consul that cannot start says why', needsConsul, async () => {
  await expect(startConsul({ hcl: 'no_such_key = 1' })).rejects.toThrow('no_such_key');
});

test('a real Nomad has a node of 4000 MHz and 4096 MB', needsNomad, async () => {
  const nomad = await startNomad();
  try {
    const [node] = JSON.parse(await read(nomad, 'nodes?resources=true'));
    expect(node.NodeResources).toMatchObject({ Cpu: { CpuShares: 4000 }, Memory: { MemoryMB: 4096 } });
    expect(node.Drivers.raw_exec).toMatchObject({ Detected: true, Healthy: true });
  } finally {
    await nomad.stop();
  }
});
