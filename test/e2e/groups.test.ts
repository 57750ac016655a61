import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { long, needsConsul } from '../support/needs.ts';
import { spawnCli } from '../support/processes.ts';
import { startConsul } from '../support/real-consul.ts';
import { eventually } from './support/agents.ts';
import { acceptedOf, findStrayWrites, jobWritesOf } from './support/group-records.ts';
import { type ObservedAgent, startObservedAgent } from './support/observed.ts';

const PARTITIONS = 16;
const INTERVAL_S = 5;
const ROOT = 'replicator/config/groups/blue';
/** 2 × TTL + lock-delay + 1 s + one interval. */
const TAKEOVER_MS = 2 * 12_000 + 15_000 + 1_000 + INTERVAL_S * 1_000;

/** 200 jobs of one group each, all of which have to grow from 1 to 4. */
function world(): string {
  const meta = {
    replicator_enabled: 'true',
    replicator_min: '1',
    replicator_max: '4',
    replicator_cooldown: '20',
    replicator_scalein_cpu: '20',
    replicator_scaleout_cpu: '80',
  };
  const group = {
    name: 'app',
    count: 1,
    meta,
    tasks: [{ name: 'main', driver: 'raw_exec', cpuMhz: 20, memoryMb: 20 }],
    load: { cpuMhz: { kind: 'constant', value: 19, per: 'allocation' }, memoryMb: 5 },
  };
  const jobs = Array.from({ length: 200 }, (_, n) => ({ id: `job-${n}`, groups: [group] }));
  return JSON.stringify({ nodes: [{ count: 20, cpuMhz: 4_000, memoryMb: 8_192, diskMb: 1_000_000 }], jobs });
}

/** Five agents on one machine and everything they talk to. */
class Stage {
  readonly members = new Map<string, ObservedAgent>();
  /** Also those that are gone. */
  readonly all: { readonly who: string; readonly observed: ObservedAgent }[] = [];

  readonly #nomadUrl: string;
  readonly #consul: string;

  constructor(nomadUrl: string, consul: string) {
    this.#nomadUrl = nomadUrl;
    this.#consul = consul;
  }

  async start(id: string): Promise<void> {
    const flags = [
      '-group=blue',
      `-service-id=${id}`,
      '-http-port=-1',
      `-job-scaling-interval=${INTERVAL_S}`,
    ];
    const observed = await startObservedAgent({ nomadUrl: this.#nomadUrl, consul: this.#consul, flags });
    this.members.set(id, observed);
    this.all.push({ who: `${id} (${this.all.length})`, observed });
  }

  member(id: string): ObservedAgent {
    const found = this.members.get(id);
    if (!found) throw new Error(`no member ${id}`);
    return found;
  }

  /** By key below the group's root the session that holds its lock, '' for nobody's. */
  async sessions(): Promise<ReadonlyMap<string, string>> {
    const answer = await fetch(`http://${this.#consul}/v1/kv/${ROOT}/?recurse`);
    const entries = answer.ok ? ((await answer.json()) as { Key: string; Session?: string }[]) : [];
    return new Map(entries.map(({ Key, Session }) => [Key, Session ?? '']));
  }

  /** By partition the id of the member whose session holds its lock, '' for nobody's. */
  async holders(): Promise<readonly string[]> {
    const sessionAt = await this.sessions();
    const memberOf = new Map(
      [...sessionAt].flatMap(([key, session]) => {
        const id = /\/members\/([^/]+)$/.exec(key)?.[1];
        return id === undefined || session === '' ? [] : [[session, id] as const];
      }),
    );
    return Array.from(
      { length: PARTITIONS },
      (_, n) => memberOf.get(sessionAt.get(`${ROOT}/partitions/${n}`) ?? '') ?? '',
    );
  }

  /** Resolves once each of these partitions is locked by another session than it was. */
  async takenOver(partitions: readonly number[], before: ReadonlyMap<string, string>, timeoutMs: number) {
    await eventually(`partitions ${partitions.join(', ')} taken over`, timeoutMs, async () => {
      const now = await this.sessions();
      const keys = partitions.map((n) => `${ROOT}/partitions/${n}`);
      return (
        keys.every((key) => (now.get(key) ?? '') !== '' && now.get(key) !== before.get(key)) || undefined
      );
    });
  }

  /** Resolves once these members hold all partitions, shared evenly. */
  async shared(ids: readonly string[], timeoutMs: number): Promise<readonly string[]> {
    return eventually(`the partitions shared by ${ids.join(', ')}`, timeoutMs, async () => {
      const holders = await this.holders();
      const shares = ids.map((id) => holders.filter((holder) => holder === id).length);
      const isAll = shares.reduce((sum, one) => sum + one, 0) === PARTITIONS;
      return isAll && Math.max(...shares) - Math.min(...shares) <= 1 ? holders : undefined;
    });
  }
}

async function openStage(): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), 'replicator-group-'));
  const file = join(folder, 'world.json');
  writeFileSync(file, world());
  const program = spawnCli(['simulate', `--world=${file}`, '--consul-port=-1', '--aws-port=-1']);
  const consul = await startConsul();
  const line = await program.waitForLine(/"nomad":/, 60_000);
  const { nomad } = JSON.parse(line.text) as { nomad: string };
  const stage = new Stage(nomad, consul.address);
  onTestFinished(async () => {
    await Promise.all(stage.all.map(({ observed }) => observed.stop()));
    await program.stop();
    await consul.stop();
    await rm(folder, { recursive: true, force: true });
  });
  return stage;
}

test(
  'five members share 200 jobs: each is acted on under one lock at any time, whoever joins, stops or is killed',
  long({ ...needsConsul, timeout: 240_000 }),
  async () => {
    const stage = await openStage();
    const ids = ['a', 'b', 'c', 'd', 'e'];
    for (const id of ids.slice(0, 4)) await stage.start(id);
    const four = await stage.shared(ids.slice(0, 4), 60_000);

    await stage.start('e');
    const five = await stage.shared(ids, 60_000);
    const moved = five.filter((holder, n) => holder !== four[n]);
    expect(moved.every((holder) => holder === 'e')).toBe(true);
    expect(moved.length).toBeLessThanOrEqual(Math.ceil(PARTITIONS / 5));

    const stoppedMs = Date.now();
    void stage.member('b').stop();
    await stage.shared(['a', 'c', 'd', 'e'], 30_000);
    const handoverMs = Date.now() - stoppedMs;

    await stage.start('b');
    const before = await stage.shared(ids, 60_000);
    const sessions = await stage.sessions();
    const killedMs = Date.now();
    await stage.member('d').agent.stop('SIGKILL');
    await stage.start('d');
    const lost = before.flatMap((holder, n) => (holder === 'd' ? [n] : []));
    await stage.takenOver(lost, sessions, TAKEOVER_MS + 10_000);
    const takeoverMs = Date.now() - killedMs;
    await stage.shared(ids, 60_000);

    const writes = stage.all.flatMap(({ who, observed }) => jobWritesOf(who, observed));
    const accepted = stage.all.flatMap(({ who, observed }) => acceptedOf(who, observed));
    const stray = findStrayWrites(writes, accepted, PARTITIONS);
    console.log(
      `groups: ${writes.length} mutating requests, ${stray.length} stray; handover ${handoverMs} ms, takeover of ${lost.length} partitions ${takeoverMs} ms`,
    );
    expect(stray).toEqual([]);
    expect(writes.length).toBeGreaterThanOrEqual(200);
    expect(handoverMs).toBeLessThan(4_000);
    expect(takeoverMs).toBeLessThan(TAKEOVER_MS);
  },
);
