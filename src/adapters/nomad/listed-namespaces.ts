import { isPortError } from '../../ports/port-error.ts';
import { portError } from './errors.ts';
import { fieldsOf, needList, parseAnswer, textOf } from './json.ts';
import type { Question, Reader } from './reader.ts';

const LIST_JOBS = 'namespace:list-jobs';

/** Namespaces that are asked, one after the other, before the token is taken for a blind one. */
const MOST_ASKED = 20;

/**
 * Nomad answers a list of all namespaces with an empty one where the token may list jobs in none. Throws PortError
 * `denied` when that is why nothing is listed; answers nothing when there is simply no job.
 */
export async function needListedNamespace(reader: Reader, signal: AbortSignal): Promise<void> {
  const names = await readNamespaces(reader, signal);
  if (names === undefined) return;
  for (const name of names.slice(0, MOST_ASKED)) {
    if (await mayList(reader, name, signal)) return;
  }
  const text = `the token may list the jobs of no namespace (${LIST_JOBS})`;
  throw portError(
    'denied',
    { doing: 'list jobs', permission: LIST_JOBS, mutating: false },
    { text, permission: LIST_JOBS },
  );
}

/** Those in which the token may do anything; undefined where Nomad has no namespaces. */
async function readNamespaces(reader: Reader, signal: AbortSignal): Promise<readonly string[] | undefined> {
  const question = questionOf('list namespaces', '/v1/namespaces', {});
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

async function mayList(reader: Reader, namespace: string, signal: AbortSignal): Promise<boolean> {
  try {
    const query = { namespace, per_page: '1' };
    await reader.askOnce(questionOf(`list jobs of ${namespace}`, '/v1/jobs', query), 'follow', signal);
    return true;
  } catch (error) {
    if (isPortError(error, 'denied')) return false;
    throw error;
  }
}

function questionOf(doing: string, path: string, query: Question['query']): Question {
  return { doing, permission: LIST_JOBS, path, query, stale: true };
}
