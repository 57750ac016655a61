import { groupsOf } from '../../src/simulator/group-view.ts';
import type { SimulatedCluster } from '../simulated-cluster.ts';
import type { FrameModel, GroupView } from './frame-model.ts';
import { readWorldGroup, viewGroup, type WorldGroup } from './group-views.ts';
import type { Journal } from './journal.ts';
import { RequestCounter } from './request-counter.ts';
import { NOTHING_TALLIED, type Tally, tallied } from './tally.ts';

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
  requests(): { readonly nomad: RequestCounter; readonly consul: RequestCounter };
  rates(): FrameModel['rates'];
  groups(journal: Journal): readonly GroupView[];
}

interface Sample {
  readonly atMs: number;
  readonly nomad: number;
  readonly consul: number;
}

/** Starts with nothing seen. */
export function observe(cluster: SimulatedCluster): Observer {
  const nomad = new RequestCounter(cluster.nomadLog);
  const consul = new RequestCounter(cluster.consulLog);
  const histories = new Map<string, number[]>();
  const state = {
    tally: NOTHING_TALLIED,
    column: Number.NEGATIVE_INFINITY,
    groups: [] as readonly WorldGroup[],
  };
  const samples: Sample[] = [];
  return {
    look: (nowMs) => {
      for (const entry of [...nomad.take(), ...consul.take()]) state.tally = tallied(state.tally, entry);
      samples.push({ atMs: nowMs, nomad: nomad.total, consul: consul.total });
      while (samples.length > 2 && nowMs - (samples[0]?.atMs ?? nowMs) > RATE_WINDOW_MS) samples.shift();
      state.groups = groupsOf(cluster.world).map((value) => readWorldGroup(value));
      const column = Math.floor(nowMs / COLUMN_MS);
      for (const group of state.groups) remember(histories, group, column > state.column);
      state.column = column;
    },
    tally: () => state.tally,
    requests: () => ({ nomad, consul }),
    rates: () => ratesOf(samples),
    groups: (journal) =>
      state.groups.map((group) =>
        viewGroup(group, journal.groups.get(group.id), histories.get(group.id) ?? []),
      ),
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

function ratesOf(samples: readonly Sample[]): FrameModel['rates'] {
  const [first, last] = [samples[0], samples.at(-1)];
  const seconds = first && last ? (last.atMs - first.atMs) / 1000 : 0;
  if (!first || !last || seconds <= 0) return { nomad: 0, consul: 0 };
  return { nomad: (last.nomad - first.nomad) / seconds, consul: (last.consul - first.consul) / seconds };
}
