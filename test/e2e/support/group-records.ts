import { groupResource, partitionOf } from '../../../src/domain/partition.ts';
import { isMutating, type ProxiedRequest } from '../../support/fault-proxy.ts';
import type { ObservedAgent } from './observed.ts';

/** A request to Nomad that changes a job, and who sent it. */
export interface JobWrite {
  readonly who: string;
  readonly job: string;
  readonly atMs: number;
}

/** A transaction that Consul accepted on a job's keys, and the partition whose lock it was made under. */
export interface Accepted extends JobWrite {
  readonly partition: number;
  readonly session: string;
}

interface Operation {
  readonly KV: { readonly Verb: string; readonly Key: string; readonly Session?: string };
}

/** Requests of one agent that change a job: group `app` of the job in the path. */
export function jobWritesOf(who: string, { nomadProxy }: ObservedAgent): readonly JobWrite[] {
  return nomadProxy.log.filter(isMutating).flatMap(({ path, arrivedMs }) => {
    const job = /^\/v1\/job\/([^/?]+)/.exec(path)?.[1];
    return job === undefined ? [] : [{ who, job, atMs: arrivedMs }];
  });
}

/** Transactions of one agent on the keys of jobs that Consul accepted. */
export function acceptedOf(who: string, { consulProxy }: ObservedAgent): readonly Accepted[] {
  return consulProxy.log
    .filter(({ path, status }) => path.startsWith('/v1/txn') && status === 200)
    .flatMap((request) => readTransaction(who, request));
}

function readTransaction(who: string, { body, arrivedMs }: ProxiedRequest): readonly Accepted[] {
  const operations = (JSON.parse(body) as readonly Operation[]).map(({ KV }) => KV);
  const lock = operations.find(({ Verb }) => Verb === 'check-session');
  const partition = Number(/\/partitions\/(\d+)$/.exec(lock?.Key ?? '')?.[1] ?? -1);
  const jobs = operations.flatMap(({ Key }) => /\/operations\/jobs\/([^/]+)\/app$/.exec(Key)?.[1] ?? []);
  const session = lock?.Session ?? '';
  return [...new Set(jobs)].map((job) => ({ who, job, atMs: arrivedMs, partition, session }));
}

/**
 * What is wrong, one sentence each: every change of a job must follow a transaction that its sender made under the
 * job's own partition, with none of another agent in between.
 */
export function findStrayWrites(
  writes: readonly JobWrite[],
  accepted: readonly Accepted[],
  partitions: number,
): readonly string[] {
  return writes.flatMap((write) => {
    const before = accepted.filter(({ job, atMs }) => job === write.job && atMs <= write.atMs);
    const last = before.toSorted((a, b) => a.atMs - b.atMs).at(-1);
    if (!last) return [`${write.who} changed ${write.job} without an intent`];
    const own = partitionOf(groupResource(`${write.job}/app`), partitions);
    if (last.who !== write.who)
      return [`${write.who} changed ${write.job}, which ${last.who} had taken over`];
    if (last.partition !== own)
      return [`${write.job} was changed under partition ${last.partition}, not ${own}`];
    return [];
  });
}
