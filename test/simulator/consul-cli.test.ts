import { execFile } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/adapters/system/clock.ts';
import { createConsulFace } from '../../src/simulator/consul/consul-face.ts';
import type { ConsulFace } from '../../src/simulator/consul/consul-face.ts';
import { Random } from '../../src/simulator/random.ts';
import { serveFace } from '../../src/simulator/serve.ts';
import type { FaceServer } from '../../src/simulator/serve.ts';
import { findConsul } from '../setup/servers.mjs';
import { childEnvironment, track } from '../support/children.ts';
import { needsConsul } from '../support/needs.ts';

interface Outcome {
  readonly code: number;
  readonly output: string;
}

describe('the consul command against the simulated Consul', needsConsul, () => {
  let face: ConsulFace;
  let server: FaceServer;

  beforeEach(async () => {
    face = createConsulFace({ clock: systemClock(), random: new Random(1) });
    server = await serveFace(face, { gzip: true });
  });
  afterEach(() => server.close());

  function consul(...args: string[]): Promise<Outcome> {
    const env = childEnvironment({ CONSUL_HTTP_ADDR: `127.0.0.1:${server.port}` });
    return new Promise((resolve) => {
      const child = execFile(findConsul() ?? '', args, { env, timeout: 20_000 }, (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : Number(error.code ?? -1), output: stdout + stderr });
      });
      track(child, `consul ${args[0] ?? ''}`, 'program');
    });
  }

  test('kv writes, reads, lists, checks and deletes', async () => {
    expect(await consul('kv', 'put', '-flags=42', 'a/b', 'hello')).toMatchObject({ code: 0 });
    expect(await consul('kv', 'get', 'a/b')).toEqual({ code: 0, output: 'hello\n' });
    expect((await consul('kv', 'get', '-detailed', 'a/b')).output).toMatch(
      /Flags +42[^]*Session +-[^]*Value +hello/,
    );
    expect(await consul('kv', 'get', '-keys', 'a/')).toEqual({ code: 0, output: 'a/b\n' });
    expect((await consul('kv', 'put', '-cas', '-modify-index=1', 'a/b', 'x')).output).toContain('CAS failed');
    expect(await consul('kv', 'get', 'none')).toEqual({ code: 1, output: 'Error! No key exists at: none\n' });
    expect(await consul('kv', 'delete', '-recurse', 'a/')).toMatchObject({ code: 0 });
    expect(face.keys()).toEqual([]);
  });

  test('lock runs its child while it holds the lock, and leaves nothing behind', async () => {
    const { code, output } = await consul('lock', '-verbose', '-child-exit-code', 'locks/one', 'exit 7');
    expect(output).toContain('Child terminated, releasing lock');
    expect(code).toBe(2);
    expect(face.keys()).toEqual([]);
    expect(face.sessions()).toEqual([]);
  });

  test('lock waits for the one before it', async () => {
    const [first, second] = await Promise.all([
      consul('lock', '-verbose', 'locks/one', 'sleep 1'),
      consul('lock', '-verbose', 'locks/one', 'sleep 1'),
    ]);
    expect([first.code, second.code]).toEqual([0, 0]);
    expect(face.sessions()).toEqual([]);
  });

  test('lock as a semaphore lets two in', async () => {
    const outcomes = await Promise.all(
      [1, 2].map(() => consul('lock', '-verbose', '-n=2', 'locks/two', 'sleep 1')),
    );
    expect(outcomes.map(({ code }) => code)).toEqual([0, 0]);
    expect(outcomes.map(({ output }) => output.includes('Setting up semaphore (limit 2)'))).toEqual([
      true,
      true,
    ]);
    // A command that ends while the other lets go may leave its session to the TTL.
    await expect.poll(() => face.sessions(), { timeout: 40_000 }).toEqual([]);
  }, 60_000);

  test('members shows one server of the version that it speaks like', async () => {
    expect((await consul('members')).output).toMatch(
      /consul-1 +127\.0\.0\.1:8301 +alive +server +1\.8\.7 +2 +dc1/,
    );
  });
});
