import type { Change, TableName } from '../world/store.ts';

/** True for changes of rows in one of the tables. */
export function inTables(...tables: readonly TableName[]): (change: Change) => boolean {
  return (change) => tables.includes(change.table);
}

/** True for changes of one row. */
export function ofRow(table: TableName, key: string): (change: Change) => boolean {
  return (change) => change.table === table && change.key === key;
}

/** True for changes of rows that belong to a job. */
export function ofJob(
  table: 'allocations' | 'evaluations' | 'deployments',
  namespace: string,
  jobId: string,
): (change: Change) => boolean {
  return (change) => {
    if (change.table !== table) return false;
    const row = change.after ?? change.before;
    return row !== undefined && 'jobId' in row && row.jobId === jobId && row.namespace === namespace;
  };
}

/** A JSON list of texts. Brackets go to the first and the last: a long list is copied once, not twice. */
export function listText(texts: readonly string[]): string {
  const [first] = texts;
  if (first === undefined) return '[]';
  const last = texts.length - 1;
  const parts = texts.with(0, `[${first}`);
  return parts.with(last, `${parts[last]}]`).join(',');
}

/** True when the prefix is empty or begins the text. */
export function beginsWith(text: string, prefix: string): boolean {
  return prefix === '' || text.startsWith(prefix);
}

/** The last part of a decoded path when it is one of these, and what is before it. */
export function splitAction(rest: string, actions: readonly string[]): { id: string; action: string } {
  const action = actions.find((name) => rest.endsWith(`/${name}`));
  return action === undefined ? { id: rest, action: '' } : { id: rest.slice(0, -action.length - 1), action };
}
