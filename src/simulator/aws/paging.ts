import { CloudRefusal } from './cloud-refusal.ts';

/** One page of rows, and the token of the next; '' after the last. */
export interface Page<Row> {
  readonly rows: readonly Row[];
  readonly nextToken: string;
}

/** A page of rows that stay in order; the token names the last row that was given. */
export function pageOf<Row>(
  rows: readonly Row[],
  idOf: (row: Row) => string,
  { size, token }: { readonly size: number; readonly token: string },
): Page<Row> {
  const start = token === '' ? 0 : startAfter(rows, idOf, token);
  const page = rows.slice(start, start + size);
  const last = page.at(-1);
  const isLast = start + size >= rows.length || last === undefined;
  return { rows: page, nextToken: isLast ? '' : Buffer.from(idOf(last)).toString('base64url') };
}

function startAfter<Row>(rows: readonly Row[], idOf: (row: Row) => string, token: string): number {
  const id = Buffer.from(token, 'base64url').toString('utf8');
  const at = rows.findIndex((row) => idOf(row) === id);
  if (at < 0) throw new CloudRefusal('InvalidNextToken', `The token '${token}' is invalid.`);
  return at + 1;
}
