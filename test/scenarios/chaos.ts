import { Random } from '../../src/simulator/random.ts';
import type { Faults, StatisticsFault } from '../../src/simulator/world/faults.ts';
import type { VirtualAgent } from '../support/virtual-agent.ts';
import { STEADY_TIMING, type VirtualCluster } from '../support/virtual-cluster.ts';
import { scenarioJob } from '../support/virtual-jobs.ts';

/** What has been over for five minutes is forgotten: the lists stay short. */
export const CHAOS_TIMING = { ...STEADY_TIMING, gcEvaluationsMs: 5 * 60_000 };

/** Bounds of every group. */
export const BOUNDS = { min: 2, max: 5 };

const idOf = (at: number): string => `job-${at}`;

/** Jobs of all kinds on waves of their own. */
export function chaosJobs(count: number): object[] {
  return Array.from({ length: count }, (_none, at) => jobOf(at));
}

function jobOf(at: number, image = 'registry.example/web:1', count = 3): object {
  return scenarioJob({
    id: idOf(at),
    type: at % 5 === 4 ? 'batch' : 'service',
    deploys: at % 5 < 3,
    count,
    ...BOUNDS,
    retries: 1 + (at % 2),
    cooldownS: 30,
    image,
    update: { progressDeadlineS: 120, healthyDeadlineS: 90 },
    cpuMhz: { kind: 'wave', mean: 900, amplitude: 700, periodS: 900 + at * 130, phaseS: at * 77 },
  });
}

/** What goes wrong from minute to minute, drawn from one seed. */
export class Chaos {
  private readonly cluster: VirtualCluster;
  private readonly random: Random;
  private readonly jobs: number;
  private agents = 0;
  private images = 1;

  constructor(cluster: VirtualCluster, seed: string, jobs: number) {
    this.cluster = cluster;
    this.random = new Random(seed);
    this.jobs = jobs;
  }

  start(): void {
    this.startAgent();
    this.startAgent();
  }

  /** Lets the time pass, with something going wrong about every 50 s. */
  async run(ms: number): Promise<void> {
    const untilMs = this.cluster.clock.monotonicMs() + ms;
    while (this.cluster.clock.monotonicMs() < untilMs) {
      await this.cluster.run(this.random.int(5_000, 100_000));
      this.disturb();
    }
  }

  private startAgent(): void {
    this.agents += 1;
    this.cluster.startAgent(`agent-${this.agents}`);
  }

  private disturb(): void {
    const { random } = this;
    const acts = [
      () => this.statistics(),
      () => this.statistics(),
      () => this.servers(),
      () => this.servers(),
      () => this.consul(),
      () => this.agent(),
      () => this.flags(),
      () => this.groupFailsafe(),
      () => this.deploy(),
      () => this.node(),
      () => this.timing(),
    ];
    acts[random.int(0, acts.length - 1)]?.();
  }

  private statistics(): void {
    const { random } = this;
    const modes = ['error', 'hang', 'stale'] as const;
    const mode = modes[random.int(0, 2)] ?? 'error';
    const jobs = Array.from({ length: this.jobs }, (_none, at) => idOf(at)).filter(() => random.next() < 0.5);
    const fault: StatisticsFault = { mode, jobs, ...(random.next() < 0.5 && { fraction: random.next() }) };
    this.cluster.world.setFaults({ statistics: random.next() < 0.5 ? fault : null });
  }

  private servers(): void {
    const { random } = this;
    const faults: Partial<Faults>[] = [
      { hasLeader: false },
      { throttled: 0.3 },
      { response: { status: 500, body: 'rpc error: no luck', fraction: 0.3 } },
      { latencyMs: [0, 2_000] },
    ];
    const well = { hasLeader: true, throttled: 0, response: null, latencyMs: [0, 0] } as const;
    const fault = random.next() < 0.5 ? faults[random.int(0, faults.length - 1)] : undefined;
    this.cluster.world.setFaults({ ...well, ...fault });
  }

  private consul(): void {
    const { random } = this;
    const { consul } = this.cluster;
    const choice = random.int(0, 3);
    if (choice === 0) consul.setNoLeader(true);
    else if (choice === 1) for (const { id } of consul.sessions()) consul.endSession(id);
    else consul.setNoLeader(false);
  }

  private agent(): void {
    const { random } = this;
    const living = this.cluster.agents.filter(({ isDead }) => !isDead());
    const agent: VirtualAgent | undefined = living[random.int(0, living.length - 1)];
    const choice = random.int(0, 4);
    if (choice === 0) {
      agent?.kill();
      this.startAgent();
    } else if (choice === 1) agent?.consul.cut();
    else if (choice === 2) agent?.setWallAheadMs(random.int(-600_000, 600_000));
    else for (const one of living) one.consul.mend();
  }

  private flags(): void {
    const flag = this.random.next() < 0.5 ? 'failsafe' : 'paused';
    const isSet = this.random.next() < 0.5;
    this.cluster.setFlag('failsafe', isSet && flag === 'failsafe');
    this.cluster.setFlag('paused', isSet && flag === 'paused');
  }

  private groupFailsafe(): void {
    const at = this.random.int(0, this.jobs - 1);
    const key = `${this.cluster.keys.root}/state/jobs/${idOf(at)}/api`;
    const set = this.random.next() < 0.3;
    this.cluster.editDocument(key, { failsafe_mode: set, failsafe_admin: set, failure_count: 0 });
  }

  /** A user who keeps the count that is there. */
  private deploy(): void {
    const at = this.random.int(0, this.jobs - 1);
    this.images += 1;
    this.cluster.registerNow(jobOf(at, `registry.example/web:${this.images}`, this.cluster.count(idOf(at))));
  }

  private node(): void {
    const { world } = this.cluster;
    const nodes = world.store.tables.nodes.all();
    const node = nodes[this.random.int(0, nodes.length - 1)];
    if (node === undefined) return;
    const choice = this.random.int(0, 3);
    if (choice === 0) world.nodes.silence(node.id, this.random.next() < 0.5 ? 'dead' : 'hung');
    else for (const { id } of nodes) world.nodes.revive(id);
  }

  private timing(): void {
    const isSlow = this.random.next() < 0.3;
    this.cluster.setTiming(isSlow ? { startMs: [150_000, 150_000] } : STEADY_TIMING);
  }
}
