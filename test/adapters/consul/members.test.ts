import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../../src/adapters/system/clock.ts';
import type { MemberService } from '../../../src/ports/membership.ts';
import { type ConsulFace, createConsulFace } from '../../../src/simulator/consul/consul-face.ts';
import { Random } from '../../../src/simulator/random.ts';
import { serveFace } from '../../../src/simulator/serve.ts';
import { needsConsul } from '../../support/needs.ts';
import { startConsul } from '../../support/real-consul.ts';
import type { RunningServer } from '../../support/server-process.ts';
import { type Adapter, connect, failureOf, never } from './support.ts';

const spec = { name: 'replicator_member', ttlMs: 12_000, lockDelayMs: 0 };
let used = 0;

/** A group of its own for each test, on a Consul that may be shared. */
function freshMember(more: Partial<MemberService> = {}): MemberService {
  const group = `blue-${(used += 1)}`;
  const place = { address: '10.0.0.1', port: 1313 };
  return { id: `${group}-a`, group, ...place, ttlMs: 12_000, deregisterAfterMs: 600_000, ...more };
}

async function passing(consul: Adapter, group: string): Promise<readonly boolean[]> {
  const { entries } = await consul.membership.services(group, 0, never());
  return entries.map((entry) => entry.passing);
}

/** Membership as an agent uses it. */
function memberCases(address: () => string): void {
  test('a service is there, with its address, and passes at once', async () => {
    const consul = connect(address());
    const member = freshMember();
    await consul.membership.register(member, never());
    await expect.poll(() => passing(consul, member.group)).toEqual([true]);
    const { entries } = await consul.membership.services(member.group, 0, never());
    expect(entries).toEqual([
      {
        id: member.id,
        address: '10.0.0.1',
        port: 1313,
        tags: [member.group],
        node: expect.stringMatching(/./) as string,
        passing: true,
      },
    ]);
  });

  test('one without an address is reached at its node', async () => {
    const consul = connect(address());
    const member = freshMember({ address: '', port: 0 });
    await consul.membership.register(member, never());
    await expect.poll(() => passing(consul, member.group)).toEqual([true]);
    const { entries } = await consul.membership.services(member.group, 0, never());
    expect(entries).toMatchObject([{ address: '127.0.0.1', port: 0 }]);
  });

  test('registered again it passes, even if its check had failed', async () => {
    const consul = connect(address());
    const member = freshMember();
    await consul.membership.register(member, never());
    await fetch(`${address()}/v1/agent/check/fail/service:${member.id}`, { method: 'PUT' });
    await expect.poll(() => passing(consul, member.group)).toEqual([false]);
    await consul.membership.register(member, never());
    await expect.poll(() => passing(consul, member.group)).toEqual([true]);
  });

  test('a check that the agent does not know is not found, and a service that is not there is gone', async () => {
    const consul = connect(address());
    const failure = await failureOf(consul.membership.pass('nosuch', never()));
    expect(failure).toMatchObject({ kind: 'not-found', detail: { service: 'consul' } });
    await expect(consul.membership.deregister('nosuch', never())).resolves.toBeUndefined();
  });

  test('a wait for a group is over when a member comes, fails or goes', async () => {
    const consul = connect(address());
    const member = freshMember();
    const { membership } = consul;
    const { index } = await membership.services(member.group, 0, never());
    const coming = membership.services(member.group, index, never());
    await membership.register(member, never());
    let read = await coming;
    while (read.entries.length === 0) read = await membership.services(member.group, read.index, never());
    const failing = membership.services(member.group, read.index, never());
    await fetch(`${address()}/v1/agent/check/fail/service:${member.id}`, { method: 'PUT' });
    read = await failing;
    expect(read.entries).toMatchObject([{ passing: false }]);
    const going = membership.services(member.group, read.index, never());
    await membership.deregister(member.id, never());
    expect((await going).entries).toEqual([]);
  });

  test('a session cannot be bound to a check that is not there yet: to be tried again', async () => {
    const consul = connect(address());
    const { id } = freshMember();
    const failure = await failureOf(consul.openSession({ ...spec, check: id }, never()));
    expect(failure).toMatchObject({
      kind: 'unavailable',
      detail: { text: `Missing check 'service:${id}' registration` },
    });
    expect(failure.detail).not.toHaveProperty('outcomeUnknown');
  });

  test('a session ends with the check that it is bound to, and its lock is free', async () => {
    const consul = connect(address());
    const member = freshMember({ ttlMs: 1_000 });
    const key = `replicator/config/groups/${member.group}/members/${member.id}`;
    await consul.membership.register(member, never());
    await expect.poll(() => passing(consul, member.group)).toEqual([true]);
    const session = await consul.openSession({ ...spec, check: member.id }, never());
    expect(await consul.acquireLock(key, session, never())).toBe(true);
    const startMs = performance.now();
    const { index } = await consul.readKey(key, 0, never());
    const { entries } = await consul.readKey(key, index, never());
    // Its own TTL would end it after 24 s.
    expect(performance.now() - startMs).toBeLessThan(12_000);
    expect(entries).toMatchObject([{ key, session: '' }]);
    const failure = await failureOf(consul.renewSession(session, never()));
    expect(failure).toMatchObject({ kind: 'conflict', detail: { conflict: 'session-gone' } });
    const refusal = await failureOf(consul.openSession({ ...spec, check: member.id }, never()));
    expect(refusal).toMatchObject({
      kind: 'unavailable',
      detail: { text: `Check 'service:${member.id}' is in critical state` },
    });
  });
}

describe('members at the simulated Consul', () => {
  let face: ConsulFace;
  let url = '';
  let close: () => Promise<void>;

  beforeAll(async () => {
    face = createConsulFace({ clock: systemClock(), random: new Random(1) });
    const served = await serveFace(face);
    ({ url } = served);
    close = () => served.close();
  });
  afterAll(() => close?.());

  memberCases(() => url);

  test('an agent that hurries binds its session when its check has come to the servers', async () => {
    const consul = connect(url);
    const member = freshMember();
    face.setSyncing(false);
    onTestFinished(() => face.setSyncing(true));
    await consul.membership.register(member, never());
    const early = await failureOf(consul.openSession({ ...spec, check: member.id }, never()));
    expect(early.kind).toBe('unavailable');
    face.setSyncing(true);
    await expect(consul.openSession({ ...spec, check: member.id }, never())).resolves.toMatch(/-/);
  });

  test('a Consul agent that was restarted empty does not know the check, and takes the service again', async () => {
    const consul = connect(url);
    const member = freshMember();
    await consul.membership.register(member, never());
    face.restartEmpty();
    expect(await failureOf(consul.membership.pass(member.id, never()))).toMatchObject({ kind: 'not-found' });
    await consul.membership.register(member, never());
    expect(await passing(consul, member.group)).toEqual([true]);
  });
});

describe('members at a real Consul', needsConsul, () => {
  let server: RunningServer;

  beforeAll(async () => {
    server = await startConsul();
  }, 60_000);
  afterAll(() => server?.stop());

  memberCases(() => `http://${server.address}`);
});
