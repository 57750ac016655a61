import { isPortError } from '../../ports/port-error.ts';
import type { ListSource } from './blocking-feed.ts';
import { portError } from './errors.ts';
import { fieldsOf, needList, parseAnswer, textOf } from './json.ts';
import type { Question, Reader } from './reader.ts';

/** A list that may be had of all namespaces together, and of each alone. */
type Listed = Pick<ListSource<unknown>, 'list' | 'path' | 'permission'>;

/** Namespaces that are asked, one after the other, before the token is taken for a blind one. */
const MOST_ASKED = 20;

/**
 * Nomad answers a list of all namespaces with an empty one where the token may see nothing. Throws PortError
 * `denied` when that is why the list is empty; answers nothing when there is simply nothing to be listed.
 */
export async function needSeenNamespace(of: Listed, reader: Reader, signal: AbortSignal): Promise<void> {
  const names = await readNamespaces(of, reader, signal);
  if (names === undefined) return;
  for (const name of names.slice(0, MOST_ASKED)) {
    if (await mayList(of, reader, { name, signal })) return;
  }
  const { list, permission } = of;
  const text = `the token may list the ${list} of no namespace (${permission})`;
  throw portError('denied', { doing: `list ${list}`, permission, mutating: false }, { text, permission });
}

/** Those in which the token may do anything; undefined where Nomad has no namespaces. */
async function readNamespaces(
  { permission }: Listed,
  reader: Reader,
  signal: AbortSignal,
): Promise<readonly string[] | undefined> {
  const question = { doing: 'list namespaces', permission, path: '/v1/namespaces', query: {}, stale: true };
  try {
    const { text } = await reader.askOnce(question, 'follow', signal);
    return parseAnswer(text, { ...question, mutating: false }, (value) =>
      needList(value, 'the answer').map((item) => textOf(fieldsOf(item), 'Name')),
    );
  } catch (error) {
    if (isPortError(error) && [404, 501].includes(error.detail.status ?? 0)) return undefined;
    throw error;
  }
}

async function mayList(
  { list, path, permission }: Listed,
  reader: Reader,
  of: { readonly name: string; readonly signal: AbortSignal },
): Promise<boolean> {
  const query = { namespace: of.name, per_page: '1' };
  const question: Question = { doing: `list ${list} of ${of.name}`, permission, path, query, stale: true };
  try {
    await reader.askOnce(question, 'follow', of.signal);
    return true;
  } catch (error) {
    if (isPortError(error, 'denied')) return false;
    throw error;
  }
}
