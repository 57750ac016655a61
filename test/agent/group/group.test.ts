import { describe, expect, onTestFinished, test } from 'vitest';
import type { MemberReading } from '../../../src/agent/locks.ts';
import type { VirtualAgent } from '../../support/virtual-agent.ts';
import { VirtualCluster, type VirtualClusterOptions } from '../../support/virtual-cluster.ts';
import { scenarioJob } from '../../support/virtual-jobs.ts';
import { scales } from '../../support/virtual-wire.ts';

function cluster(options: VirtualClusterOptions = {}): VirtualCluster {
  const made = new VirtualCluster({ jobs: [scenarioJob({ cpuMhz: 300 })], ...options });
  onTestFinished(() => made.stop());
  return made;
}

function sharesOf(agent: VirtualAgent): Record<string, number> {
  const shares = agent.members().map(({ id, partitions }) => [id, partitions.length] as const);
  return Object.fromEntries(shares);
}

function ofKind(agent: VirtualAgent, kind: string): number {
  return agent.events.filter(({ event }) => event.kind === kind).length;
}

const isLeader = ({ isLeader: is }: MemberReading): boolean => is;

/** As an agent of the Go releases that was left running. */
async function holdLeaderLock({ consul, keys }: VirtualCluster): Promise<void> {
  const { signal } = new AbortController();
  const put = async (path: string, query: string, body: string): Promise<string> => {
    const asked = { method: 'PUT', path, query: new URLSearchParams(query), headers: {}, body, signal };
    return (await consul.handle(asked)).body.trim();
  };
  const created = JSON.parse(await put('/v1/session/create', '', '{"Name":"replicator_leader_lock"}'));
  const { ID } = created as { readonly ID: string };
  expect(await put(`/v1/kv/${keys.leader}`, `acquire=${ID}`, '')).toBe('true');
}

describe('a group of agents', () => {
  test('divides all partitions among its members, one of which leads', async () => {
    const made = cluster();
    const members = ['a', 'b', 'c'].map((id) => made.startMember(id));
    await made.run(5_000);
    const [first] = members;
    expect(Object.values(sharesOf(first!)).toSorted((x, y) => x - y)).toEqual([5, 5, 6]);
    expect(first!.members().filter(isLeader)).toHaveLength(1);
    expect(members.map(sharesOf)).toEqual(Array.from({ length: 3 }, () => sharesOf(first!)));
  });

  test('of a new key root warns of nothing at its first start', async () => {
    const made = cluster();
    const first = made.startMember('a');
    await made.run(5_000);
    expect(sharesOf(first)).toEqual({ a: 16 });
    expect(ofKind(first, 'group-barred')).toBe(0);
  });

  test('a member that joins takes its fair share and no more, and nothing is left without a holder', async () => {
    const made = cluster();
    const first = made.startMember('a');
    await made.run(5_000);
    expect(sharesOf(first)).toEqual({ a: 16 });
    made.startMember('b');
    await made.run(3_000);
    expect(sharesOf(first)).toEqual({ a: 8, b: 8 });
    expect(ofKind(first, 'lock-left')).toBe(8);
  });

  test('a member that stops hands over within 2 s, the leader too', async () => {
    const made = cluster();
    const [a, b, c] = ['a', 'b', 'c'].map((id) => made.startMember(id));
    await made.run(5_000);
    const leader = [a!, b!, c!].find((one) => one.leading());
    const other = [a!, b!, c!].find((one) => one !== leader);
    await leader!.stop();
    await made.run(1_500);
    expect(Object.values(sharesOf(other!)).toSorted((x, y) => x - y)).toEqual([0, 8, 8]);
    expect(other!.members().filter(isLeader)).toHaveLength(1);
  });

  test('a member that stops while a call hangs hands over within 2 s, but for the partition of the call', async () => {
    const made = cluster({ jobs: [scenarioJob({ cpuMhz: 900 })] });
    const a = made.startMember('a');
    const held = { isHeld: false };
    a.nomad.loseAnswer(scales('web'), () => (held.isHeld = true));
    while (!held.isHeld) await made.run(100);
    const b = made.startMember('b');
    await a.stop();
    await made.run(1_500);
    expect(sharesOf(b)).toMatchObject({ b: 15 });
    await made.run(15_000);
    expect(sharesOf(b)).toMatchObject({ b: 16 });
  });

  test('a member that is killed: its partitions are acted on again, and its id comes back by itself', async () => {
    const made = cluster();
    const [a, b] = [made.startMember('a'), made.startMember('b')];
    await made.run(5_000);
    a.kill();
    await made.run(40_000);
    expect(sharesOf(b)).toEqual({ a: 0, b: 16 });
    const again = made.startMember('a');
    await made.run(40_000);
    expect(sharesOf(again)).toEqual({ a: 8, b: 8 });
    expect(again.refusals).toEqual([]);
  });

  test('a killed member that is started at once waits for its own lock', async () => {
    const made = cluster();
    const a = made.startMember('a');
    await made.run(5_000);
    a.kill();
    const again = made.startMember('a');
    await made.run(40_000);
    expect(sharesOf(again)).toEqual({ a: 16 });
    expect(again.refusals).toEqual([]);
  });

  test('a second agent with the same id is refused after the time a killed one needs', async () => {
    const made = cluster();
    const first = made.startMember('a');
    await made.run(5_000);
    const second = made.startMember('a');
    await made.run(38_000);
    expect(second.refusals).toEqual([]);
    await made.run(4_000);
    expect(second.refusals).toEqual([expect.stringMatching(/^service_id: .* called a;/)]);
    expect(sharesOf(first)).toEqual({ a: 16 });
  });

  test('of two that start at the same moment with one id, one is a member and the other is refused', async () => {
    const made = cluster();
    const both = [made.startMember('a'), made.startMember('a')];
    await made.run(60_000);
    expect(both.map(({ refusals }) => refusals.length).toSorted((x, y) => x - y)).toEqual([0, 1]);
  });

  test('an agent of another group is refused', async () => {
    const made = cluster();
    made.startMember('a');
    await made.run(5_000);
    const other = made.startMember('b', { name: 'green' });
    await made.run(2_000);
    expect(other.refusals).toEqual([expect.stringMatching(/belongs to the group blue, not to green/)]);
  });

  test('a standalone agent does not stand while the group has the key root, and steps down when it comes', async () => {
    const made = cluster();
    const alone = made.startAgent('alone');
    await made.run(5_000);
    expect(alone.leading()).toBe(true);
    const member = made.startMember('a');
    await made.run(5_000);
    expect([alone.leading(), member.leading()]).toEqual([false, true]);
    expect(sharesOf(member)).toEqual({ a: 16 });
    expect(ofKind(alone, 'standing-barred')).toBe(1);
  });

  test('while a stranger holds the leader lock, as an agent of the Go releases does, no member acts', async () => {
    const made = cluster();
    const before = made.startMember('a');
    await made.run(5_000);
    await before.stop();
    await holdLeaderLock(made);
    const member = made.startMember('a');
    await made.run(30_000);
    expect(sharesOf(member)).toEqual({ a: 0 });
    expect(ofKind(member, 'group-barred')).toBe(1);
    expect(made.writes).toEqual([]);
  });

  test('a member cut off from Nomad but not from Consul loses its partitions, and has them back later', async () => {
    const made = cluster();
    const [a, b] = [made.startMember('a'), made.startMember('b')];
    await made.run(10_000);
    a.nomad.cut();
    await made.run(70_000);
    expect(sharesOf(b)).toEqual({ a: 0, b: 16 });
    a.nomad.mend();
    await made.run(70_000);
    expect(sharesOf(b)).toEqual({ a: 8, b: 8 });
  });

  test('what a dead member left behind is forgotten after ten minutes', async () => {
    const made = cluster();
    const [a, b] = [made.startMember('a'), made.startMember('b')];
    await made.run(5_000);
    await b.stop();
    await made.run(9 * 60_000);
    expect(sharesOf(a)).toEqual({ a: 16, b: 0 });
    await made.run(2 * 60_000);
    expect(sharesOf(a)).toEqual({ a: 16 });
  });
});

describe('a pause', () => {
  test('is acknowledged once nothing is in flight that was begun before it', async () => {
    const made = cluster({ jobs: [scenarioJob({ cpuMhz: 900 })] });
    const a = made.startMember('a');
    const held = { isHeld: false };
    const release = a.nomad.holdAnswer(scales('web'), () => (held.isHeld = true));
    while (!held.isHeld) await made.run(100);
    made.setFlag('paused', true);
    await made.run(2_000);
    expect(made.document(made.keys.member('blue', 'a'))).toMatchObject({ paused_seen: 0 });
    release();
    await made.run(1_000);
    const index = made.consul.key(made.keys.paused)?.entry.modifyIndex;
    expect(made.document(made.keys.member('blue', 'a'))).toMatchObject({ paused_seen: index });
    const sent = made.writes.length;
    await made.run(60_000);
    expect(made.writes).toHaveLength(sent);
    made.setFlag('paused', false);
    await made.run(1_000);
    expect(made.document(made.keys.member('blue', 'a'))).toMatchObject({ paused_seen: 0 });
  });
});

describe('the stored configuration', () => {
  const stored = (options: object, partitions = 16): string =>
    JSON.stringify({ options, partitions, by: 'operator', at: '2026-01-01T00:00:00Z' });

  /** A member that takes intervals above 0. */
  function startTaking(made: VirtualCluster, id: string, taken: unknown[]): VirtualAgent {
    return made.startMember(id, {
      takeOptions: (options) => {
        if (options?.['job_scaling_interval'] === 0) return ['job_scaling_interval: too small'];
        taken.push(options);
        return [];
      },
    });
  }

  test('is taken over within a second, and the member says so', async () => {
    const made = cluster();
    const taken: unknown[] = [];
    startTaking(made, 'a', taken);
    await made.run(5_000);
    made.consul.putKey(made.keys.groupConfig('blue'), stored({ job_scaling_interval: 3 }));
    await made.run(1_000);
    expect(taken.at(-1)).toEqual({ job_scaling_interval: 3 });
    const index = made.consul.key(made.keys.groupConfig('blue'))?.entry.modifyIndex;
    expect(made.document(made.keys.member('blue', 'a'))).toMatchObject({ config_seen: index });
  });

  test.each<[sentence: string, text: string, told: RegExp]>([
    ['is no JSON', 'nonsense', /not a JSON object/],
    ['has an option that cannot be', stored({ job_scaling_interval: 0 }), /job_scaling_interval: too small/],
    ['divides the work anew', stored({}, 8), /partitions: is 16, and cannot be 8 while a member is alive/],
  ])('that %s is refused once, and the last good one stays in force', async (_, text, told) => {
    const made = cluster();
    const taken: unknown[] = [];
    const a = startTaking(made, 'a', taken);
    await made.run(5_000);
    made.consul.putKey(made.keys.groupConfig('blue'), stored({ job_scaling_interval: 3 }));
    await made.run(1_000);
    const before = taken.length;
    made.consul.putKey(made.keys.groupConfig('blue'), text);
    await made.run(20_000);
    expect(taken).toHaveLength(before);
    const refused = a.events.map(({ event }) => event).filter(({ kind }) => kind === 'group-config-refused');
    expect(refused).toEqual([expect.objectContaining({ faults: [expect.stringMatching(told)] })]);
    expect(sharesOf(a)).toEqual({ a: 16 });
  });

  test('fixes how many partitions there are; the first leader writes it where nobody has', async () => {
    const made = cluster();
    made.consul.putKey(made.keys.groupConfig('blue'), stored({}, 4));
    const a = made.startMember('a');
    await made.run(5_000);
    expect(sharesOf(a)).toEqual({ a: 4 });
    const other = cluster();
    other.startMember('a', { partitions: 3 });
    await other.run(5_000);
    expect(other.document(other.keys.groupConfig('blue'))).toMatchObject({ options: {}, partitions: 3 });
  });

  test('changed to another number by hand while a member is alive: a new member goes by what the others say', async () => {
    const made = cluster();
    const a = made.startMember('a');
    await made.run(5_000);
    made.consul.putKey(made.keys.groupConfig('blue'), stored({}, 8));
    const b = made.startMember('b');
    await made.run(5_000);
    expect(sharesOf(b)).toEqual({ a: 8, b: 8 });
    expect(a.members()).toHaveLength(2);
  });
});
