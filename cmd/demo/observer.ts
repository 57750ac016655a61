import { keysBelow } from '../../src/domain/keys.ts';
import { decodePoolOperation } from '../../src/domain/pool-operation-document.ts';
import { decodeState } from '../../src/domain/state-document.ts';
import { groupsOf } from '../../src/simulator/group-view.ts';
import type { SimulatedCluster } from '../simulated-cluster.ts';
import { awsActionOf } from './endpoint.ts';
import type { FrameModel, GroupView, PoolView } from './frame-model.ts';
import { readWorldGroup, viewGroup, type WorldGroup } from './group-views.ts';
import type { Journal } from './journal.ts';
import { KEY_ROOT } from './perform-act.ts';
import { type PoolRecord, viewPool } from './pool-views.ts';
import { RequestCounter } from './request-counter.ts';
import { NOTHING_TALLIED, type Tally, tallied } from './tally.ts';
import { readWorldPools, type WorldPool } from './world-pools.ts';

/** Time on the wall that one column of a sparkline stands for. */
export const COLUMN_MS = 1_500;
const COLUMNS_KEPT = 60;
/** Requests a second are those of this time. */
const RATE_WINDOW_MS = 4_000;

/** Looks at the cluster again and again: what its servers were asked, and how its groups develop. */
export interface Observer {
  /** Takes in what has happened since the last look. `nowMs` is the machine's clock. */
  look(nowMs: number): void;
  tally(): Tally;
  requests(): {
    readonly nomad: RequestCounter;
    readonly consul: RequestCounter;
    readonly aws: RequestCounter;
  };
  rates(): FrameModel['rates'];
  groups(journal: Journal): readonly GroupView[];
  pools(journal: Journal): readonly PoolView[];
}

interface Sample {
  readonly atMs: number;
  readonly nomad: number;
  readonly consul: number;
  readonly aws: number;
}

/** Starts with nothing seen. */
export function observe(cluster: SimulatedCluster): Observer {
  const nomad = new RequestCounter(cluster.nomadLog);
  const consul = new RequestCounter(cluster.consulLog);
  const aws = new RequestCounter(cluster.awsLog, awsActionOf);
  const histories = new Map<string, number[]>();
  const state = {
    tally: NOTHING_TALLIED,
    column: Number.NEGATIVE_INFINITY,
    groups: [] as readonly WorldGroup[],
    pools: [] as readonly WorldPool[],
  };
  const samples: Sample[] = [];
  return {
    look: (nowMs) => {
      for (const entry of [...nomad.take(), ...consul.take()]) state.tally = tallied(state.tally, entry);
      aws.take();
      samples.push({ atMs: nowMs, nomad: nomad.total, consul: consul.total, aws: aws.total });
      while (samples.length > 2 && nowMs - (samples[0]?.atMs ?? nowMs) > RATE_WINDOW_MS) samples.shift();
      state.groups = groupsOf(cluster.world).map((value) => readWorldGroup(value));
      state.pools = cluster.cloud ? readWorldPools(cluster.world, cluster.cloud) : [];
      const column = Math.floor(nowMs / COLUMN_MS);
      for (const group of state.groups) remember(histories, group, column > state.column);
      state.column = column;
    },
    tally: () => state.tally,
    requests: () => ({ nomad, consul, aws }),
    rates: () => ({ ...ratesOf(samples), ...(cluster.aws ? {} : { aws: undefined }) }),
    groups: (journal) =>
      state.groups.map((group) =>
        viewGroup(group, journal.groups.get(group.id), histories.get(group.id) ?? []),
      ),
    pools: (journal) =>
      state.pools.map((pool) => viewPool(pool, journal.pools.get(pool.name), readRecord(cluster, pool.name))),
  };
}

/** The last column shows what is; a new one is begun when its time has come. */
function remember(histories: Map<string, number[]>, { id, count }: WorldGroup, isNew: boolean): void {
  const history = histories.get(id) ?? [];
  histories.set(id, history);
  if (!isNew && history.length > 0) history.pop();
  history.push(count);
  if (history.length > COLUMNS_KEPT) history.shift();
}

/** What is not there, or cannot be read, is shown as nothing. */
function readRecord({ consulKeys }: SimulatedCluster, pool: string): PoolRecord {
  const keys = keysBelow(KEY_ROOT);
  const textOf = (key: string): string => consulKeys?.key(key)?.text ?? '';
  const state = decodeState(textOf(keys.poolState(pool)));
  const operation = decodePoolOperation(textOf(keys.poolOperation(pool)));
  return {
    failures: state.ok ? state.state.failureCount : 0,
    isFailsafe: state.ok && state.state.failsafeMode,
    operation: operation.ok ? operation.operation : undefined,
  };
}

function ratesOf(samples: readonly Sample[]): FrameModel['rates'] {
  const [first, last] = [samples[0], samples.at(-1)];
  const seconds = first && last ? (last.atMs - first.atMs) / 1000 : 0;
  const rate = (server: 'nomad' | 'consul' | 'aws'): number =>
    first && last && seconds > 0 ? (last[server] - first[server]) / seconds : 0;
  return { nomad: rate('nomad'), consul: rate('consul'), aws: rate('aws') };
}
