import type { Job } from './job-types.ts';
import type { Store } from './store.ts';

type Indexed = { readonly createIndex: number; readonly modifyIndex: number };

/**
 * Lowers every index by the same factor, as after restoring the servers from a backup into a new
 * cluster: what was newer than something else stays newer.
 */
export function rescaleIndexes(store: Store, factor: number): void {
  const scale = (index: number): number => Math.max(1, Math.ceil(index * factor));
  const indexed = <Row extends Indexed>(row: Row): Row => ({
    ...row,
    createIndex: scale(row.createIndex),
    modifyIndex: scale(row.modifyIndex),
  });
  const job = (row: Job): Job => ({ ...indexed(row), jobModifyIndex: scale(row.jobModifyIndex) });
  const { tables } = store;
  tables.jobs.replaceAll(job);
  tables.versions.replaceAll((versions) => versions.map(job));
  tables.summaries.replaceAll(indexed);
  tables.nodes.replaceAll(indexed);
  tables.allocations.replaceAll((row) => ({
    ...indexed(row),
    job: job(row.job),
    allocModifyIndex: scale(row.allocModifyIndex),
  }));
  tables.evaluations.replaceAll((row) => ({ ...indexed(row), jobModifyIndex: scale(row.jobModifyIndex) }));
  tables.deployments.replaceAll((row) => ({
    ...indexed(row),
    jobCreateIndex: scale(row.jobCreateIndex),
    jobModifyIndex: scale(row.jobModifyIndex),
    jobSpecModifyIndex: scale(row.jobSpecModifyIndex),
  }));
  for (const table of Object.values(tables)) table.index = scale(table.index);
  store.index = scale(store.index);
  store.abandon();
}
